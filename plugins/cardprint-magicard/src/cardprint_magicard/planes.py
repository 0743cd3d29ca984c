"""Faces as the planes that the print head takes; pure functions.

Found by running Debian's Gutenprint 5.3.4 and by nothing else: 255 minus blue, green and red are yellow, magenta and
cyan, of which the upper six bits count; where all three of a pixel are full it is resin's, if the ribbon has any.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from PIL import Image, ImageChops

from cardprint_magicard.model import Model

__all__ = ["FULL_BELOW", "Planes", "make_planes"]

FULL_BELOW = 4
"""A channel of a face below this is a full dot: 255 minus it has all of its upper six bits set."""
_BITS = 6
_DROPPED = 2
"""Bits of eight that the print head has no use for."""


@attrs.frozen(kw_only=True)
class Planes:
    """Hold one side for the printer; a colour that the ribbon lacks is empty."""

    yellow: bytes = attrs.field(default=b"", repr=False)
    """Six bits a pixel: of each row six rows of bits, the least significant bit first."""
    magenta: bytes = attrs.field(default=b"", repr=False)
    """The same."""
    cyan: bytes = attrs.field(default=b"", repr=False)
    """The same."""
    black: bytes = attrs.field(default=b"", repr=False)
    """One bit a pixel."""


def make_planes(face: Image.Image, model: Model, *, ribbon: str, turned: bool, resin: Image.Image | None) -> Planes:
    """Part an RGB face of the model's size into planes.

    The face lies on its long side; the card goes under the head short side first. It is turned against the clock, as
    CUPS turns a landscape page for these printers, and half around more if ``turned``. ``resin`` is 0 where black resin
    is wanted; without it, resin is where a pixel is as black as it can be. Nothing is scaled.
    """
    turn = Image.Transpose.ROTATE_270 if turned else Image.Transpose.ROTATE_90
    red, green, blue = face.transpose(turn).split()
    dark = None
    if "K" in ribbon:
        dark = _darkest(red, green, blue) if resin is None else resin.transpose(turn).convert("L").point(_inverted)
    colours = {"yellow": blue, "magenta": green, "cyan": red} if "Y" in ribbon else {}
    planes = {name: _six_bits(_without(channel, dark), model) for name, channel in colours.items()}
    return Planes(**planes, black=b"" if dark is None else _row_bits(dark, model))


def _darkest(red: Image.Image, green: Image.Image, blue: Image.Image) -> Image.Image:
    """Give 255 where all three channels are full dots."""
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return lightest.point([255 if value < FULL_BELOW else 0 for value in range(256)])


def _without(channel: Image.Image, dark: Image.Image | None) -> Image.Image:
    """Take away the colour where resin comes."""
    return channel if dark is None else ImageChops.lighter(channel, dark)


def _six_bits(channel: Image.Image, model: Model) -> bytes:
    size = model.head_px // 8
    whole = [
        _row_bits(channel.point([255 * ((255 - value) >> (_DROPPED + bit) & 1) for value in range(256)]), model)
        for bit in range(_BITS)
    ]
    return b"".join(bits for row in zip(*(_parts(bits, size) for bits in whole), strict=True) for bits in row)


def _row_bits(dots: Image.Image, model: Model) -> bytes:
    """Pack a picture of 0 and 255 into rows of the head's width, eight pixels a byte, the leftmost highest."""
    head = Image.new("L", (model.head_px, dots.height))
    head.paste(dots, (model.left_px, 0))
    return head.convert("1", dither=Image.Dither.NONE).tobytes()


def _parts(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def _inverted(value: int) -> int:
    return 255 - value
