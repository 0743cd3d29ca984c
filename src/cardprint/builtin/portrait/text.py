"""Texts on a card: what may be written, and how large it can be."""

from __future__ import annotations

import unicodedata

import attrs
from PIL import ImageFont

from cardprint.builtin.portrait.fonts import FontStack
from cardprint.errors import RenderError
from cardprint.model.text import flaw_of

__all__ = ["Style", "WrittenText", "checked", "fitted"]

_JOINERS = str.maketrans("", "", "\u200c\u200d")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_PLAIN = (
    "LATIN ",
    "GREEK ",
    "CYRILLIC ",
    "ARMENIAN ",
    "GEORGIAN ",
    "CJK ",
    "HIRAGANA ",
    "KATAKANA ",
    "HANGUL SYLLABLE ",
)
_LAST_LATIN = "\u024f"
_ON_ONE_LINE = 0.8
"""How small, as a share of its size, a text may become before it takes a second line."""
_CURE = "Correct the record at its source, or change the design."


@attrs.frozen(kw_only=True)
class Style:
    """Say how a text is written, in pixels."""

    stack: FontStack
    """The fonts."""
    size: int
    """Its size."""
    smallest: int
    """The size below which it is not written."""
    lines: int = 2
    """Lines it may take."""


@attrs.frozen(kw_only=True)
class WrittenText:
    """Hold a text that fits."""

    lines: tuple[str, ...]
    """One or two lines."""
    font: ImageFont.FreeTypeFont
    """The font, of the size that fits."""
    ascent: int
    """Pixels from the top of a line to its baseline."""
    pitch: int
    """Pixels from one line to the next."""

    @property
    def height(self) -> int:
        """Give the pixels it takes."""
        return self.pitch * len(self.lines)


def checked(text: str, field: str, stack: FontStack, *, shaping: bool) -> str:
    """Give a text as it is written: composed (NFC), with single spaces.

    Raise RenderError: ``x-control-character``, ``x-bidi-control`` and the like for characters that leave no mark,
    ``x-needs-shaping`` where the script does and shaping is not there, ``x-glyph-missing`` where no font has all.
    """
    flaw = flaw_of(text)
    if flaw:
        raise _refused(f"{field} has a character that cannot be printed", flaw, field)
    written = " ".join(unicodedata.normalize("NFC", text).split())
    if not shaping and any(_needs_shaping(character) for character in written):
        raise RenderError(
            f"{field} is in a script that needs shaping, and Pillow's raqm is not here; no blank was touched.",
            rule="x-needs-shaping",
            field=field,
            cure="Install it, on Debian with: apt-get install libfribidi0",
        )
    if stack.covering(written.translate(_JOINERS)) is None:
        raise _refused(f"no font has all characters of {field}", "x-glyph-missing", field)
    return written


def _needs_shaping(character: str) -> bool:
    if character.isascii():
        return False
    if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
        return True
    if unicodedata.category(character)[0] in "NPSZ":
        return False
    return not unicodedata.name(character, "").startswith(_PLAIN)


def fitted(text: str, field: str, style: Style, width: int) -> WrittenText:
    """Fit a checked text into ``width`` pixels: smaller first, then on two lines, then still smaller.

    Raise RenderError ``x-text-does-not-fit`` where even that does not do.
    """
    number = style.stack.covering(text.translate(_JOINERS)) or 0
    smallest = style.stack.font(number, style.smallest)
    if smallest.getlength(text) <= width * style.lines:
        least = style.smallest if style.lines == 1 else max(style.smallest, round(style.size * _ON_ONE_LINE))
        for lines, low in ((1, least), (style.lines, style.smallest)):
            for size in range(style.size, low - 1, -1):
                font = style.stack.font(number, size)
                broken = _broken(text, font, width, lines)
                if broken:
                    return _written(broken, font, size)
    raise _refused(f"{field} does not fit on the card", "x-text-does-not-fit", field)


def _written(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, size: int) -> WrittenText:
    """Space lines of Latin alike in every font, and of other scripts as their font asks."""
    ascent, descent = font.getmetrics()
    if max(map(max, lines)) <= _LAST_LATIN:
        ascent, descent = round(size * 0.93), round(size * 0.25)
    return WrittenText(lines=lines, font=font, ascent=ascent, pitch=ascent + descent)


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int, lines: int) -> tuple[str, ...]:
    """Break a text into at most two lines, as even as can be; empty where it does not fit."""
    if font.getlength(text) <= width:
        return (text,)
    words = text.split(" ")
    if lines == 1 or font.getlength(text) > width * lines:
        return ()
    breaks = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    fitting = [pair for pair in breaks if max(map(font.getlength, pair)) <= width]
    return min(fitting, key=lambda pair: max(map(font.getlength, pair)), default=())


def _refused(problem: str, rule: str, field: str) -> RenderError:
    return RenderError(f"{problem}; no blank was touched.", rule=rule, field=field, cure=_CURE)
