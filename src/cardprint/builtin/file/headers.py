"""What the header of a table says of its columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.faults import FileName, how_to_set

__all__ = ["COLUMNS", "HEADER_CHARACTERS", "no_subject", "read_header"]

COLUMNS: Final = 512
"""Columns that a table may have."""
HEADER_CHARACTERS: Final = 64
"""Characters of a column's name."""
_FIRST_LINE = "The header is the first line that is not empty, so titles above it must go"


def read_header(headers: Iterable[tuple[str, str]], name: FileName, columns: ColumnNames, line: int) -> tuple[str, ...]:
    """Give our names for headers, each told with its column's place.

    Raises InputError for a header that is empty, too long or doubled, and where none is the subject id.
    """
    # A file without a header has a person in its first line: headers are told by their place only.
    places: dict[str, str] = {}
    for place, header in headers:
        column = columns.of(header)
        if not 0 < len(column) <= HEADER_CHARACTERS:
            raise name.fault(
                f"column {place} has no name, or one longer than {HEADER_CHARACTERS} characters",
                "Give every column a header of its own.",
                line=line,
            )
        if column in places:
            raise name.fault(
                f"columns {places[column]} and {place} have one meaning",
                "Give every column a header of its own, or say which is meant: "
                + how_to_set("columns", column, "HEADER"),
                line=line,
            )
        places[column] = place
        if len(places) > COLUMNS:
            raise name.fault(f"there are more than {COLUMNS} columns", "Export fewer columns.", line=line)
    if "subject_id" not in places:
        raise no_subject(name, columns, line)
    return tuple(places)


def no_subject(name: FileName, columns: ColumnNames, line: int, looked: str = _FIRST_LINE) -> Exception:
    """Make the error for a table whose header names no subject id; ``looked`` says where a header was looked for."""
    return name.fault(
        f"no column is the subject id. {looked}; headers read as that are "
        + ", ".join(columns.headers_of("subject_id")),
        "Give the file such a header, or say which it has: " + how_to_set("columns", "subject_id", "HEADER"),
        line=line,
    )
