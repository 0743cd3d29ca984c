"""PWG raster (PWG 5102.4): the pages of a card as every IPP Everywhere printer takes them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

import attrs
from PIL import Image

__all__ = ["RasterPage", "back_transform", "write_raster"]

_SYNC = b"RaS2"
_HEAD_BYTES = 1796
_SRGB = 19
_SGRAY = 18
_PER_INCH = 72
_MOST = 128
"""Pixels, or lines, that one byte can count."""
_LITERALS = 257
_RUNS = {
    3: re.compile(rb"(...)\1{0,127}", re.DOTALL),
    1: re.compile(rb"(.)\1{0,127}", re.DOTALL),
}
"""Runs of a pixel, by its bytes; they follow one another without gaps, so that they stay on the pixels' bounds."""
_TURNS = {
    ("flipped", False): (1, -1),
    ("flipped", True): (-1, 1),
    ("rotated", False): (-1, -1),
    ("manual-tumble", True): (-1, -1),
}
"""Across and along the feed, by how the printer wants the back and whether it is turned about the short edge."""


@attrs.frozen(kw_only=True)
class RasterPage:
    """Hold a page: what its header says and its pixels do not."""

    image: Image.Image
    """RGB or L, as it is to be printed, fed with its top first."""
    dpi: int
    """In both directions."""
    width: int
    """Hundredths of a millimetre across the feed."""
    height: int
    """Along it."""
    medium: str
    """The name of the medium."""
    pages: int
    """Of the document."""
    duplex: bool = False
    """Two sides."""
    tumble: bool = False
    """The card is turned about its short edge."""
    transform: tuple[int, int] = (1, 1)
    """Across and along the feed; -1: the image was mirrored, since the printer turns the card so."""


def back_transform(sheet_back: str, *, tumble: bool) -> tuple[int, int]:
    """Say how the image of a back is to be mirrored (PWG 5102.4, table 9: pwg-raster-document-sheet-back)."""
    return _TURNS.get((sheet_back, tumble), (1, 1))


def write_raster(pages: Sequence[RasterPage]) -> bytes:
    """Give the document."""
    parts = [_SYNC]
    for page in pages:
        parts.append(_head(page))
        parts.extend(_lines(page.image))
    return b"".join(parts)


def _lines(image: Image.Image) -> Iterator[bytes]:
    """Give the compressed lines: how often a line comes, then runs of equal and of different pixels."""
    size = 3 if image.mode == "RGB" else 1
    data, stride = image.tobytes(), image.width * size
    line, start = 0, 0
    while line < image.height:
        start = line * stride
        content, line = data[start : start + stride], line + 1
        repeats = 0
        while line < image.height and repeats < _MOST * 2 - 1 and data.startswith(content, line * stride):
            repeats, line = repeats + 1, line + 1
        yield bytes([repeats])
        yield _packed(content, size)


def _packed(content: bytes, size: int) -> bytes:
    packed, literals = bytearray(), bytearray()

    def flush() -> None:
        for start in range(0, len(literals), _MOST * size):
            part = literals[start : start + _MOST * size]
            # One pixel alone is a run of one: 257 less 1 is no byte.
            packed.append(_LITERALS - len(part) // size if len(part) > size else 0)
            packed.extend(part)
        literals.clear()

    for run in _RUNS[size].finditer(content):
        count = (run.end() - run.start()) // size
        if count == 1:
            literals.extend(run[1])
            continue
        flush()
        packed.append(count - 1)
        packed.extend(run[1])
    flush()
    return bytes(packed)


def _head(page: RasterPage) -> bytes:
    """Give a page's header (PWG 5102.4, 4.3): texts, then big-endian words; what is not named stays zero."""
    head = bytearray(_HEAD_BYTES)
    colour = page.image.mode == "RGB"
    size = 24 if colour else 8
    head[0:9] = b"PwgRaster"
    width_pt, height_pt = (round(side * _PER_INCH / 2540) for side in (page.width, page.height))
    words = {
        272: (int(page.duplex),),
        276: (page.dpi, page.dpi),
        340: (1,),
        352: (width_pt, height_pt),
        368: (int(page.tumble),),
        372: (page.image.width, page.image.height),
        384: (8, size, page.image.width * size // 8, 0, _SRGB if colour else _SGRAY),
        420: (3 if colour else 1,),
        452: (page.pages, *(each & 0xFFFFFFFF for each in page.transform)),
        464: (0, 0, page.image.width, page.image.height),
    }
    for at, values in words.items():
        struct.pack_into(f">{len(values)}I", head, at, *values)
    name = page.medium.encode("ascii", "replace")[:63]
    head[1732 : 1732 + len(name)] = name
    return bytes(head)
