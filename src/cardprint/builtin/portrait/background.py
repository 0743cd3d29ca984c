"""The ground of a card: a soft gradient, fine lines and a band with the office's name."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs
from PIL import Image, ImageColor, ImageDraw

__all__ = ["Palette", "ground"]

_FINER = 3
"""Lines are drawn so many times as large and then reduced: that makes them fine and even."""
_WAVES = 26
_PETALS = 9
_TURNS = 18
_STEPS = 1080
_INK = 86
"""How dark a line is at most, of 255."""

Colour = tuple[int, int, int]


@attrs.frozen(kw_only=True)
class Palette:
    """Hold the colours of a design, all made from one."""

    strong: Colour
    """The design's colour: the band, labels."""
    line: Colour
    """The fine lines."""
    pale: Colour
    """The ground at one corner."""
    paler: Colour
    """The ground at the other."""

    @classmethod
    def of(cls, colour: str) -> Palette:
        """Make a palette from ``#rrggbb``."""
        red, green, blue = ImageColor.getrgb(colour)[:3]
        strong = (red, green, blue)
        warm = (246, 226, 196)
        return cls(
            strong=strong,
            line=mixed(strong, (255, 255, 255), 0.45),
            pale=mixed(mixed(strong, (255, 255, 255), 0.86), warm, 0.12),
            paler=mixed(mixed(strong, (255, 255, 255), 0.95), warm, 0.35),
        )


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours; ``share`` is the other's, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def ground(size: tuple[int, int], palette: Palette, *, band: int, rosette: tuple[float, float]) -> Image.Image:
    """Draw the ground; ``band`` is the height of the band at the top, ``rosette`` a centre in shares of the size."""
    image = _gradient(size, palette.paler, palette.pale)
    lines = _lines(size, rosette)
    image.paste(palette.line, (0, 0), lines)
    across = (size[0], band)
    top = _gradient(across, palette.strong, mixed(palette.strong, (255, 255, 255), 0.16))
    top.paste((255, 255, 255), (0, 0), lines.crop((0, 0, *across)).point([value // 3 for value in range(256)]))
    image.paste(top, (0, 0))
    ImageDraw.Draw(image).rectangle((0, band, size[0], band + max(2, band // 26)), fill=(200, 160, 74))
    return image


def _gradient(size: tuple[int, int], start: Colour, end: Colour) -> Image.Image:
    """Blend from the left top to the right bottom."""
    down = Image.linear_gradient("L").resize(size)
    across = Image.linear_gradient("L").rotate(90).resize(size)
    slope = Image.blend(down, across, 0.6)
    return Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), slope)


def _lines(size: tuple[int, int], rosette: tuple[float, float]) -> Image.Image:
    large = (size[0] * _FINER, size[1] * _FINER)
    mask = Image.new("L", large)
    draw = ImageDraw.Draw(mask)
    for curve in _waves(large):
        draw.line(curve, fill=_INK, width=2)
    for curve in _rosette(large, rosette):
        draw.line(curve, fill=_INK, width=2)
    return mask.resize(size, Image.Resampling.BOX)


def _waves(size: tuple[int, int]) -> Iterator[list[tuple[float, float]]]:
    """Let lines cross each other in bundles over the whole width."""
    width, height = size
    for bundle, (level, swing, periods) in enumerate(((0.30, 0.10, 2.0), (0.62, 0.13, 1.5), (0.92, 0.08, 2.5))):
        for line in range(_WAVES):
            phase = math.tau * line / _WAVES / 2 + bundle
            lift = math.cos(phase * 2) * 0.05
            yield [
                (
                    width * step / _STEPS,
                    height * (level + lift + swing * math.sin(math.tau * periods * step / _STEPS + phase)),
                )
                for step in range(0, _STEPS + 1, 4)
            ]


def _rosette(size: tuple[int, int], centre: tuple[float, float]) -> Iterator[list[tuple[float, float]]]:
    """Let petals turn around a centre."""
    middle_x, middle_y = size[0] * centre[0], size[1] * centre[1]
    for turn in range(_TURNS):
        offset = math.tau * turn / _TURNS
        points = []
        for step in range(_STEPS + 1):
            angle = math.tau * step / _STEPS
            radius = size[1] * (0.20 + 0.085 * math.sin(_PETALS * angle + offset) + 0.03 * math.cos(2 * offset))
            points.append((middle_x + radius * math.cos(angle), middle_y + radius * math.sin(angle)))
        yield points
