"""The two faces that a design is written in, by file; nothing else of the system is used."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import attrs
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from cardprint.errors import ConfigurationError

__all__ = ["Face", "find_faces"]

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


@attrs.frozen
class Face:
    """Name a font file."""

    path: str

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Give the font at a size in pixels, shaping with raqm."""
        return _load(self.path, size)

    def lacks(self, text: str) -> bool:
        """Say whether a letter of a text has no glyph."""
        return not {ord(character) for character in text if not character.isspace()} <= _characters(self.path)

    @property
    def family(self) -> str:
        """Name the font's family."""
        return str(self.at(16).getname()[0])


@functools.lru_cache(maxsize=256)
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


@functools.lru_cache(maxsize=8)
def _characters(path: str) -> frozenset[int]:
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or {})


def _there() -> Iterator[tuple[str, str]]:
    for folder in _FOLDERS:
        for path, _, names in os.walk(Path(folder).expanduser()):
            for name in names:
                yield name, str(Path(path) / name)


def find_faces(font: str, bold: str) -> tuple[Face, Face]:
    """Give the regular and the bold face: those configured, else the first pair of the system's."""
    if font:
        pair: tuple[str, str] | None = (font, bold or font)
    else:
        there = dict(_there())
        pair = next(((there[one], there.get(two, there[one])) for one, two in _PAIRS if one in there), None)
    if pair is None:
        raise ConfigurationError(
            "the system has no font for the svg renderer.",
            cure="Install one: apt-get install fonts-noto-core, or name a file in [renderer] font.",
        )
    path = ""
    try:
        for path in pair:
            _characters(path)
            _load(path, 16)
    except (OSError, TTLibError):
        raise ConfigurationError(
            f"[renderer] names a font that is not there or is none: {path}.",
            cure="Install it: apt-get install fonts-noto-core, or name another one.",
        ) from None
    return Face(pair[0]), Face(pair[1])
