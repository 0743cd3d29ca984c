"""A design: a folder with ``design.toml`` and one SVG a side."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import cattrs

from cardprint.errors import ConfigurationError
from cardprint_svg.markup import Drawing, read_drawing

__all__ = ["CODES", "Design", "Field", "read_design"]

CODES = ("qr", "pdf417", "code128")
_TYPES = ("text", "photo", "signature", "blank", *CODES)
_ALIGN = ("left", "center", "right")
_SHIPPED = Path(__file__).parent / "designs"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@attrs.frozen(kw_only=True)
class Field:
    """State how a field is drawn into its placeholders."""

    type: str = "text"
    """``text``, ``photo``, ``signature``, ``qr``, ``pdf417``, ``code128``, or ``blank`` (kept white: a chip)."""
    source: str = ""
    """The request's field, or ``subject_id``, ``request_id``, ``photo``; empty: the field's own name."""
    required: bool = True
    """Whether a request without it is refused; otherwise its place stays empty."""
    request_types: tuple[str, ...] = ()
    """Request types that have the field; empty: all."""
    length: int = 200
    """Characters at most."""
    bold: bool = False
    """Whether it is written in the bold face."""
    size: float = 4.0
    """Font size to begin with, in units of the drawing."""
    smallest: float = 2.0
    """Font size below which a text does not fit."""
    lines: int = 1
    """Lines it may take."""
    align: str = "left"
    """``left``, ``center`` or ``right``."""
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
    fields: Mapping[str, Field]
    sides: tuple[Drawing, ...]
    digest: str
    """SHA-256 over all its files."""


@attrs.frozen(kw_only=True)
class _File:
    name: str
    version: str
    sides: tuple[str, ...]
    fields: Mapping[str, Field]


def read_design(name: str, station: Path) -> Design:
    """Read a shipped design, or a folder relative to the station's; ConfigurationError names what is wrong."""
    shipped = _SHIPPED / name
    folder = shipped if re.fullmatch(r"[a-z-]+", name) and shipped.is_dir() else station / name
    try:
        text = (folder / "design.toml").read_bytes()
        table = tomllib.loads(text.decode())
        file = cattrs.Converter(forbid_extra_keys=True).structure(table, _File)
        seen = hashlib.sha256(text)
        names = frozenset(file.fields)
        sides = []
        for side in file.sides:
            if not re.fullmatch(r"[\w-]+\.svg", side):
                raise _wrong(folder, f"the side {side!r} is no plain file name")
            data = (folder / side).read_bytes()
            seen.update(hashlib.sha256(data).digest())
            sides.append(read_drawing(f"{folder.name}/{side}", data, names))
    except OSError as error:
        raise _wrong(folder, f"{error.filename} cannot be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(folder, f"design.toml is no TOML ({error})") from None
    except (cattrs.BaseValidationError, cattrs.errors.ForbiddenExtraKeysError) as error:
        raise _wrong(folder, "; ".join(cattrs.transform_error(error))) from None
    _check(folder, file, sides)
    return Design(name=file.name, version=file.version, fields=file.fields, sides=tuple(sides), digest=seen.hexdigest())


def _check(folder: Path, file: _File, sides: list[Drawing]) -> None:
    if len(sides) not in {1, 2}:
        raise _wrong(folder, "it has one side or two")
    placed = {place.field for side in sides for place in side.places}
    for name, field in file.fields.items():
        checks: Mapping[str, Any] = {
            "type": field.type in _TYPES,
            "align": field.align in _ALIGN,
            "colour": _COLOUR.fullmatch(field.colour),
            "smallest": 0 < field.smallest <= field.size,
            "lines": 1 <= field.lines <= 50,  # noqa: PLR2004
            "placeholder in a drawing": name in placed,
        }
        wrong = next((what for what, right in checks.items() if not right), None)
        if wrong:
            raise _wrong(folder, f"the field {name!r} has no proper {wrong}")


def _wrong(folder: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"the design {folder.name}: {what}.", cure="Set it right in the design's folder; no blank was touched."
    )
