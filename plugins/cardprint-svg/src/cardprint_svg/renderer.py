"""The renderer: what is the same on all cards rendered once, fields drawn over it, codes read back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from importlib.metadata import version

import PIL
from PIL import Image, ImageOps, features

from cardprint.errors import RenderError
from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext
from cardprint_svg.codes import read_back
from cardprint_svg.design import CODES, ID1_RATIO, Design, read_design
from cardprint_svg.fonts import find_fonts
from cardprint_svg.ground import Grounds
from cardprint_svg.places import Person, Put, put_into
from cardprint_svg.settings import SvgSettings
from cardprint_svg.trials import longest_of, requests_of

__all__ = ["SvgRenderer"]

_VERSION = "2"
_LESS = " Enlarge its place, or change smallest, lines or length in design.toml."
_ASKEW = 0.006
"""Share by which a printer's pixels may be off a card's proportions: 1011 x 638, 1013 x 642 and 1016 x 648 pass."""
_HALF = [255 if level >= 128 else 0 for level in range(256)]  # noqa: PLR2004


class SvgRenderer(CardRenderer):
    """Make cards from a design; whatever cannot be made as the design asks is refused."""

    def __init__(self, settings: SvgSettings | None, context: PluginContext) -> None:
        settings = settings or SvgSettings()
        self._photos = context.photos
        self.design: Design = read_design(settings.design, context.folder)
        """The design as it was read."""
        self.fonts = find_fonts(settings.font, settings.bold, settings.fonts, self.design.folder, self.design.fonts)
        """What it is written in."""
        self._grounds = Grounds(self.design, self.fonts)
        self._trials = requests_of(self.design)
        self._longest = longest_of(self.design)
        drawn_by = [PIL.__version__, *(str(features.version(each)) for each in ("freetype2", "raqm", "harfbuzz"))]
        drawn_by += [version(each) for each in ("resvg-py", "zxing-cpp")]
        parts = (_VERSION, self.design.digest, self.fonts.digest, *drawn_by)
        self._digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def digest(self) -> str:
        """Name all that changes a pixel: the design's files, the fonts, and the versions of what draws."""
        return self._digest

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Draw as many sides as design and target both have."""
        if abs(target.width_px / target.height_px / ID1_RATIO - 1) > _ASKEW:
            raise RenderError(
                f"the printer asks for {target.width_px} x {target.height_px} pixels, which is no card of size ID-1;"
                " no blank was touched.",
                rule="x-design-failed",
                cure="Give the printer's resolution as its manual does.",
            )
        codes: list[str] = []
        sides, blacks, overlays = [], [], []
        person = self.person(request)
        for number in range(min(len(self.design.sides), target.sides)):
            side, puts = self._side(number, person, target)
            codes += [put.value for put in puts if put.field.type in CODES]
            sides.append(_png(side, target))
            if "K" in target.panels and self._has_black:
                blacks.append(_png(self._black(number, puts, target), target))
            if "O" in target.panels and self._has_holes:
                overlays.append(_png(self._overlay(number, puts, target), target))
        return CardFaces(
            sides=tuple(sides), black=tuple(blacks), overlay=tuple(overlays), code=codes[0] if codes else ""
        )

    def side(self, number: int, request: CardRequest, target: RenderTarget) -> Image.Image:
        """Draw one side, RGB, its codes read back: what ``render`` makes a PNG of."""
        return self._side(number, self.person(request), target)[0]

    def puts(self, number: int, request: CardRequest, target: RenderTarget) -> tuple[Put, ...]:
        """Tell what goes where on a side."""
        return self._side(number, self.person(request), target)[1]

    def check(self) -> tuple[str, ...]:
        """Draw at 300 and 600 dpi what the sheet shows, and each text as long as the design allows."""
        problems: dict[str, str] = {}
        shown = (RenderTarget(sides=2), (*self._trials, *self._longest))
        # Where ink lies between two pixels, a text may fit at 300 dpi and not at 600.
        finer = (RenderTarget(width_px=2022, height_px=1276, dpi=600, sides=2), self._longest)
        for target, requests in (shown, finer):
            for request in requests:
                try:
                    self.render(request, target)
                except RenderError as error:
                    cure = _LESS if error.rule == "x-text-does-not-fit" else ""
                    problems.setdefault(error.message, f"{request.request_id}: {error.message}{cure}")
        return tuple(problems.values())

    def sample(self) -> CardRequest:
        """Give the made-up values of the design; its photo is drawn, and its signature left out."""
        return self._trials[0]

    def trials(self) -> Sequence[CardRequest]:
        """Give the sample, one with the longest texts, one with the required ones alone, and one of each script."""
        return self._trials

    @property
    def _has_black(self) -> bool:
        design = self.design
        return any(field.black for field in design.fields.values()) or any("K" in each.panels for each in design.sides)

    @property
    def _has_holes(self) -> bool:
        design = self.design
        blank = any(field.type == "blank" for field in design.fields.values())
        return blank or any("O" in each.panels for each in design.sides)

    def person(self, request: CardRequest) -> Person:
        """Say whose card a request asks for, and whether it is nobody's."""
        return Person(request=request, photos=self._photos, nobody=self._is_nobody(request))

    def _is_nobody(self, request: CardRequest) -> bool:
        # A test card is the sample under an id of its own.
        made_up = (*self._trials, *self._longest)
        person = (request.photo, request.subject_id, request.fields)
        return any((each.photo, each.subject_id, each.fields) == person for each in made_up)

    def _side(self, number: int, person: Person, target: RenderTarget) -> tuple[Image.Image, tuple[Put, ...]]:
        size = (target.width_px, target.height_px)
        side = self._grounds.colours(number, size).copy()
        puts = put_into(side, self.design, number, person, self.fonts)
        for put in puts:
            if put.field.type in CODES:
                read_back(side, put.box, put.field.type, put.value, field=put.name)
        return side, puts

    def _black(self, number: int, puts: Sequence[Put], target: RenderTarget) -> Image.Image:
        """Draw the K panel: layers of the drawing and fields that go there, never what merely is dark."""
        panel = self._grounds.panel(number, "K", (target.width_px, target.height_px)).copy()
        for put in puts:
            if put.field.type == "blank":
                panel.paste(0, put.box)
            elif put.field.black and put.mask is not None:
                panel.paste(255, put.box, put.mask.point(_HALF))
        return ImageOps.invert(panel).convert("1", dither=Image.Dither.NONE)

    def _overlay(self, number: int, puts: Sequence[Put], target: RenderTarget) -> Image.Image:
        """Draw the overlay: all over the card but for the holes over a chip and what the drawing leaves out."""
        holes = self._grounds.panel(number, "O", (target.width_px, target.height_px)).copy()
        for put in puts:
            if put.field.type == "blank":
                holes.paste(255, put.box)
        return holes.convert("1", dither=Image.Dither.NONE)


def _png(picture: Image.Image, target: RenderTarget) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1, dpi=(target.dpi, target.dpi))
    return out.getvalue()
