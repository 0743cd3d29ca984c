"""Fonts: where they are found, and which characters they have."""

from __future__ import annotations

import functools
import hashlib
import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
from PIL import ImageFont, features

from cardprint.errors import ConfigurationError

__all__ = ["FontFile", "FontStack", "can_shape", "found_fonts", "read_font"]

_REGULAR = (
    "NotoSans-Regular.ttf",
    "NotoSans[wdth,wght].ttf",
    "DejaVuSans.ttf",
    "segoeui.ttf",
    "Arial.ttf",
    "arial.ttf",
)
_BOLD = (
    "NotoSans-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "segoeuib.ttf",
    "Arial Bold.ttf",
    "arialbd.ttf",
)
_SCRIPTS = tuple(
    f"NotoSans{script}-Regular.ttf"
    for script in (
        "Javanese",
        "Balinese",
        "Sundanese",
        "Batak",
        "Buginese",
        "Arabic",
        "Devanagari",
        "Bengali",
        "Tamil",
        "Thai",
        "Khmer",
        "Ethiopic",
    )
)
_PROBE_PX = 32
_NO_CHARACTER = "\U0010ffff"
"""A code point that no font has: what is drawn for it is drawn for every missing character."""


def can_shape() -> bool:
    """Say whether Pillow can shape texts here."""
    return bool(features.check("raqm"))


@attrs.frozen(kw_only=True)
class FontFile:
    """Name a font file, or the one inside Pillow."""

    path: Path | None
    """The file; None: Pillow's own, which has plain English letters and not many more."""
    sha256: str
    """Hex digest of its bytes."""


class FontStack:
    """Give fonts by size, of the first file that has all characters of a text."""

    def __init__(self, files: Sequence[FontFile], *, shaping: bool) -> None:
        self.files = tuple(files)
        self._layout = ImageFont.Layout.RAQM if shaping else ImageFont.Layout.BASIC
        self._has: list[dict[str, bool]] = [{} for _ in self.files]

    def covering(self, text: str) -> int | None:
        """Give the number of the first file that has every character, None where none has."""
        characters = set(text)
        for number, known in enumerate(self._has):
            if all(self._known(number, known, character) for character in characters):
                return number
        return None

    @functools.lru_cache(maxsize=256)  # noqa: B019 - a stack lives as long as its renderer, the process's own
    def font(self, number: int, size: int) -> ImageFont.FreeTypeFont:
        """Open a file at a size in pixels."""
        return _opened(self.files[number].path, size, self._layout)

    def _known(self, number: int, known: dict[str, bool], character: str) -> bool:
        has = known.get(character)
        if has is None:
            has = known[character] = self._drawn(number, character) != self._drawn(number, _NO_CHARACTER)
        return has

    @functools.lru_cache(maxsize=4096)  # noqa: B019 - the same
    def _drawn(self, number: int, character: str) -> tuple[float, bytes]:
        # Shaping would put a mark on a dotted circle, or fall back to parts of a character.
        font = _opened(self.files[number].path, _PROBE_PX, ImageFont.Layout.BASIC)
        mask = font.getmask(character)
        return font.getlength(character), bytes(mask) if mask.size[0] * mask.size[1] else b""


def read_font(path: Path) -> FontFile:
    """Read a font file that a configuration names; raise ConfigurationError where it is none."""
    try:
        file = FontFile(path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        _opened(path, _PROBE_PX, ImageFont.Layout.BASIC)
    except OSError as error:
        raise ConfigurationError(
            f"renderer portrait: the font file {path} cannot be used: {error.strerror or error}.",
            cure="Name a TrueType or OpenType file in `font`, or leave `font` out.",
        ) from error
    return file


def found_fonts(*, bold: bool) -> tuple[FontFile, ...]:
    """Give the fonts of this system that we know, best first, and Pillow's own last."""
    there = _installed()
    names = (*(_BOLD if bold else ()), *_REGULAR, *_SCRIPTS)
    return (*(read_font(there[name]) for name in names if name in there), _embedded())


@functools.cache
def _installed() -> Mapping[str, Path]:
    wanted = {*_REGULAR, *_BOLD, *_SCRIPTS}
    found: dict[str, Path] = {}
    for folder in _folders():
        for place, inner, names in os.walk(folder):
            inner.sort()
            for name in sorted(wanted.intersection(names)):
                found.setdefault(name, Path(place, name))
    return found


def _folders() -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts")
        yield Path.home() / "AppData" / "Local" / "Microsoft" / "Windows" / "Fonts"
    elif sys.platform == "darwin":
        yield from (Path.home() / "Library" / "Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"))
    else:
        yield from (
            Path.home() / ".local" / "share" / "fonts",
            Path("/usr/local/share/fonts"),
            Path("/usr/share/fonts"),
        )


def _opened(path: Path | None, size: int, layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(_embedded_bytes()) if path is None else path, size, layout_engine=layout)


def _embedded() -> FontFile:
    return FontFile(path=None, sha256=hashlib.sha256(_embedded_bytes()).hexdigest())


@functools.cache
def _embedded_bytes() -> bytes:
    content = getattr(ImageFont.load_default(_PROBE_PX), "font_bytes", None)
    if not isinstance(content, bytes):
        raise ConfigurationError(
            "renderer portrait: this Pillow was built without FreeType, so that it cannot write.",
            cure="Install Pillow from its wheel: pip install --force-reinstall pillow",
        )
    return content
