"""The ground that all cards share: drawn once for a size, copied for each card."""

from __future__ import annotations

import functools
import math

from PIL import Image, ImageDraw

__all__ = ["ACCENT", "BAND", "INK", "MUTED", "ground"]

INK = (22, 30, 44)
MUTED = (96, 108, 124)
ACCENT = (18, 92, 104)
BAND = 0.155
"""Share of the height that the band with the office's name takes."""
_TOP, _BOTTOM = (250, 250, 246), (222, 236, 236)


@functools.lru_cache(maxsize=8)
def ground(width: int, height: int) -> Image.Image:
    """Draw gradient, guilloche and band; the caller copies it."""
    gradient = Image.linear_gradient("L").resize((width, height))
    image = Image.composite(
        Image.new("RGB", (width, height), _BOTTOM), Image.new("RGB", (width, height), _TOP), gradient
    )
    _guilloche(image)
    draw = ImageDraw.Draw(image)
    band = round(height * BAND)
    draw.rectangle((0, 0, width, band), fill=ACCENT)
    draw.rectangle((0, band, width, band + max(3, height // 120)), fill=(212, 168, 70))
    draw.rectangle((0, height - max(6, height // 50), width, height), fill=ACCENT)
    return image


def _guilloche(image: Image.Image) -> None:
    """Lay fine waves over the ground, at twice the size so that they come out smooth."""
    width, height = image.width * 2, image.height * 2
    lines = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(lines)
    for strand in range(22):
        phase, swing = strand * math.tau / 22, height * (0.13 + 0.004 * strand)
        points = [
            (
                x,
                height * 0.6
                + swing * math.sin(x * math.tau / width * 2 + phase)
                + swing * 0.4 * math.sin(x * math.tau / width * 5 - 2 * phase),
            )
            for x in range(0, width + 12, 12)
        ]
        draw.line(points, fill=70, width=2)
    mask = lines.resize(image.size, Image.Resampling.LANCZOS)
    image.paste(Image.new("RGB", image.size, (128, 176, 180)), mask=mask)
