"""Records out of lines: CSV and JSON Lines, told apart by what they hold."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping

import attrs
import msgspec

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.formats import markup
from cardprint.builtin.file.headers import COLUMNS, HEADER_CHARACTERS, read_header
from cardprint.builtin.file.lines import Lines
from cardprint.builtin.file.mangled import mangled, may_be_mangled
from cardprint.model import Rejected

__all__ = ["Record", "read_records"]

_DELIMITERS = (",", ";", "\t", "|")
_NAMED_DELIMITER = re.compile(r'"?sep=([^"\r\n])"?\s*', re.IGNORECASE)

_Scalar = str | int | float | bool | None
_JSON = msgspec.json.Decoder(dict[str, _Scalar | list[str] | dict[str, _Scalar]])


@attrs.frozen
class Record:
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
    if first == b"<":
        raise markup(name)
    if first == b"{":
        return _json_records(lines, columns)
    return _csv_records(lines, name, columns, delimiter)


def _csv_records(lines: Lines, name: FileName, columns: ColumnNames, delimiter: str) -> Iterator[Record | Rejected]:
    text = lines.text()
    first = next((line for line in text if line.strip()), None)
    if first is None:
        raise name.fault("it is empty", "Export it again; a CSV has a header and a line for each request.")
    named = _NAMED_DELIMITER.fullmatch(first)
    if named:
        # Excel reads this line and writes it nowhere; programs that write files for it put it first.
        lines.end_record()
        delimiter = delimiter or named[1]
        first = next((line for line in text if line.strip()), "")
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
            header = read_header(((str(place), each) for place, each in enumerate(row, 1)), name, columns, start)
        elif whole := "".join(row):
            if len(row) != len(header):
                shape = f"{len(row)} fields under {len(header)} headers"
                yield Rejected(line=start, column="", rule="x-ragged-row", shape=shape)
            else:
                record = Record(start, dict(zip(header, row, strict=True)), size)
                yield (_mangled(record) if may_be_mangled(whole) else None) or record


def _mangled(record: Record) -> Rejected | None:
    for column, text in record.columns.items():
        found = mangled(text)
        if found:
            return Rejected(line=record.line, column=column, rule=found[0], shape=found[1])
    return None


def _delimiter_of(line: str, columns: ColumnNames) -> str:
    def fit(delimiter: str) -> tuple[int, int]:
        try:
            headers = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            return (0, 0)
        return (sum(map(columns.means_something, headers[:COLUMNS])), len(headers))

    return max(_DELIMITERS, key=fit)


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
            return Rejected(line=line, column=column[:HEADER_CHARACTERS], rule="x-not-text", shape=type(item).__name__)
    return Record(line, found, size)
