"""A card's faces as one document: PWG raster, PDF or JPEG, as the printer takes them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import attrs
from PIL import Image

from cardprint_ipp.media import Medium
from cardprint_ipp.printer import Abilities
from cardprint_ipp.raster import RasterPage, back_transform, write_raster

__all__ = ["FORMATS", "JPEG", "PDF", "RASTER", "Layout", "choose_format", "make_document"]

RASTER = "image/pwg-raster"
PDF = "application/pdf"
JPEG = "image/jpeg"
FORMATS = (RASTER, PDF, JPEG)
"""The first that a printer takes is used: raster is printed as it is, dot for dot."""
_COLOURS = {"srgb_8": "RGB", "sgray_8": "L"}
_QUALITY = 95


@attrs.frozen(kw_only=True)
class Layout:
    """Say how faces become pages."""

    format: str
    """A MIME type of FORMATS."""
    medium: Medium
    """The card."""
    dpi: int
    """Of the faces."""
    turn: int
    """Degrees, anticlockwise, by which a face is turned for a card that is fed by its short edge."""
    tumble: bool
    """The card is turned about its short edge for its back."""
    sheet_back: str = "normal"
    """How the printer wants the back in PWG raster."""
    mode: str = "RGB"
    """RGB, or L for a printer without colour."""

    @property
    def face(self) -> tuple[int, int]:
        """Give width and height of a face in pixels; it lies on its long edge."""
        width, height = self.medium.pixels(self.dpi)
        return max(width, height), min(width, height)


def choose_format(abilities: Abilities, dpi: int, wanted: str = "auto") -> str:
    """Give the format for a printer, empty where it takes none of ours."""
    possible = [each for each in FORMATS if each in abilities.formats]
    resolution = not abilities.raster_dpi or dpi in abilities.raster_dpi
    if RASTER in possible and not (resolution and raster_mode(abilities)):
        possible.remove(RASTER)
    if wanted != "auto":
        return wanted if wanted in possible else ""
    return possible[0] if possible else ""


def raster_mode(abilities: Abilities) -> str:
    """Give the colours in which the printer takes raster, as Pillow calls them; empty where it takes none of ours."""
    if not abilities.raster_types:
        return "RGB"
    return next((mode for name, mode in _COLOURS.items() if name in abilities.raster_types), "")


def make_document(layout: Layout, sides: Sequence[Image.Image]) -> bytes:
    """Give the document of a card, one page for each side, front first; faces are RGB and of the layout's size."""
    pages = [each.rotate(layout.turn, expand=True) if layout.medium.upright else each for each in sides]
    if layout.format == RASTER:
        return _raster(layout, pages)
    if layout.format == PDF:
        return _pdf(layout, pages)
    stream = io.BytesIO()
    pages[0].save(stream, "JPEG", quality=_QUALITY, subsampling=0, dpi=(layout.dpi, layout.dpi))
    return stream.getvalue()


def _raster(layout: Layout, pages: Sequence[Image.Image]) -> bytes:
    medium, made = layout.medium, []
    for number, image in enumerate(pages):
        transform = back_transform(layout.sheet_back, tumble=layout.tumble) if number % 2 else (1, 1)
        turned = image.convert(layout.mode)
        if transform[0] < 0:
            turned = turned.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if transform[1] < 0:
            turned = turned.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        made.append(
            RasterPage(
                image=turned,
                dpi=layout.dpi,
                width=medium.width,
                height=medium.height,
                medium=medium.name,
                pages=len(pages),
                duplex=len(pages) > 1,
                tumble=layout.tumble and len(pages) > 1,
                transform=transform,
            )
        )
    return write_raster(made)


def _pdf(layout: Layout, pages: Sequence[Image.Image]) -> bytes:
    # 0.2 s that only a process which makes cards should spend.
    import img2pdf  # noqa: PLC0415

    files = []
    for image in pages:
        stream = io.BytesIO()
        image.save(stream, "PNG")
        files.append(stream.getvalue())
    width, height = (img2pdf.mm_to_pt(side / 100) for side in (layout.medium.width, layout.medium.height))
    # The page is the card and the face fills it: img2pdf's own proportions would leave a hair of white.
    document: bytes = img2pdf.convert(
        files,
        layout_fun=img2pdf.get_layout_fun((width, height), fit=img2pdf.FitMode.fill),
        nodate=True,
        engine=img2pdf.Engine.internal,
    )
    return document
