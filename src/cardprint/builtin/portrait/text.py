"""Texts that fit their place, or an error that names the field."""

from __future__ import annotations

import unicodedata

import attrs
from PIL import ImageDraw

from cardprint.builtin.portrait.fonts import Face, has_raqm, needs_shaping
from cardprint.errors import RenderError

__all__ = ["Place", "write"]

_STEP = 2


@attrs.frozen(kw_only=True)
class Place:
    """State where a text goes, in pixels."""

    x: int
    y: int
    width: int
    size: int
    """Font size to begin with."""
    smallest: int
    """Font size below which the text does not fit."""
    lines: int = 1
    """Lines it may take at most."""


def write(
    draw: ImageDraw.ImageDraw,
    text: str,
    place: Place,
    face: Face,
    colour: tuple[int, int, int],
    *,
    field: str,
) -> int:
    """Write a text and give the height it took; RenderError where it cannot be written as it is."""
    _check(text, face, field)
    for size in range(place.size, place.smallest - 1, -_STEP):
        font = face.at(size)
        lines = _wrapped(draw, text, face, size, place.width)
        if len(lines) <= place.lines and all(draw.textlength(line, font=font) <= place.width for line in lines):
            step = round(size * 1.2)
            for number, line in enumerate(lines):
                draw.text((place.x, place.y + number * step), line, font=font, fill=colour)
            return step * len(lines)
    raise RenderError(
        f"the field {field!r} does not fit on the card; no blank was touched.",
        rule="x-text-does-not-fit",
        field=field,
        cure="Shorten it at the source, then import it again.",
    )


def _check(text: str, face: Face, field: str) -> None:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise RenderError(
            f"the field {field!r} has control characters; no blank was touched.",
            rule="x-control-character",
            field=field,
        )
    if needs_shaping(text) and not has_raqm():
        raise RenderError(
            f"the field {field!r} needs shaping, which this Pillow cannot do; no blank was touched.",
            rule="x-needs-shaping",
            field=field,
            cure="Install libraqm's part: apt-get install libfribidi0, with Pillow from a wheel.",
        )
    if face.lacks(text):
        raise RenderError(
            f"the font lacks a letter of the field {field!r}; no blank was touched.",
            rule="x-glyph-missing",
            field=field,
            cure="Install a font that has it (apt-get install fonts-noto-core) and name it in [renderer] font.",
        )


def _wrapped(draw: ImageDraw.ImageDraw, text: str, face: Face, size: int, width: int) -> list[str]:
    font, lines = face.at(size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and draw.textlength(longer, font=font) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
