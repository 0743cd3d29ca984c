"""Records out of lines: CSV and JSON Lines, told apart by what they hold."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.formats import markup
from cardprint.builtin.file.headers import COLUMNS, read_header
from cardprint.builtin.file.json_lines import json_records
from cardprint.builtin.file.lines import Lines
from cardprint.builtin.file.mangled import mangled, may_be_mangled
from cardprint.builtin.file.record import Record
from cardprint.model import Rejected

__all__ = ["read_records"]

_DELIMITERS = (",", ";", "\t", "|")
_NAMED_DELIMITER = re.compile(r'"?sep=([^"\r\n])"?\s*', re.IGNORECASE)


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
        return json_records(lines, columns)
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
