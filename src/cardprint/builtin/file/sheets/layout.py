"""What the XML of a sheet shows before anything reads its values: how large it is, and what must not be believed.

A sheet's program keeps a formula's last value beside it, which may be old, and says nothing of it to those who ask for
values. And a sheet of a few bytes can claim a million rows of sixteen thousand columns. Both stand in its XML.
"""

from __future__ import annotations

import operator
import re
import zipfile
from collections.abc import Iterator
from typing import Final

import attrs

from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.headers import COLUMNS
from cardprint.builtin.file.settings import MIB
from cardprint.builtin.file.sheets.parts import Parts

__all__ = ["ROWS", "Layout", "column_letters", "column_number", "read_layout"]

ROWS: Final = 1_048_576
"""Rows that a sheet may have; the format knows no more."""
_ROW_BYTES = MIB
_HEAD_BYTES = MIB
_TAIL_BYTES = 16 * MIB
_MARKED_ROWS = 200_000
_MERGES = 10_000
_SHEET_DATA = re.compile(rb"<([^\s<>/:]+:)?sheetData(?=[\s/>])[^<>]*>")
_MERGE = re.compile(rb"<(?:[^\s<>/:]+:)?mergeCell\s[^<>]*?ref=[\"']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_PLACE = re.compile(rb"\sr\s*=")
# A value with > in it would end the tag for us and not for a reader of XML.
_ATTRIBUTES = re.compile(rb"(?:\s+[^\s=<>\"'/]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?")
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ERROR = re.compile(rb"\st\s*=\s*[\"']e[\"']")


@attrs.define
class Layout:
    """Say how large a sheet is, and which of its rows and cells are not what they look like."""

    last_row: int = 0
    """The last row with a value, from 1."""
    width: int = 0
    """The last column with a value, from 1."""
    cells: int = 0
    """Cells with a value."""
    bytes: int = 0
    """Of XML."""
    formulas: dict[int, int] = attrs.field(factory=dict)
    """Columns whose cells have a formula, by row: bit n for column n."""
    errors: dict[int, int] = attrs.field(factory=dict)
    """The same of cells that show an error such as ``#REF!``."""
    hidden: set[int] = attrs.field(factory=set)
    """Rows that are not shown."""
    merges: list[tuple[int, int, int]] = attrs.field(factory=list)
    """First row, last row, and columns as bits, of merged cells that take in more than one row."""


def column_number(letters: str) -> int:
    """Give a column's number from 1: ``C`` is 3."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Give a column's letters: 3 is ``C``."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_layout(parts: Parts, part: zipfile.ZipInfo, name: FileName) -> Layout:
    """Look through a sheet's XML; raise InputError for one that no spreadsheet program writes, or out of bounds."""
    return _Reader(parts, part, name).read()


class _Reader:
    def __init__(self, parts: Parts, part: zipfile.ZipInfo, name: FileName) -> None:
        self._parts = parts
        self._part = part
        self._name = name
        self._layout = Layout(bytes=part.file_size)
        self._row = 0
        self._column = 0
        self._columns: dict[bytes, int] = {}

    def read(self) -> Layout:
        chunks = self._parts.chunks(self._part)
        rest = self._head(chunks)
        if rest is None:
            return self._layout
        rest = self._rows(chunks, rest)
        for chunk in chunks:
            rest += chunk
            if len(rest) > _TAIL_BYTES:
                raise self._beyond(f"has more than {_TAIL_BYTES:,} bytes after its rows")
        self._tail(rest)
        return self._layout

    def _beyond(self, what: str, line: int = 0) -> Exception:
        return self._name.fault(
            f"the sheet {what}", "Copy the cells' values into a new, empty workbook and save that.", line=line
        )

    def _head(self, chunks: Iterator[bytes]) -> bytes | None:
        """Pass over what is before the rows; give what was read of these, None where there are none."""
        head = b""
        for chunk in chunks:
            head += chunk
            found = _SHEET_DATA.search(head)
            if found:
                break
            if len(head) > _HEAD_BYTES:
                raise self._beyond(f"has more than {_HEAD_BYTES:,} bytes before its rows")
        else:
            raise self._parts.broken("a sheet has no rows, or does not end")
        if b"<!" in head[: found.start()]:
            raise self._odd()
        self._know(found[1] or b"")
        if found[0].endswith(b"/>"):
            for _ in chunks:
                pass
            return None
        return head[found.end() :]

    def _know(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self._prefix = prefix
        self._row_tag = b"<" + prefix + b"row"
        self._cell_tag = b"<" + prefix + b"c"
        self._end = b"</" + prefix + b"sheetData"
        # A cell as programs write it: with its place and a value, and neither a formula nor an error.
        self._value_cell = re.compile(
            rb'<%bc r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="(?:s|n|str|inlineStr|b)")?>'
            rb'(?:<%bv>[^<]*</%bv>|<%bis><%bt(?: xml:space="preserve")?>[^<]*</%bt></%bis>)</%bc>' % ((p,) * 8)
        )
        self._empty_cell = re.compile(rb'<%bc r="[A-Z]{1,3}[0-9]{1,7}"(?: s="[0-9]+")?/>' % p)
        self._row_tags = re.compile(rb'(?:<%brow r="[0-9]{1,7}"(?: [A-Za-z0-9:]+="[^"<>]*")*/?>|</%brow>)*' % (p, p))
        self._row_numbers = re.compile(rb'<%brow r="([0-9]+)"' % p)
        # Whatever begins as none of these is looked at by its name.
        self._odd_tag = re.compile(rb"<(?!/|%b(?:c |v>|row |is>|t[ >]))([^\s<>/]*)" % p)
        self._tags = re.compile(rb"<%b(row|c|f)(?=[\s/>])([^<>]*)>" % p)

    def _rows(self, chunks: Iterator[bytes], rest: bytes) -> bytes:
        """Go through the rows, whole ones at a time; give what follows them."""
        while True:
            end = rest.find(self._end)
            if end >= 0:
                self._block(rest[:end])
                return rest[end + len(self._end) :]
            cut = rest.rfind(self._row_tag)
            if cut > 0:
                self._block(rest[:cut])
                rest = rest[cut:]
            if len(rest) > _ROW_BYTES:
                raise self._beyond(f"has a row of more than {_ROW_BYTES:,} bytes", line=self._row + 1)
            chunk = next(chunks, None)
            if chunk is None:
                raise self._parts.broken("a sheet does not end")
            rest += chunk

    def _block(self, block: bytes) -> None:
        if self._plain(block):
            return
        for tag in {found[1] for found in self._odd_tag.finditer(block)}:
            if tag.startswith((b"!", b"?")) or (tag and not tag.startswith(self._prefix)) or self._foreign(tag):
                raise self._odd()
        self._closely(block)

    def _foreign(self, tag: bytes) -> bool:
        return b":" in tag.removeprefix(self._prefix)

    def _odd(self) -> Exception:
        return self._parts.broken("a sheet has XML that no spreadsheet program writes")

    def _plain(self, block: bytes) -> bool:
        """Take a block of rows that are shown, of cells that hold a value or nothing; False if it is any other."""
        # What is between the cells, and column and row of each, in turns.
        pieces = self._value_cell.split(block)
        rest = b"".join(pieces[0::3])
        if self._cell_tag in rest:
            rest = self._empty_cell.sub(b"", rest)
        if b"hidden" in rest or not self._row_tags.fullmatch(rest):
            return False
        shown = list(map(int, self._row_numbers.findall(rest)))
        rows = list(map(int, dict.fromkeys(pieces[2::3])))
        if any(map(operator.ge, [self._row, *shown], shown)) or rows != sorted(rows) or not {*rows} <= {*shown}:
            return False
        if shown:
            self._row = shown[-1]
            self._check_row(self._row)
        if rows:
            self._layout.last_row = rows[-1]
            for letters in {*pieces[1::3]}:
                self._widen(self._number_of(letters))
            self._layout.cells += len(pieces) // 3
        return True

    def _number_of(self, letters: bytes) -> int:
        number = self._columns.get(letters)
        if number is None:
            number = self._columns[letters] = column_number(letters.decode())
        return number

    def _widen(self, column: int) -> None:
        if column > COLUMNS:
            raise self._beyond(
                f"has a value in column {column_letters(column)}, and at most {COLUMNS} columns are read"
            )
        self._layout.width = max(self._layout.width, column)

    def _check_row(self, row: int) -> None:
        if not 0 < row <= ROWS:
            raise self._parts.broken(f"a sheet has a row beyond {ROWS:,}")

    def _closely(self, block: bytes) -> None:
        """Take a block tag by tag: some cells are empty, hold a formula or an error, or do not say where they are."""
        for found in self._tags.finditer(block):
            kind, attributes = found[1], found[2]
            if not _ATTRIBUTES.fullmatch(attributes):
                raise self._odd()
            if kind == b"row":
                self._begin_row(attributes)
            elif kind == b"c":
                self._begin_cell(attributes)
            else:
                self._mark(self._layout.formulas)

    def _begin_row(self, attributes: bytes) -> None:
        given = self._place(_NUMBER, attributes)
        row = int(given[1]) if given else self._row + 1
        self._check_row(row)
        if row <= self._row:
            raise self._parts.broken("the rows of a sheet are not in order")
        self._row, self._column = row, 0
        if _HIDDEN.search(attributes):
            self._layout.hidden.add(row)
            self._check_marks(len(self._layout.hidden))

    def _place(self, form: re.Pattern[bytes], attributes: bytes) -> re.Match[bytes] | None:
        given = form.search(attributes)
        if given is None and _PLACE.search(attributes):
            # Another reader may know what "a1" or "&#65;1" is.
            raise self._odd()
        return given

    def _begin_cell(self, attributes: bytes) -> None:
        given = self._place(_REFERENCE, attributes)
        column = self._number_of(given[1]) if given else self._column + 1
        if column <= self._column or (given and int(given[2]) != self._row):
            raise self._parts.broken("the cells of a sheet are not in order")
        self._column = column
        if attributes.endswith(b"/"):
            return
        self._widen(column)
        self._layout.last_row = self._row
        self._layout.cells += 1
        if _ERROR.search(attributes):
            self._mark(self._layout.errors)

    def _mark(self, marks: dict[int, int]) -> None:
        if self._column > COLUMNS:
            raise self._odd()
        marks[self._row] = marks.get(self._row, 0) | 1 << self._column
        self._check_marks(len(marks))

    def _check_marks(self, count: int) -> None:
        if count > _MARKED_ROWS:
            raise self._beyond(f"has more than {_MARKED_ROWS:,} rows that are hidden or hold formulas or errors")

    def _tail(self, tail: bytes) -> None:
        if _SHEET_DATA.search(tail):
            raise self._odd()
        for count, found in enumerate(_MERGE.finditer(tail)):
            if count >= _MERGES:
                raise self._beyond(f"has more than {_MERGES:,} merged cells")
            first, last = sorted((int(found[2]), int(found[4])))
            left, right = sorted((self._number_of(found[1]), self._number_of(found[3])))
            if last > first and left <= COLUMNS:
                self._layout.merges.append((first, last, (2 << min(right, COLUMNS)) - (1 << left)))
