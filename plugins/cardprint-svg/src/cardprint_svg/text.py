"""Texts that fit their place by the design's rules, or an error that names the field."""

from __future__ import annotations

import unicodedata

from PIL import Image, ImageDraw, features

from cardprint.errors import RenderError
from cardprint_svg.design import Field
from cardprint_svg.fonts import Face

__all__ = ["draw_text"]

_LEADING = 1.2
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d")


def draw_text(text: str, field: Field, face: Face, size: tuple[int, int], unit: float, *, name: str) -> Image.Image:
    """Draw a text as a mask ("L") of a size in pixels; ``unit`` is pixels per unit of the drawing."""
    text = unicodedata.normalize("NFC", text)
    _check(text, field, face, name)
    shorter = " ".join(field.abbreviations.get(word, word) for word in text.split())
    for candidate in dict.fromkeys((text, shorter)):
        for points in range(round(field.size * unit), max(1, round(field.smallest * unit)) - 1, -1):
            lines = _wrapped(candidate, face, points, size[0])
            mask = _drawn(lines, field, face, points, size)
            if mask is not None:
                return mask
    raise _refuse("x-text-does-not-fit", "does not fit on the card", name, "Shorten it at the source.")


def _drawn(lines: list[str], field: Field, face: Face, points: int, size: tuple[int, int]) -> Image.Image | None:
    """Draw lines, or nothing where their ink would leave the place."""
    font = face.at(points)
    ascent, descent = font.getmetrics()
    step = round(points * _LEADING)
    tall = ascent + descent + step * (len(lines) - 1)
    if len(lines) > field.lines or tall > size[1]:
        return None
    mask = Image.new("L", size, 0)
    draw = ImageDraw.Draw(mask)
    top = (size[1] - tall) // 2 if field.lines == 1 else 0
    for number, line in enumerate(lines):
        wide = font.getlength(line)
        x = {"left": 0.0, "center": (size[0] - wide) / 2, "right": size[0] - wide}[field.align]
        y = top + number * step
        left, high, right, low = draw.textbbox((x, y), line, font=font)
        # A letter may begin left of its origin (j): then the line moves, and is never cut.
        x += max(0, -left)
        if right + max(0, -left) > size[0] or high < 0 or low > size[1]:
            return None
        draw.text((x, y), line, font=font, fill=255)
    return mask


def _wrapped(text: str, face: Face, points: int, width: int) -> list[str]:
    font, lines = face.at(points), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _check(text: str, field: Field, face: Face, name: str) -> None:
    if any(character in _BIDI for character in text):
        raise _refuse("x-bidi-control", "has characters that turn the direction of writing", name, "Take them out.")
    if any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"} and c not in _JOINERS for c in text):
        raise _refuse("x-control-character", "has control or invisible characters", name, "Take them out.")
    if any(
        c in _JOINERS and not (0 < at < len(text) - 1 and _is_joined(text[at - 1]) and _is_joined(text[at + 1]))
        for at, c in enumerate(text)
    ):
        raise _refuse("x-control-character", "has an invisible joiner that joins nothing", name, "Take it out.")
    if len(text) > field.length:
        raise _refuse("x-text-does-not-fit", f"is longer than {field.length} characters", name, "Shorten it.")
    if not features.check("raqm"):
        raise _refuse("x-needs-shaping", "cannot be shaped by this Pillow", name, "apt-get install libfribidi0")
    if face.lacks("".join(c for c in text if c not in _JOINERS)):
        raise _refuse("x-glyph-missing", "has a letter that the font lacks", name, "Name a font that has it.")


def _is_joined(character: str) -> bool:
    """Say whether a joiner may stand beside a character: letters and marks beyond Latin, Greek and Cyrillic."""
    return ord(character) >= 0x0590 and unicodedata.category(character)[0] in "LM"  # noqa: PLR2004


def _refuse(rule: str, what: str, name: str, cure: str) -> RenderError:
    return RenderError(f"the field {name!r} {what}; no blank was touched.", rule=rule, field=name, cure=cure)
