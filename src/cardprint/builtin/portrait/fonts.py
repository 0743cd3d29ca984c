"""Fonts of the system, and whether they have what a text needs. None is shipped."""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import attrs
from PIL import ImageFont, features

from cardprint.errors import ConfigurationError

__all__ = ["Face", "find_faces", "has_raqm", "needs_shaping"]

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_PAIRS = (
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)
_NO_CHARACTER = "\U0010ffff"
# Blocks whose letters change form or order with their neighbours: Indic to Tibetan, Myanmar, Khmer, Balinese to
# Sundanese, Javanese (Unicode's Blocks.txt).
_SHAPED = ((0x0900, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x1B00, 0x1BFF), (0xA980, 0xA9DF))


def has_raqm() -> bool:
    """Say whether Pillow can shape text."""
    return bool(features.check("raqm"))


def needs_shaping(text: str) -> bool:
    """Say whether a text is wrong without shaping: right-to-left scripts and those of ``_SHAPED``."""
    return any(
        unicodedata.bidirectional(character) in {"R", "AL", "AN"}
        or any(low <= ord(character) <= high for low, high in _SHAPED)
        for character in text
    )


@attrs.frozen
class Face:
    """Name a font file; an empty path is the one that Pillow carries."""

    path: str

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Give the font at a size in pixels."""
        return _load(self.path, size)

    def lacks(self, text: str) -> bool:
        """Say whether a letter of a text has no glyph: it would come out as a box, or vanish."""
        return not all(character.isspace() or _has_glyph(self.path, character) for character in text)


@functools.lru_cache(maxsize=256)
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise ConfigurationError(
            "this Pillow has no FreeType and cannot draw text.",
            cure="Install it from a wheel: pip install --force-reinstall pillow",
        )
    return font


@functools.lru_cache(maxsize=4096)
def _has_glyph(path: str, character: str) -> bool:
    font = _load(path, 32)
    if unicodedata.category(character) in {"Cf", "Mn"}:
        return True
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_CHARACTER)) or not any(font.getmask(character))


def _fonts() -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS:
        for path, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                yield name, str(Path(path) / name)


def find_faces(font: str, bold: str) -> tuple[Face, Face]:
    """Give the regular and the bold face: those configured, else the first pair found, else Pillow's own."""
    if font:
        for path in (font, bold or font):
            if not Path(path).is_file():
                raise ConfigurationError(
                    f"[renderer] names a font that is not there: {path}.",
                    cure="Install it: apt-get install fonts-noto-core, or name another one.",
                )
        return Face(font), Face(bold or font)
    there = dict(_fonts())
    for regular, heavy in _PAIRS:
        if regular in there:
            return Face(there[regular]), Face(there.get(heavy, there[regular]))
    return Face(""), Face("")
