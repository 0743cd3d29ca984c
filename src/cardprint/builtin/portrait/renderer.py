"""The renderer of the built-in card."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageOps

from cardprint.builtin.portrait.fonts import find_faces, has_raqm
from cardprint.builtin.portrait.ground import ACCENT, BAND, INK, MUTED, ground
from cardprint.builtin.portrait.settings import PortraitSettings
from cardprint.builtin.portrait.text import Place, write
from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext

__all__ = ["PortraitRenderer"]

_VERSION = "1"
_WIDTH, _HEIGHT = 1011, 638
_PHOTO_PIXELS = 40_000_000
_FORMATS = ("JPEG", "PNG")
_CODE_DIGITS = 24
_NOBODY = {
    "name": "Nobody Sample",
    "birth_place": "Nowhere",
    "birth_date": "2000-01-01",
    "address": "No Street 1",
}
"""The fields of the sample, by which it is known under whatever id it comes."""
_BETTER_PHOTO = "Import it again with a JPEG or PNG of at most 40 million pixels."


class PortraitRenderer(CardRenderer):
    """Draw a card with portrait, fields and a code that names the request without telling anything."""

    def __init__(self, settings: PortraitSettings | None, context: PluginContext) -> None:
        self._settings = settings or PortraitSettings()
        self._photos = context.photos
        self._regular, self._bold = find_faces(self._settings.font, self._settings.bold)

    @property
    def digest(self) -> str:
        """Name design, settings and fonts."""
        text = repr((_VERSION, self._settings, self._regular, self._bold, has_raqm()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Draw the front and, for two sides, the back; RGB PNG of the target's size."""
        sides = [self._front(request)]
        if target.sides > 1:
            sides.append(self._back(request))
        shaped = () if has_raqm() else ("x-plain-latin",)
        pictures = tuple(_png(side, target) for side in sides)
        return CardFaces(sides=pictures, warnings=shaped, code=_code_text(request))

    def check(self) -> tuple[str, ...]:
        """Tell where text will be plain."""
        return () if has_raqm() else ("Pillow has no raqm: text is plain Latin, and what needs shaping is refused.",)

    def sample(self) -> CardRequest:
        """Give nobody's request."""
        return CardRequest(request_id="sample", subject_id="9901014101000001", fields=_NOBODY)

    def _front(self, request: CardRequest) -> Image.Image:
        missing = next((name for name in self._settings.required if not request.fields.get(name, "").strip()), None)
        if missing is not None:
            raise RenderError(
                f"the request has no field {missing}; no blank was touched.",
                rule="x-field-missing",
                field=missing,
                cure="Import it with a column for it, or leave it out in [renderer] required.",
            )
        image = ground(_WIDTH, _HEIGHT).copy()
        draw = ImageDraw.Draw(image)
        self._band(draw)
        left = 48
        if self._settings.photo:
            self._portrait(image, request)
            left = 344
        code = _code(request)
        image.paste(code, (_WIDTH - code.width - 34, _HEIGHT - code.height - 36))
        place = Place(x=left, y=126, width=_WIDTH - left - 40, size=46, smallest=24)
        y = 126 + write(draw, request.subject_id, place, self._bold, INK, field="subject_id") + 10
        for name, label in self._settings.labels.items():
            value = request.fields.get(name, "").strip()
            if not value:
                continue
            beside = y > _HEIGHT - code.height - 110
            width = _WIDTH - left - (code.width + 60 if beside else 40)
            draw.text((left, y), label, font=self._regular.at(19), fill=MUTED)
            main = name == "name"
            place = Place(x=left, y=y + 22, width=width, size=38 if main else 29, smallest=20, lines=2)
            y += 22 + write(draw, value, place, self._bold if main else self._regular, INK, field=name) + 9
        if y > _HEIGHT - 14:
            raise RenderError(
                "the fields together do not fit on the card; no blank was touched.",
                rule="x-text-does-not-fit",
                cure="Shorten them at the source, or leave some out in [renderer] labels.",
            )
        return image

    def _band(self, draw: ImageDraw.ImageDraw) -> None:
        band = round(_HEIGHT * BAND)
        white = (255, 255, 255)
        title = self._regular.at(26)
        wide = round(draw.textlength(self._settings.title, font=title))
        place = Place(x=48, y=band // 2 - 24, width=_WIDTH - wide - 130, size=38, smallest=20)
        write(draw, self._settings.office, place, self._bold, white, field="office")
        draw.text((_WIDTH - 40 - wide, band // 2 - 16), self._settings.title, font=title, fill=(214, 232, 234))

    def _portrait(self, image: Image.Image, request: CardRequest) -> None:
        nobody = not request.photo and request.fields == _NOBODY
        if not request.photo and not nobody:
            raise RenderError(
                "the request has no photo; no blank was touched.",
                rule="x-photo-missing",
                field="photo",
                cure="Import it with a photo, or set [renderer] photo = false.",
            )
        photo = _silhouette() if nobody else _open_photo(self._photos / request.photo)
        portrait = ImageOps.fit(photo, (252, 336), Image.Resampling.LANCZOS)
        mask = Image.new("L", portrait.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *portrait.size), radius=16, fill=255)
        ImageDraw.Draw(image).rounded_rectangle((44, 128, 305, 473), radius=19, outline=ACCENT, width=4)
        image.paste(portrait, (49, 133), mask)
        draw = ImageDraw.Draw(image)
        draw.text((49, 486), "Request", font=self._regular.at(18), fill=MUTED)
        place = Place(x=49, y=508, width=256, size=24, smallest=12, lines=2)
        write(draw, request.request_id, place, self._regular, INK, field="request_id")

    def _back(self, request: CardRequest) -> Image.Image:
        image = ground(_WIDTH, _HEIGHT).copy()
        draw = ImageDraw.Draw(image)
        self._band(draw)
        code = _code(request)
        image.paste(code, (_WIDTH - code.width - 60, 190))
        text = "This card is the property of the office named above. Whoever finds it is asked to return it there."
        place = Place(x=60, y=196, width=_WIDTH - code.width - 190, size=34, smallest=22, lines=6)
        write(draw, text, place, self._regular, INK, field="back")
        return image


def _silhouette() -> Image.Image:
    """Draw nobody's portrait, at twice its size, so that its edges are smooth."""
    image = Image.new("RGB", (504, 672), (222, 230, 231))
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 430, 474, 980), fill=MUTED)
    draw.ellipse((132, 130, 372, 430), fill=MUTED)
    return image


