"""The faces that a design is written in, by file and digest; nothing is taken from the system unless it is named."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import attrs
from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from cardprint.errors import ConfigurationError

__all__ = ["Face", "Fonts", "find_fonts"]

_SYSTEM = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "/Library/Fonts", "C:/Windows/Fonts")
_SHIPPED = (
    (
        "fontpkg_noto_sans",
        "NotoSans[wdth,wght].ttf",
        "bfb7bb691513f12e734dc346c03a03f784912432d7e3fa8e56efcf906fe86b3d",
    ),
    (
        "fontpkg_noto_sans_arabic",
        "NotoSansArabic[wdth,wght].ttf",
        "63111b5b2e074dd48cc67692e0a2726d86ee94c1c37fe8598257b7b4e87e869e",
    ),
)
"""Package, file and SHA-256 of what comes with this plugin: Noto Sans 2.15 and Noto Sans Arabic 2.12, OFL 1.1."""
_REGULAR, _BOLD, _WIDTH = 400, 700, 100
_KEPT = 256


@attrs.frozen
class Face:
    """Name a font file, and the weight of one that has several."""

    path: str
    digest: str
    """SHA-256 of its content when it was found."""
    weight: int = 0
    """0: the file has one weight."""

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """Give the font at a size in pixels, shaping with raqm."""
        return _load(self, size)

    def lacks(self, text: str) -> bool:
        """Say whether a letter of a text has no glyph."""
        return not {ord(character) for character in text if not character.isspace()} <= _characters(self)

    @property
    def family(self) -> str:
        """Name the font's family."""
        return str(self.at(16).getname()[0])


@attrs.frozen(kw_only=True)
class Fonts:
    """Hold the faces of a design, in the order in which they are asked for a text's letters."""

    regular: tuple[Face, ...]
    """The first is the design's own."""
    bold: tuple[Face, ...]
    """The same in bold."""
    named: dict[str, Face]
    """Fonts of the design's folder, by file name."""
    digest: str
    """SHA-256 over the content of all files."""

    @property
    def files(self) -> tuple[str, ...]:
        """Give the path of each file once."""
        return tuple(dict.fromkeys(face.path for face in (*self.regular, *self.bold, *self.named.values())))

    def of(self, text: str, *, bold: bool, font: str = "") -> Face | None:
        """Give the first face that has all letters of a text, None where none has: one text is in one font."""
        chain = self.bold if bold else self.regular
        if font:
            chain = (self.named[font], *chain)
        return next((face for face in chain if not face.lacks(text)), None)


@functools.lru_cache(maxsize=_KEPT)
def _load(face: Face, size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.RAQM)
    if face.weight:
        font.set_variation_by_axes([face.weight if tag == "wght" else _WIDTH for tag in _axes(face)])
    return font


@functools.lru_cache(maxsize=16)
def _axes(face: Face) -> tuple[str, ...]:
    with open(face.path, "rb") as stream, TTFont(stream, lazy=True, fontNumber=0) as font:  # noqa: PTH123
        return tuple(axis.axisTag for axis in font["fvar"].axes) if "fvar" in font else ()


@functools.lru_cache(maxsize=16)
def _characters(face: Face) -> frozenset[int]:
    with open(face.path, "rb") as stream, TTFont(stream, lazy=True, fontNumber=0) as font:  # noqa: PTH123
        return frozenset(font.getBestCmap() or {})


def _face(path: str, weight: int = 0) -> Face:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            face = Face(path, hashlib.file_digest(stream, "sha256").hexdigest(), weight)
        _characters(face)
        face.at(16)
    except (OSError, TTLibError):
        raise ConfigurationError(
            f"{path} is not there or is no font; no blank was touched.",
            cure="Set it right in [renderer] font, bold or fonts, or in the design's folder.",
        ) from None
    return face


def find_fonts(font: str, bold: str, more: Iterable[str], folder: Path, files: Iterable[str]) -> Fonts:
    """Give the faces of a design: those configured, else those shipped; then ``more``, then none.

    ``more`` are files, or names of files below the system's font folders; ``files`` lie in the design's ``folder``.
    Raises ConfigurationError where one is missing, is no font, or is not the file that it should be.
    """
    shipped = [_shipped(*each) for each in _SHIPPED]
    regular, heavy = list(shipped), [attrs.evolve(face, weight=_BOLD) for face in shipped]
    if font:
        regular.insert(0, _face(font))
        heavy.insert(0, _face(bold or font))
    for name in more:
        path = _named(name)
        beside = path.replace("-Regular", "-Bold")
        regular.append(_face(path))
        heavy.append(_face(beside if Path(beside).is_file() else path))
    own = {name: _face(str(folder / name)) for name in files}
    seen = "".join(face.digest for face in (*regular, *heavy, *own.values()))
    digest = hashlib.sha256(seen.encode()).hexdigest()
    return Fonts(regular=tuple(regular), bold=tuple(heavy), named=own, digest=digest)


def _shipped(package: str, file: str, digest: str) -> Face:
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin).parent / "files" / file if spec is not None and spec.origin else Path(file)
    face = _face(str(path), _REGULAR) if path.is_file() else None
    if face is None or face.digest != digest:
        raise ConfigurationError(
            f"the font {file} of the svg renderer is not there, or is another one; no blank was touched.",
            cure="Install it again: pip install --force-reinstall cardprint-svg",
        )
    return face


def _named(name: str) -> str:
    if Path(name).is_absolute():
        return name
    for folder in _SYSTEM:
        for path, folders, names in os.walk(Path(folder).expanduser()):
            folders.sort()
            if name in names:
                return str(Path(path) / name)
    raise ConfigurationError(
        f"[renderer] fonts names {name!r}, which the system does not have; no blank was touched.",
        cure="Install it (Noto: apt-get install fonts-noto-core), or name a file by its whole path.",
    )
