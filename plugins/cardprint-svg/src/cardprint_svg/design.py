"""A design: a folder with ``design.toml`` and one SVG a side."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs
import cattrs

from cardprint.errors import ConfigurationError
from cardprint_svg.markup import Drawing, read_drawing
from cardprint_svg.samples import SCRIPTS

__all__ = ["CODES", "ID1_RATIO", "Design", "Field", "read_design"]

CODES = ("qr", "pdf417", "code128")
ID1_RATIO = 85.6 / 53.98
"""Width by height of a card (ISO/IEC 7810, ID-1)."""
_ASKEW = 0.006
"""Share by which a drawing's proportions may be off: 85.6 x 54 passes, 3:2 does not."""
_TYPES = ("text", "photo", "signature", "blank", *CODES)
_ALIGN = ("start", "left", "center", "right")
_REQUEST_TYPES = ("FIRST_ISSUANCE", "RENEWAL", "REPLACEMENT", "OTHER")
_SHIPPED = Path(__file__).parent / "designs"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONT = re.compile(r"[\w-]+\.(ttf|otf)")
_SIDE = re.compile(r"[\w-]+\.svg")


@attrs.frozen(kw_only=True)
class Field:
    """State how a field is drawn into its placeholders."""

    type: str = "text"
    """``text``, ``photo``, ``signature``, ``qr``, ``pdf417``, ``code128``, or ``blank``: kept white, over a chip."""
    source: str = ""
    """The request's field, or ``subject_id``, ``request_id``, ``photo``; empty: the field's own name."""
    required: bool = True
    """Whether a request without it is refused; otherwise its place stays empty."""
    request_types: tuple[str, ...] = ()
    """Request types that have the field; empty: all."""
    length: int = 60
    """Characters at most."""
    font: str = ""
    """A TrueType file of the design's folder, asked before the other fonts; empty: none."""
    bold: bool = False
    """Whether it is written in the bold face."""
    size: float = 4.0
    """Font size to begin with, in units of the drawing."""
    smallest: float = 2.0
    """Font size below which a text does not fit."""
    lines: int = 1
    """Lines it may take."""
    align: str = "start"
    """``start`` (where its writing begins), ``left``, ``center`` or ``right``."""
    colour: str = "#161e2c"
    """Colour of a text."""
    abbreviations: Mapping[str, str] = attrs.field(factory=dict)
    """Words and their agreed abbreviations, used only where the whole text does not fit."""
    black: bool = False
    """Whether a text, code or signature goes to the K panel too, where the printer has one."""
    sample: str = ""
    """What stands there on a sample card."""


@attrs.frozen(kw_only=True)
class Design:
    """Hold a checked design."""

    name: str
    version: str
    folder: Path
    """Where its files lie."""
    fields: Mapping[str, Field]
    sides: tuple[Drawing, ...]
    scripts: tuple[str, ...]
    """Scripts that its texts may be in (ISO 15924), shown on the sheet of worst cases."""
    digest: str
    """SHA-256 over all its files."""

    @property
    def fonts(self) -> tuple[str, ...]:
        """Give the files of its own fonts."""
        return tuple(dict.fromkeys(field.font for field in self.fields.values() if field.font))


@attrs.frozen(kw_only=True)
class _File:
    name: str
    version: str
    sides: tuple[str, ...]
    fields: Mapping[str, Field] = attrs.field(factory=dict)
    size: str = "ID-1"
    scripts: tuple[str, ...] = ("Latn",)


def read_design(name: str, station: Path) -> Design:
    """Read a shipped design, or a folder relative to the station's.

    Raises ConfigurationError; its message has a line for each problem, with file and line.
    """
    shipped = _SHIPPED / name
    folder = shipped if re.fullmatch(r"[a-z-]+", name) and shipped.is_dir() else station / name
    sides, problems = [], []
    try:
        text = (folder / "design.toml").read_bytes()
        table = tomllib.loads(text.decode())
        file = cattrs.Converter(forbid_extra_keys=True).structure(table, _File)
        lines = _lines(text.decode())
        seen = hashlib.sha256(text)
        for side in file.sides:
            if not _SIDE.fullmatch(side):
                raise _wrong([f"design.toml:{lines.get('sides', 1)} the side {side!r} is no plain file name"])
            data = (folder / side).read_bytes()
            seen.update(hashlib.sha256(data).digest())
            try:
                sides.append(read_drawing(side, data, frozenset(file.fields)))
            except ConfigurationError as error:
                problems.append(error.message.partition(";")[0])
    except OSError as error:
        raise _wrong([f"{error.filename} cannot be read"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong([f"design.toml is no TOML: {error}"]) from None
    except (cattrs.BaseValidationError, cattrs.errors.ForbiddenExtraKeysError) as error:
        raise _wrong([f"design.toml: {what}" for what in cattrs.transform_error(error)]) from None
    problems += [f"design.toml:{lines.get(key, 1)} {what}" for key, what in _problems(file, sides, len(file.sides))]
    if problems:
        raise _wrong(problems)
    return Design(
        name=file.name,
        version=file.version,
        folder=folder,
        fields=file.fields,
        sides=tuple(sides),
        scripts=file.scripts,
        digest=seen.hexdigest(),
    )


def _problems(file: _File, sides: Sequence[Drawing], count: int) -> list[tuple[str, str]]:
    """Tell what is wrong with a file that can be read: the key that it stands at, and what it is."""
    found = []
    if count not in {1, 2}:
        found.append(("sides", "a card has one side or two"))
    if file.size != "ID-1":
        found.append(("size", f"there is one size, ID-1, and not {file.size!r}"))
    found += [
        ("sides", f"a drawing is {side.ratio:.3f} times as wide as high, a card {ID1_RATIO:.3f} times")
        for side in sides
        if abs(side.ratio / ID1_RATIO - 1) > _ASKEW
    ]
    unknown = [script for script in file.scripts if script not in SCRIPTS]
    if unknown:
        found.append(("scripts", f"it knows no script {unknown[0]!r}; it knows {' '.join(sorted(SCRIPTS))}"))
    placed = {place.field for side in sides for place in side.places}
    for name, field in file.fields.items():
        checks = {
            "type": field.type in _TYPES,
            "align": field.align in _ALIGN,
            "colour": bool(_COLOUR.fullmatch(field.colour)),
            "font": not field.font or bool(_FONT.fullmatch(field.font)),
            "length": 1 <= field.length <= 1000,  # noqa: PLR2004
            "smallest": 0 < field.smallest <= field.size,
            "lines": 1 <= field.lines <= 50,  # noqa: PLR2004
            "request_types": set(field.request_types) <= set(_REQUEST_TYPES),
            "placeholder in a drawing": name in placed or len(sides) != count,
        }
        found += [
            (f"fields.{name}", f"the field {name!r} has no proper {what}") for what, ok in checks.items() if not ok
        ]
    return found


def _lines(text: str) -> dict[str, int]:
    """Give the line of each table and of each key before the first table."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        table = re.match(r"\s*\[([^\]]+)\]", line)
        key = re.match(r"\s*([\w-]+)\s*=", line)
        if table:
            found.setdefault(table.group(1), number)
        elif key and not any("." in known for known in found):
            found.setdefault(key.group(1), number)
    return found


def _wrong(problems: Sequence[str]) -> ConfigurationError:
    return ConfigurationError("\n".join(problems), cure="Set it right in the design's folder; no blank was touched.")