def _open_photo(path: Path) -> Image.Image:
    """Open a photo, bounded: a file that is no picture, or too large a one, is an error and not a crash."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as opened:
                small_enough = opened.width * opened.height <= _PHOTO_PIXELS
                picture = ImageOps.exif_transpose(opened).convert("RGB") if small_enough else None
    except FileNotFoundError:
        raise RenderError(
            "the request's photo is not in the station's folder; no blank was touched.",
            rule="x-photo-missing",
            field="photo",
            cure="Import it again with its photo.",
        ) from None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RenderError(
            f"the request's photo cannot be read ({type(error).__name__}); no blank was touched.",
            rule="x-photo-unreadable",
            field="photo",
            cure=_BETTER_PHOTO,
        ) from None
    if picture is None:
        raise RenderError(
            "the request's photo has too many pixels; no blank was touched.",
            rule="x-photo-unreadable",
            field="photo",
            cure=_BETTER_PHOTO,
        )
    return picture


def _code_text(request: CardRequest) -> str:
    """Give what the code says: a digest of the request's id, nothing of the person."""
    return "CP1:" + hashlib.sha256(request.request_id.encode()).hexdigest()[:_CODE_DIGITS].upper()


def _code(request: CardRequest) -> Image.Image:
    """Draw a QR code whose modules are 5 px."""
    out = io.BytesIO()
    segno.make_qr(_code_text(request), error="m").save(out, kind="png", scale=5, border=4)
    out.seek(0)
    return Image.open(out).convert("RGB")


def _png(side: Image.Image, target: RenderTarget) -> bytes:
    if side.size != (target.width_px, target.height_px):
        side = side.resize((target.width_px, target.height_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    side.save(out, "PNG", compress_level=1, dpi=(target.dpi, target.dpi))
    return out.getvalue()
