"""Drawn portraits of people who do not exist."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw, ImageFilter

__all__ = ["draw_portrait"]

_WIDTH, _HEIGHT = 360, 480
_SMOOTH = 2
_SKINS = ((241, 200, 165), (224, 172, 125), (198, 134, 88), (141, 85, 54), (255, 219, 190))
_HAIRS = ((28, 22, 20), (54, 36, 26), (88, 60, 40), (120, 118, 116))
_BACKS = ((196, 62, 58), (60, 96, 170), (188, 198, 206))
_CLOTHES = ((40, 62, 92), (86, 110, 76), (120, 70, 90), (230, 226, 214), (66, 66, 70))


def draw_portrait(seed: str, *, woman: bool) -> bytes:
    """Draw a face, shoulders and hair as JPEG of 360 x 480 px; the same seed gives the same picture."""
    chance = random.Random(f"portrait/{seed}")
    skin, hair = chance.choice(_SKINS), chance.choice(_HAIRS)
    image = Image.new("RGB", (_WIDTH * _SMOOTH, _HEIGHT * _SMOOTH), chance.choice(_BACKS))
    draw = ImageDraw.Draw(image)
    broad, tall = chance.randint(92, 108), chance.randint(124, 140)
    middle, eyes = 180, 205

    def oval(x: int, y: int, rx: int, ry: int, colour: tuple[int, int, int]) -> None:
        box = [value * _SMOOTH for value in (x - rx, y - ry, x + rx, y + ry)]
        draw.ellipse(box, fill=colour)

    shade = (int(skin[0] * 0.86), int(skin[1] * 0.82), int(skin[2] * 0.8))
    if woman:
        oval(middle, 235, broad + 34, tall + 50, hair)
    oval(middle, 500, 165, 130, chance.choice(_CLOTHES))
    draw.rectangle([value * _SMOOTH for value in (middle - 34, 300, middle + 34, 392)], fill=shade)
    oval(middle, 382, 44, 26, skin)
    oval(middle - broad, 220, 14, 24, shade)
    oval(middle + broad, 220, 14, 24, shade)
    oval(middle, 215, broad, tall, skin)
    fringe = chance.randint(36, 58)
    box = [value * _SMOOTH for value in (middle - broad - 6, 66, middle + broad + 6, 300)]
    draw.chord(box, 200 - fringe // 8, 340 + fringe // 8, fill=hair)
    for side in (-1, 1):
        x = middle + side * 38
        oval(x, eyes, 15, 9, (250, 250, 248))
        oval(x, eyes, 7, 8, (50, 34, 24))
        draw.arc(
            [value * _SMOOTH for value in (x - 20, eyes - 30, x + 20, eyes - 4)],
            200,
            340,
            fill=hair,
            width=5 * _SMOOTH,
        )
    draw.line(
        [value * _SMOOTH for value in (middle, eyes + 12, middle - 9, eyes + 48, middle + 6, eyes + 50)],
        fill=shade,
        width=4 * _SMOOTH,
    )
    mouth = chance.randint(26, 38)
    box = [value * _SMOOTH for value in (middle - mouth, 268, middle + mouth, 298)]
    draw.chord(box, 10, 170, fill=(168, 84, 80) if woman else (150, 92, 82))
    if not woman and chance.random() < 0.4:  # noqa: PLR2004 - some have one
        draw.arc(
            [value * _SMOOTH for value in (middle - 36, 256, middle + 36, 300)],
            190,
            350,
            fill=hair,
            width=7 * _SMOOTH,
        )
    small = image.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS).filter(ImageFilter.SMOOTH)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88)
    return out.getvalue()
