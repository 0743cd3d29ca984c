"""Records out of JSON Lines."""

from __future__ import annotations

import itertools
import keyword
from collections.abc import Iterator, Mapping

import attrs
import msgspec

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.headers import HEADER_CHARACTERS
from cardprint.builtin.file.lines import Lines
from cardprint.builtin.file.record import Record
from cardprint.model import Rejected

__all__ = ["json_records"]

_Scalar = str | int | float | bool | None
_Value = Mapping[str, _Scalar | list[str] | dict[str, _Scalar]]
_ANY = msgspec.json.Decoder(dict[str, _Scalar | list[str] | dict[str, _Scalar]])


def json_records(lines: Lines, columns: ColumnNames) -> Iterator[Record | Rejected]:
    """Give a record a line.

    An export's records are all of one shape: the one of an earlier line. Lines that are of it are decoded and checked
    many at a time, all others one by one.
    """
    shape: _Shape | None = None
    one_by_one = 1
    each = iter(lines)
    while True:
        if not one_by_one and (ahead := lines.ahead()):
            count = ahead.count(b"\n")
            records = shape.records(ahead, lines.number, count) if shape else None
            if records is not None:
                lines.pass_over(len(ahead), count)
                yield from records
                continue
            one_by_one = count
            shape = None
        line = next(each, None)
        if line is None:
            return
        one_by_one = max(one_by_one - 1, 0)
        start, size = lines.record_start, lines.end_record()
        if not line.strip():
            continue
        if not line.isascii():
            lines.decoded(line)
        try:
            value = _ANY.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield Rejected(line=start, column="", rule="x-bad-json", shape=f"{len(line)} bytes")
            continue
        yield _record(start, size, value, columns)
        if shape is None and not one_by_one:
            shape = _shape_of(value, columns)


@attrs.frozen
class _Shape:
    """Decode lines whose keys and kinds of values are known."""

    decoder: msgspec.json.Decoder[msgspec.Struct]
    numbers: tuple[str, ...]

    def records(self, block: bytes, before: int, count: int) -> list[Record] | None:
        """Give the records of so many whole lines, None where one of them is anything else."""
        try:
            if not block.isascii():
                block.decode()
            values = list(map(msgspec.structs.asdict, self.decoder.decode_lines(block)))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if len(values) != count:
            # A line is empty.
            return None
        for name in self.numbers:
            for value in values:
                value[name] = str(value[name])
        size = len(block) // len(values)
        return [Record(line, value, size) for line, value in enumerate(values, before + 1)]


def _shape_of(value: _Value, columns: ColumnNames) -> _Shape | None:
    """Learn the shape of a record; None where it has more than texts and numbers, or two under one name."""
    kinds: dict[str, type] = {}
    keys: dict[str, str] = {}
    for key, item in value.items():
        column = columns.of(key)
        if not column.isidentifier() or keyword.iskeyword(column) or column in kinds:
            return None
        if item.__class__ is not str and item.__class__ is not int:
            return None
        # msgspec takes no other names.
        if not key.isprintable() or '"' in key or "\\" in key:
            return None
        kinds[column], keys[column] = item.__class__, key
    made = msgspec.defstruct("Shape", kinds.items(), rename=keys, forbid_unknown_fields=True, gc=False)
    numbers = tuple(column for column, kind in kinds.items() if kind is int)
    return _Shape(msgspec.json.Decoder(made), numbers)


def _record(line: int, size: int, value: _Value, columns: ColumnNames) -> Record | Rejected:
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
