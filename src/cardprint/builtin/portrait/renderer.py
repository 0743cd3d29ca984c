"""The renderer: the faces of a card out of a request."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import attrs
import PIL
from PIL import Image, ImageDraw, features

from cardprint.builtin.portrait.background import Palette, ground, mixed
from cardprint.builtin.portrait.code import card_code
from cardprint.builtin.portrait.face import Face, Writing
from cardprint.builtin.portrait.fonts import FontFile, FontStack, can_shape, found_fonts, read_font
from cardprint.builtin.portrait.layout import Layout
from cardprint.builtin.portrait.photo import portrait
from cardprint.builtin.portrait.settings import PortraitSettings
from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext

__all__ = ["PortraitRenderer"]

_VERSION = 1
"""Raise it whenever the same request would look different."""

_WHITE = (255, 255, 255)
_SAMPLE = CardRequest(
    request_id="sample",
    subject_id="9900000000000000",
    fields={
        "name": "Sample Person",
        "birth_place": "Nowhere",
        "birth_date": "2000-01-01",
        "sex": "X",
        "nationality": "Example",
        "address": "1 Example Street",
        "village": "Sampleton",
        "district": "Upper Example",
        "regency": "Example",
        "province": "Samplia",
        "occupation": "Example",
        "marital_status": "Example",
        "blood_type": "O",
        "valid_until": "2099-12-31",
        "issue_office": "Sampleton",
        "issue_date": "2000-01-01",
    },
)


class PortraitRenderer(CardRenderer):
    """Draw an ID-1 card: portrait, fields and a code; a back as well, where the printer prints two sides."""

    def __init__(self, settings: PortraitSettings | None, context: PluginContext) -> None:
        self._settings = settings or PortraitSettings()
        self._photos = context.photos
        shaping = self._settings.shaping and can_shape()
        regular, bold = _files(self._settings, context.folder)
        self._writing = Writing(
            regular=FontStack(regular, shaping=shaping),
            bold=FontStack(bold, shaping=shaping),
            shaping=shaping,
            palette=Palette.of(self._settings.colour),
        )
        self._digest = self._named()

    @property
    def digest(self) -> str:
        """Name the design: its version and settings, the fonts' bytes, and what Pillow draws with."""
        return self._digest

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Draw the faces as PNG, RGB; the same input gives the same bytes.

        Raise RenderError with rule ``x-photo-missing``, ``x-photo-unreadable``, ``x-field-missing``,
        ``x-glyph-missing``, ``x-needs-shaping``, ``x-text-does-not-fit``, ``x-target-unsupported``, or that of a
        character that cannot be printed, as ``x-control-character``.
        """
        layout = Layout.of(target)
        values = {**request.fields, "subject_id": request.subject_id}
        code = card_code(request.request_id)
        sides = [self._front(request, values, code, layout)]
        if target.sides > 1:
            sides.append(self._back(values, code, layout))
        return CardFaces(
            sides=tuple(_png(side, target.dpi) for side in sides),
            warnings=() if self._writing.shaping else ("x-plain-latin",),
        )

    def check(self) -> Sequence[str]:
        """Tell what keeps this design from being printed well here."""
        problems = []
        if not self._writing.shaping:
            problems.append("Texts are not shaped: only scripts that need no shaping are printed.")
        if self._writing.regular.files[0].path is None:
            problems.append("No font was found but Pillow's own, which has plain English letters only.")
        try:
            self.render(_SAMPLE, RenderTarget(sides=2))
        except RenderError as error:
            problems.append(f"The sample cannot be drawn: {error.message}")
        return tuple(problems)

    def sample(self) -> CardRequest:
        """Give a made-up request; for it, and for no other, a silhouette stands in for the photo."""
        return _SAMPLE

    def _front(self, request: CardRequest, values: dict[str, str], code: str, layout: Layout) -> Image.Image:
        face = Face(self._ground(layout, back=False), layout, self._writing)
        place = layout.photo()
        if request == _SAMPLE:
            picture = _silhouette(place.size, self._writing.palette)
        else:
            picture = portrait(self._photos, request.photo, place.size, pixels=self._settings.photo_pixels)
        face.picture(picture, place)
        code_place = layout.code(back=False)
        face.rows(self._settings.front, values, layout.column(back=False), code_place)
        face.code(code, code_place, layout.module(back=False))
        under = layout.under_photo()
        ink = self._writing.palette.strong
        taken = face.write("Card code", under, field="label", size=18, ink=ink, centred=True)
        below = attrs.evolve(under, top=under.top + taken)
        face.write(_grouped(code), below, field="card code", size=22, centred=True)
        return face.image

    def _back(self, values: dict[str, str], code: str, layout: Layout) -> Image.Image:
        face = Face(self._ground(layout, back=True), layout, self._writing)
        code_place = layout.code(back=True)
        face.rows(self._settings.back, values, layout.column(back=True), code_place)
        face.code(code, code_place, layout.module(back=True))
        return face.image

    @functools.lru_cache(maxsize=8)  # noqa: B019 - a renderer lives as long as its station
    def _ground(self, layout: Layout, *, back: bool) -> Image.Image:
        """Draw what is on every card, once."""
        band = layout.band(back=back)
        palette = self._writing.palette
        image = ground(layout.size, palette, band=band.height, rosette=(0.30, 0.58) if back else (0.78, 0.62))
        face = Face(image, layout, self._writing)
        margin, px = layout.px(38), layout.px
        words = attrs.evolve(band, left=margin, right=band.right - margin, top=px(12))
        settings = self._settings
        if back:
            face.write(settings.office, attrs.evolve(words, top=px(6)), field="office", size=22, ink=_WHITE)
            if settings.notice:
                face.write(settings.notice, layout.notice(), field="notice", size=20, lines=2, ink=palette.strong)
        else:
            taken = face.write(settings.title.upper(), words, field="title", size=36, bold=True, ink=_WHITE)
            below = attrs.evolve(words, top=words.top + taken - px(4))
            face.write(settings.office, below, field="office", size=24, ink=mixed(_WHITE, palette.strong, 0.12))
        return face.image

    def _named(self) -> str:
        parts = [
            f"portrait {_VERSION}",
            repr(self._settings),
            PIL.__version__,
            str(features.version("freetype2")),
            str(features.version("raqm") if self._writing.shaping else None),
            str(features.version("harfbuzz") if self._writing.shaping else None),
            *(file.sha256 for stack in (self._writing.regular, self._writing.bold) for file in stack.files),
        ]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _files(settings: PortraitSettings, folder: Path) -> tuple[tuple[FontFile, ...], tuple[FontFile, ...]]:
    """Give the regular and the bold fonts."""
    regular = (read_font(folder / settings.font),) if settings.font else found_fonts(bold=False)
    if settings.bold_font:
        return regular, (read_font(folder / settings.bold_font), *regular)
    return regular, regular if settings.font else found_fonts(bold=True)


def _grouped(code: str) -> str:
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _silhouette(size: tuple[int, int], palette: Palette) -> Image.Image:
    """Draw nobody."""
    width, height = size
    image = Image.new("RGB", size, palette.pale)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.28, height * 0.18, width * 0.72, height * 0.58), fill=palette.line)
    draw.ellipse((width * 0.08, height * 0.64, width * 0.92, height * 1.4), fill=palette.line)
    return image


def _png(image: Image.Image, dpi: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=1, dpi=(dpi, dpi))
    return stream.getvalue()
