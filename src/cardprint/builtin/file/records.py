"""Records out of lines: CSV and JSON Lines, told apart by what they hold."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Mapping

import msgspec

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.lines import Lines
from cardprint.model import Rejected

__all__ = ["Record", "read_records"]

_COLUMNS = 512
_HEADER_CHARACTERS = 64
_DELIMITERS = (",", ";", "\t", "|")

_Scalar = str | int | float | bool | None
_JSON = msgspec.json.Decoder(dict[str, _Scalar | list[str] | dict[str, _Scalar]])


class Record(msgspec.Struct, frozen=True):
    """Give one record as it stands in the file, its columns by our names."""

    line: int
    columns: dict[str, str]
    size: int


def read_records(lines: Lines, name: FileName, columns: ColumnNames, delimiter: str) -> Iterator[Record | Rejected]:
    """Give the records in order, Rejected for one that is none.

    Raises InputError for whatever is wrong with the file as a whole, as soon as it is reached.
    """
    first = lines.first_byte()
    if first == b"[":
        raise name.fault(
            "it begins as a JSON array", "Write one JSON object a line (JSON Lines), or a CSV with a header."
        )
    if first == b"{":
        return _json_records(lines, columns)
    return _csv_records(lines, name, columns, delimiter)


def _csv_records(lines: Lines, name: FileName, columns: ColumnNames, delimiter: str) -> Iterator[Record | Rejected]:
    text = lines.text()
    first = next((line for line in text if line.strip()), None)
    if first is None:
        raise name.fault("it is empty", "Export it again; a CSV has a header and a line for each request.")
    delimiter = delimiter or _delimiter_of(first, columns)
    # A quote in the wrong place may move every field after it to another person: nothing of the file is let in.
    rows = csv.reader(itertools.chain([first], text), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise name.fault(
                "a quote is never closed or stands in the middle of a field"
                if "new-line" not in str(error)
                else "a line ends in a carriage return alone",
                "Write quotes inside a field twice, and end lines with LF or CRLF.",
                line=lines.record_start,
            ) from None
        start, size = lines.record_start, lines.end_record()
        if row is None:
            return
        if not header:
            header = _header_of(row, name, columns, start)
        elif len(row) == len(header):
            if any(row):
                yield Record(start, dict(zip(header, row, strict=True)), size)
        elif any(row):
            yield Rejected(
                line=start, column="", rule="x-ragged-row", shape=f"{len(row)} fields under {len(header)} headers"
            )


def _delimiter_of(line: str, columns: ColumnNames) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        try:
            headers = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return (0, 0)
        return (sum(map(columns.means_something, headers[:_COLUMNS])), len(headers))

    return max(_DELIMITERS, key=fit)


def _header_of(row: list[str], name: FileName, columns: ColumnNames, line: int) -> tuple[str, ...]:
    # A file without a header has a person in its first line: headers are told by their place only.
    if len(row) > _COLUMNS:
        raise name.fault(f"there are more than {_COLUMNS} columns", "Export fewer columns.", line=line)
    header = tuple(map(columns.of, row))
    places: dict[str, int] = {}
    for place, column in enumerate(header, 1):
        if not 0 < len(column) <= _HEADER_CHARACTERS:
            raise name.fault(
                f"column {place} has no name, or one longer than {_HEADER_CHARACTERS} characters",
                "Give every column a header of its own.",
                line=line,
            )
        if column in places:
            raise name.fault(
                f"columns {places[column]} and {place} have one meaning",
                "Give every column a header of its own, or set columns in the source's settings.",
                line=line,
            )
        places[column] = place
    if "subject_id" not in places:
        raise name.fault(
            "no column is the subject id; headers read as that are " + ", ".join(columns.headers_of("subject_id")),
            "Give the file a header, or set columns.subject_id in the source's settings to the header it has.",
            line=line,
        )
    return header


def _json_records(lines: Lines, columns: ColumnNames) -> Iterator[Record | Rejected]:
    for line in lines:
        start, size = lines.record_start, lines.end_record()
        if not line.strip():
            continue
        if not line.isascii():
            lines.decoded(line)
        try:
            value = _JSON.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Rejected(line=start, column="", rule="x-bad-json", shape=f"{len(line)} bytes")
            continue
        yield _json_record(start, size, value, columns)


def _json_record(
    line: int,
    size: int,
    value: Mapping[str, _Scalar | list[str] | dict[str, _Scalar]],
    columns: ColumnNames,
) -> Record | Rejected:
    found: dict[str, str] = {}
    nested = value.get("fields")
    pairs = itertools.chain(
        (pair for pair in value.items() if pair[0] != "fields" or not isinstance(nested, dict)),
        nested.items() if isinstance(nested, dict) else (),
    )
    for key, item in pairs:
        column = columns.of(key)
        if item is None:
            continue
        if column in found:
            return Rejected(line=line, column=column, rule="x-duplicate-column")
        if isinstance(item, list) and column == "needs":
            found[column] = " ".join(item)
        elif isinstance(item, str):
            found[column] = item
        elif isinstance(item, int) and not isinstance(item, bool):
            found[column] = str(item)
        else:
            return Rejected(line=line, column=column[:_HEADER_CHARACTERS], rule="x-not-text", shape=type(item).__name__)
    return Record(line, found, size)
