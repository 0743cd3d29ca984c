"""The renderer: a ground of each side rendered once, fields drawn over it, codes read back."""

from __future__ import annotations

import hashlib
import io
import re

import PIL
from PIL import Image, ImageOps

from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext
from cardprint_svg.background import render_background
from cardprint_svg.codes import draw_code, read_back
from cardprint_svg.design import CODES, Field, read_design
from cardprint_svg.fonts import find_faces
from cardprint_svg.markup import Drawing, Placeholder
from cardprint_svg.photo import open_photo, silhouette
from cardprint_svg.settings import SvgSettings
from cardprint_svg.text import draw_text

__all__ = ["SvgRenderer"]

_VERSION = "1"
_PICTURES = frozenset({"photo", "signature"})
_SHA256 = re.compile(r"[0-9a-f]{64}")
_Box = tuple[int, int, int, int]


class SvgRenderer(CardRenderer):
    """Make cards from a design; whatever cannot be made as the design asks is refused."""

    def __init__(self, settings: SvgSettings | None, context: PluginContext) -> None:
        self._settings = settings or SvgSettings()
        self._photos = context.photos
        self._design = read_design(self._settings.design, context.folder)
        self._regular, self._bold = find_faces(self._settings.font, self._settings.bold)
        self._grounds: dict[tuple[int, int, int], Image.Image] = {}
        files = []
        for face in (self._regular, self._bold):
            with open(face.path, "rb") as stream:  # noqa: PTH123
                files.append(hashlib.file_digest(stream, "sha256"))
        parts = (_VERSION, PIL.__version__, self._design.digest, *(file.hexdigest() for file in files))
        self._digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def digest(self) -> str:
        """Name the design's files, the fonts' content and Pillow's version."""
        return self._digest

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Draw as many sides as design and target both have."""
        if len(self._design.sides) < target.sides:
            raise RenderError(
                "the design has one side and two are wanted; no blank was touched.",
                rule="x-design-failed",
                cure="Choose a design with a back, or a printer's setting of one side.",
            )
        black_wanted = "K" in target.panels and any(field.black for field in self._design.fields.values())
        codes: list[str] = []
        sides, blacks = [], []
        for number, drawing in enumerate(self._design.sides[: target.sides]):
            side, black = self._side(number, drawing, request, target, codes)
            sides.append(_png(side, target))
            if black_wanted:
                blacks.append(_png(ImageOps.invert(black).convert("1", dither=Image.Dither.NONE), target))
        return CardFaces(sides=tuple(sides), black=tuple(blacks), code=codes[0] if codes else "")

    def check(self) -> tuple[str, ...]:
        """Render the grounds, and tell what a sample cannot be made of."""
        try:
            for number, drawing in enumerate(self._design.sides):
                self._ground(number, drawing, (1011, 638))
        except RenderError as error:
            return (str(error),)
        return ()

    def sample(self) -> CardRequest:
        """Give the made-up values of the design; its photo is drawn, and its signature left out."""
        fields = {field.source or name: field.sample for name, field in self._design.fields.items() if field.sample}
        subject = fields.pop("subject_id", "9901014101000001")
        request = fields.pop("request_id", "sample")
        return CardRequest(request_id=request, subject_id=subject, fields=fields)

    def _ground(self, number: int, drawing: Drawing, size: tuple[int, int]) -> Image.Image:
        key = (number, *size)
        if key not in self._grounds:
            fonts = (self._regular.path, self._bold.path)
            self._grounds[key] = render_background(drawing, size, self._regular.family, fonts)
        return self._grounds[key]

    def _side(
        self, number: int, drawing: Drawing, request: CardRequest, target: RenderTarget, codes: list[str]
    ) -> tuple[Image.Image, Image.Image]:
        size = (target.width_px, target.height_px)
        side = self._ground(number, drawing, size).copy()
        black = Image.new("L", size, 0)
        drawn: list[tuple[_Box, str, str, str]] = []
        # A test card is the sample under an id of its own.
        nobody = not request.photo and request.fields == self.sample().fields
        for place in drawing.places:
            name, field = place.field, self._design.fields[place.field]
            if field.request_types and request.request_type.name not in field.request_types:
                continue
            if nobody and field.type in _PICTURES:
                if field.type == "photo":
                    box = _box(place, size)
                    side.paste(silhouette((box[2] - box[0], box[3] - box[1])), box)
                continue
            value = "-" if field.type == "blank" else _value(request, field, name)
            if not value:
                continue
            box = _box(place, size)
            self._draw(side, black, box, value, field, name, size[0] / drawing.unit)
            if field.type in CODES:
                drawn.append((box, field.type, value, name))
        for box, kind, text, name in drawn:
            read_back(side, box, kind, text, field=name)
            codes.append(text)
        return side, black

    def _draw(
        self, side: Image.Image, black: Image.Image, box: _Box, value: str, field: Field, name: str, unit: float
    ) -> None:
        size = (box[2] - box[0], box[3] - box[1])
        if field.type == "blank":
            side.paste("white", box)
            return
        if field.type == "photo":
            side.paste(open_photo(self._photos / _named(value, name), size, field=name), box)
            return
        if field.type in CODES:
            code = draw_code(field.type, value, size, field=name)
            side.paste(code.convert("RGB"), box)
            mask = ImageOps.invert(code)
        elif field.type == "signature":
            picture = open_photo(self._photos / _named(value, name), size, field=name, whole=True)
            mask = ImageOps.invert(picture.convert("L"))
            side.paste(field.colour, box, mask)
        else:
            mask = draw_text(value, field, self._bold if field.bold else self._regular, size, unit, name=name)
            side.paste(field.colour, box, mask)
        if field.black:
            black.paste(255, box, mask.point([255 if level >= 128 else 0 for level in range(256)]))  # noqa: PLR2004


def _value(request: CardRequest, field: Field, name: str) -> str:
    source = field.source or name
    own = {"subject_id": request.subject_id, "request_id": request.request_id, "photo": request.photo}
    value = (own[source] if source in own else request.fields.get(source, "")).strip()
    if value or not field.required:
        return value
    photo = field.type in {"photo", "signature"}
    raise RenderError(
        f"the request has no {name}; no blank was touched.",
        rule="x-photo-missing" if photo else "x-field-missing",
        field=name,
        cure="Import it again with it, or say required = false in the design.",
    )


def _named(value: str, name: str) -> str:
    """Let nothing but a digest be a file's name: a request's data never become a path."""
    if _SHA256.fullmatch(value):
        return value
    raise RenderError(
        f"the photo {name!r} is not named by its SHA-256; no blank was touched.", rule="x-photo-missing", field=name
    )


def _box(place: Placeholder, size: tuple[int, int]) -> _Box:
    left, top = round(place.x * size[0]), round(place.y * size[1])
    right, bottom = round((place.x + place.width) * size[0]), round((place.y + place.height) * size[1])
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _png(picture: Image.Image, target: RenderTarget) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1, dpi=(target.dpi, target.dpi))
    return out.getvalue()
