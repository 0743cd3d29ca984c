"""What may be said of a text without saying the text, and what is wrong with its characters."""

from __future__ import annotations

import unicodedata

__all__ = ["flaw_of", "shape_of"]

BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Names in Persian, Sinhala and other scripts need the two joiners to be written right.
_JOINERS = frozenset("\u200c\u200d")
_CONTROL_CATEGORIES = frozenset({"Cc", "Zl", "Zp"})


def flaw_of(text: str) -> str:
    """Name the first rule that a text's characters break, empty where none is.

    ``x-surrogate`` a lone surrogate, ``x-control-character`` any control character or line end (newline and NUL
    too), ``x-bidi-control`` a character that turns the writing direction (Unicode UAX 9), ``x-unprintable-character``
    any other that leaves no mark. Spaces of any width and the two joiners pass.
    """
    if text.isprintable():
        return ""
    for character in text:
        if not character.isprintable():
            flaw = _flaw_of_character(character)
            if flaw:
                return flaw
    return ""


def _flaw_of_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "x-surrogate"
    if category in _CONTROL_CATEGORIES:
        return "x-control-character"
    if character in BIDI_CONTROLS:
        return "x-bidi-control"
    if category == "Zs" or character in _JOINERS:
        return ""
    return "x-unprintable-character"


_FLAWS = {
    "x-surrogate": "a lone surrogate",
    "x-control-character": "a control character",
    "x-bidi-control": "a bidi control",
    "x-unprintable-character": "an unprintable character",
}


def shape_of(value: str) -> str:
    """Describe a value without giving any of it away: ``15 digits``, ``23 letters``, ``empty``.

    Digits count as such only in ASCII; others are ``15 digits of another script``. A value with a flaw says so:
    ``17 characters with a control character``.
    """
    if not value:
        return "empty"
    flaw = flaw_of(value)
    if flaw:
        return f"{_count(len(value), 'character')} with {_FLAWS[flaw]}"
    return _kind_of(value)


def _kind_of(value: str) -> str:
    if value.isspace():
        return _count(len(value), "space")
    if value.isdecimal():
        return _count(len(value), "digit") + ("" if value.isascii() else " of another script")
    if value.isalpha():
        return _count(len(value), "letter")
    if value.isalnum():
        return f"{len(value)} letters and digits"
    return _count(len(value), "character")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
