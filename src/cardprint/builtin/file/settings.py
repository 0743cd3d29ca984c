"""Settings of the file source."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import validators

__all__ = ["FileLimits", "FileSettings"]

MIB = 1024 * 1024
CSV_FIELD_BYTES = 131_072
"""The csv module's own bound on a field, a setting of the whole process that we leave alone."""


@attrs.frozen(kw_only=True)
class FileLimits:
    """Bound what a file may ask for."""

    record_bytes: int = attrs.field(
        default=CSV_FIELD_BYTES, validator=[validators.ge(1024), validators.le(CSV_FIELD_BYTES)]
    )
    """Bytes of one record as UTF-8, its line ends included."""
    photo_bytes: int = attrs.field(default=10 * MIB, validator=validators.ge(1))
    """Bytes of one photo."""
    page_bytes: int = attrs.field(default=8 * MIB, validator=validators.ge(1))
    """Bytes of records and photos after which a page ends early."""
    members: int = attrs.field(default=100_000, validator=validators.ge(1))
    """Members of a ZIP."""
    unpacked_bytes: int = attrs.field(default=8192 * MIB, validator=validators.ge(1))
    """Bytes of all members of a ZIP, unpacked."""
    ratio: int = attrs.field(default=200, validator=validators.ge(1))
    """How many times its packed size a member of more than 1 MiB may unpack to."""
    sheet_cells: int = attrs.field(default=1_000_000, validator=validators.ge(0))
    """Cells of a spreadsheet, empty ones too, that are held in memory at once; a larger one is read row by row."""
    shared_texts: int = attrs.field(default=2_000_000, validator=validators.ge(1))
    """Different texts in the cells of a spreadsheet; they are held in memory."""
    shared_bytes: int = attrs.field(default=96 * MIB, validator=validators.ge(1))
    """Bytes of these texts, their XML included."""
    repeated_ids: int = attrs.field(default=200_000, validator=validators.ge(1))
    """Request ids that may stand in the file more than once."""


def _check_delimiter(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    if len(value) > 1 or value in {'"', "\r", "\n"}:
        raise ValueError(f"{attribute.name} is one character, or empty to detect it; for example ';'")


def _check_encoding(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    try:
        # Some codecs turn bytes into bytes; only those of text can do this.
        "".encode(codecs.lookup(value).name if value else "utf-8")
    except (LookupError, UnicodeError):
        raise ValueError(
            f"{attribute.name} is the name of an encoding, or empty to detect it; for example 'cp1252'"
        ) from None


@attrs.frozen(kw_only=True)
class FileSettings:
    """Say which file is read, and how."""

    path: Path
    """The file, relative to the station's folder."""
    delimiter: str = attrs.field(default="", validator=_check_delimiter)
    """What stands between the fields of a CSV; empty: comma, semicolon, tab or bar, whichever fits the header."""
    encoding: str = attrs.field(default="", validator=_check_encoding)
    """The file's encoding; empty: UTF-8, or UTF-16 or UTF-32 with a byte order mark."""
    sheet: str = ""
    """The sheet of a spreadsheet by its name, or by its number from 1; empty: the only one that is shown and filled."""
    columns: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Headers by our name of the column; they replace the built-in ones for that name."""
    identity: tuple[str, ...] = attrs.field(default=("subject_id", "request_type"), validator=validators.min_len(1))
    """Columns from which the request id is made where the file has none."""
    page_size: int = attrs.field(default=1000, validator=[validators.ge(1), validators.le(100_000)])
    """Records of one page."""
    outcomes: Path | None = None
    """Where outcomes are written; None: beside the file, named ``<file>.outcomes.csv``."""
    limits: FileLimits = attrs.field(factory=FileLimits)
    """Bounds."""

    def reading(self) -> dict[str, Any]:
        """Give what decides how the file is read: with other values the same bytes are another file."""
        how: dict[str, Any] = {
            "delimiter": self.delimiter,
            "encoding": self.encoding,
            "columns": {name: list(headers) for name, headers in sorted(self.columns.items())},
            "identity": list(self.identity),
        }
        # Files that were begun before there was this setting go on where they were.
        return {**how, "sheet": self.sheet} if self.sheet else how
