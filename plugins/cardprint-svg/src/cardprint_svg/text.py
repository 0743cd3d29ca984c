"""Texts that fit their place by the design's rules, or an error that names the field."""

from __future__ import annotations

import unicodedata

import attrs
from PIL import Image, ImageDraw, features

from cardprint.errors import RenderError
from cardprint_svg.design import Field
from cardprint_svg.fonts import Face, Fonts

__all__ = ["Line", "Writing", "set_text"]

_LEADING = 1.2
_MOST_MARKS = 4
"""Combining marks on one letter: Vietnamese has two, pointed Hebrew three, vocalised Arabic three."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d")
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Letters and marks that have no ink (Unicode's Default_Ignorable_Code_Point beyond the general category Cf)."""
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


@attrs.frozen
class Line:
    """Hold a line of a text: where it begins, in pixels from the place's upper left corner, at its baseline."""

    text: str
    x: float
    y: float


@attrs.frozen(kw_only=True)
class Writing:
    """Hold a text as it will stand in its place."""

    lines: tuple[Line, ...]
    """At least one."""
    face: Face
    """The one font of the whole text."""
    points: int
    """Its size in pixels."""
    direction: str
    """``ltr`` or ``rtl``: that of its first letter which has one (Unicode Bidirectional Algorithm, P2 and P3)."""

    def mask(self, size: tuple[int, int]) -> Image.Image:
        """Draw it as a mask ("L") of the size of its place."""
        mask = Image.new("L", size, 0)
        draw = ImageDraw.Draw(mask)
        font = self.face.at(self.points)
        for line in self.lines:
            draw.text((line.x, line.y), line.text, font=font, fill=255, anchor="ls", direction=self.direction)
        return mask


def set_text(text: str, field: Field, fonts: Fonts, size: tuple[int, int], unit: float, *, name: str) -> Writing:
    """Set a text into a place of a size in pixels; ``unit`` is pixels per unit of the drawing.

    As large as the field says, else smaller, down to its smallest size; then the same with its abbreviations. Raises
    RenderError for a text that does not fit even so, and for one that cannot stand as it is.
    """
    text = unicodedata.normalize("NFC", text)
    face = _checked(text, field, fonts, name)
    direction = _direction(text)
    shorter = " ".join(field.abbreviations.get(word, word) for word in text.split())
    for candidate in dict.fromkeys((text, shorter)):
        for points in range(round(field.size * unit), max(1, round(field.smallest * unit)) - 1, -1):
            lines = _placed(candidate, field, face, points, size, direction)
            if lines is not None:
                return Writing(lines=lines, face=face, points=points, direction=direction)
    raise _refuse("x-text-does-not-fit", "does not fit on the card", name, "Shorten it at the source.")


def _placed(
    text: str, field: Field, face: Face, points: int, size: tuple[int, int], direction: str
) -> tuple[Line, ...] | None:
    """Place lines, or nothing where their ink would leave the place."""
    font = face.at(points)
    ascent, descent = font.getmetrics()
    step = round(points * _LEADING)
    if ascent + descent > size[1]:
        return None
    lines = _wrapped(text, face, points, size[0], direction)
    tall = ascent + descent + step * (len(lines) - 1)
    if len(lines) > field.lines or tall > size[1]:
        return None
    top = (size[1] - tall) // 2 if field.lines == 1 else 0
    align = field.align
    if align == "start":
        align = "right" if direction == "rtl" else "left"
    placed = []
    for number, line in enumerate(lines):
        wide = font.getlength(line, direction=direction)
        x = {"left": 0.0, "center": (size[0] - wide) / 2, "right": size[0] - wide}[align]
        y = top + number * step + ascent
        left, high, right, low = font.getbbox(line, anchor="ls", direction=direction)
        # A letter may begin left of its origin (j), or end right of it: then the line moves, and is never cut.
        x = min(max(x, -left), size[0] - right)
        if x + left < 0 or y + high < 0 or y + low > size[1]:
            return None
        placed.append(Line(line, x, y))
    return tuple(placed)


def _wrapped(text: str, face: Face, points: int, width: int, direction: str) -> list[str]:
    font, lines = face.at(points), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer, direction=direction) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _direction(text: str) -> str:
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
    return "ltr"


def _checked(text: str, field: Field, fonts: Fonts, name: str) -> Face:
    """Give the face that a text will be written in; RenderError for a text that no card should bear as it is."""
    if any(character in _BIDI for character in text):
        raise _refuse("x-bidi-control", "has characters that turn the direction of writing", name, "Take them out.")
    if any(_is_unseen(character) for character in text):
        raise _refuse("x-control-character", "has control or invisible characters", name, "Take them out.")
    if any(
        c in _JOINERS and not (0 < at < len(text) - 1 and _is_joined(text[at - 1]) and _is_joined(text[at + 1]))
        for at, c in enumerate(text)
    ):
        raise _refuse("x-control-character", "has an invisible joiner that joins nothing", name, "Take it out.")
    if _has_loose_marks(text):
        raise _refuse("x-loose-marks", "has marks on no letter, or too many on one", name, "Take them out.")
    if len(text) > field.length:
        raise _refuse("x-text-does-not-fit", f"is longer than {field.length} characters", name, "Shorten it.")
    if not features.check("raqm"):
        raise _refuse("x-needs-shaping", "cannot be shaped by this Pillow", name, "apt-get install libfribidi0")
    face = fonts.of("".join(c for c in text if c not in _JOINERS), bold=field.bold, font=field.font)
    if face is None:
        cure = "Name a font that has all of its letters in [renderer] fonts."
        raise _refuse("x-glyph-missing", "has a letter that no font has, or letters that no one font has", name, cure)
    return face


def _has_loose_marks(text: str) -> bool:
    """Say whether a mark stands on no letter, or more than a few on one: they climb out of their line."""
    run, on_letter = 0, False
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me"}:
            run += 1
            if not on_letter or run > _MOST_MARKS:
                return True
        else:
            run, on_letter = 0, unicodedata.category(character)[0] in "LMN" or character in _JOINERS
    return False


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    return character in _UNSEEN or (kind in {"Cc", "Cf", "Cs", "Co", "Cn"} and character not in _JOINERS)


def _is_joined(character: str) -> bool:
    """Say whether a joiner may stand beside a character: letters and marks beyond Latin, Greek and Cyrillic."""
    return ord(character) >= 0x0590 and unicodedata.category(character)[0] in "LM"  # noqa: PLR2004


def _refuse(rule: str, what: str, name: str, cure: str) -> RenderError:
    return RenderError(f"the field {name!r} {what}; no blank was touched.", rule=rule, field=name, cure=cure)
