"""A sheet's rows as records, each cell that is not what it looks like refused by its name."""

from __future__ import annotations

import bisect
import operator
from collections.abc import Callable, Iterator, Sequence

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.headers import no_subject, read_header
from cardprint.builtin.file.mangled import may_be_mangled
from cardprint.builtin.file.record import Record
from cardprint.builtin.file.sheets.cells import BadCellError, text_of
from cardprint.builtin.file.sheets.layout import Layout, column_letters
from cardprint.model import Rejected

__all__ = ["Table"]

_ROWS_ABOVE_HEADER = 20
_Row = tuple[int, Sequence[object]]


class Table:
    """Know a sheet's header, and make records of the rows below it."""

    def __init__(self, layout: Layout, name: FileName, columns: ColumnNames) -> None:
        self._layout = layout
        self._name = name
        self._columns = columns
        self._header: tuple[str, ...] = ()
        self._places: tuple[int, ...] = ()
        self._without_header: tuple[int, ...] = ()
        self._read = 0
        self._take: Callable[[Sequence[object]], Sequence[object]] = tuple
        self._merges = _Merges(layout.merges)
        self._doubtful = bool(layout.formulas or layout.errors or layout.merges)
        self._loose = bool(layout.hidden)

    def records(self, rows: Iterator[_Row]) -> Iterator[Record | Rejected]:
        """Give a record, or Rejected, for each row below the header that is not empty."""
        self._find_header(rows)
        for number, values in rows:
            # A row of either library is quickly told to be empty, and a sheet may have a million of them.
            if values.count(None) == len(values) or values.count("") == len(values):
                if number in self._layout.formulas and (found := self._marked(number)):
                    yield found
                continue
            record = self._record(number, values)
            if record is not None:
                yield record

    def _find_header(self, rows: Iterator[_Row]) -> None:
        """Pass over titles: the header is the first row, of the first 20 with a value, with a subject id's header."""
        seen = first = 0
        for number, values in rows:
            headers = {place: header for place, value in enumerate(values, 1) if (header := _header_text(value))}
            if not headers:
                continue
            if any(self._columns.of(header) == "subject_id" for header in headers.values()):
                self._take_header(number, headers, len(values))
                return
            seen, first = seen + 1, first or number
            if seen == _ROWS_ABOVE_HEADER:
                break
        looked = f"The header was looked for in the first {_ROWS_ABOVE_HEADER} rows with a value"
        raise no_subject(self._name, self._columns, first, looked)

    def _take_header(self, number: int, headers: dict[int, str], width: int) -> None:
        places = [(column_letters(place), header) for place, header in headers.items()]
        self._header = read_header(places, self._name, self._columns, number)
        self._places = tuple(headers)
        get = operator.itemgetter(*(place - 1 for place in headers))
        self._take = get if len(headers) > 1 else lambda values: (get(values),)
        self._read = sum(1 << place for place in headers)
        self._without_header = tuple(place for place in range(1, width + 1) if place not in headers)
        self._loose = self._loose or bool(self._without_header)
        doubtful = self._layout.formulas.get(number, 0) | self._layout.errors.get(number, 0)
        if doubtful & self._read:
            raise self._name.fault(
                f"the header in column {column_letters(_lowest(doubtful & self._read))} is a formula or an error",
                "Type the header as text.",
                line=number,
            )

    def _record(self, number: int, values: Sequence[object]) -> Record | Rejected | None:
        bad: tuple[int, BadCellError] | None = None
        taken = self._take(values)
        try:
            texts = [value if value.__class__ is str else text_of(value) for value in taken]
        except BadCellError:
            bad = self._bad(taken)
            texts = ["?"]
        whole = "".join(texts)
        found = (self._doubtful and self._marked(number)) or (self._loose and self._stray(number, values)) or None
        if found is not None or not whole:
            return found
        if may_be_mangled(whole):
            bad = self._bad(taken)
        if bad is not None:
            return self._rejected(number, bad[0], bad[1].rule, bad[1].cure)
        size = len(whole) if whole.isascii() else len(whole.encode("utf-8", "surrogatepass"))
        return Record(number, dict(zip(self._header, texts, strict=True)), size)

    def _bad(self, taken: Sequence[object]) -> tuple[int, BadCellError] | None:
        for place, value in zip(self._places, taken, strict=True):
            try:
                text_of(value)
            except BadCellError as error:
                return place, error
        return None

    def _marked(self, number: int) -> Rejected | None:
        """Look for what the sheet's XML has shown of a row."""
        formulas = self._layout.formulas.get(number, 0) & self._read
        if formulas:
            cure = "it holds a formula, whose value may be old; copy the column and paste it as values"
            return self._rejected(number, _lowest(formulas), "x-formula", cure)
        errors = self._layout.errors.get(number, 0) & self._read
        if errors:
            return self._rejected(number, _lowest(errors), "x-cell-error", "mend it, or type the value")
        merged = self._merges.of(number) & self._read
        if merged:
            cure = "it is merged with a cell above; take the cells apart and fill each"
            return self._rejected(number, _lowest(merged), "x-merged-cell", cure)
        return None

    def _stray(self, number: int, values: Sequence[object]) -> Rejected | None:
        for place in self._without_header:
            if values[place - 1] not in {None, ""}:
                cell = f"sheet {self._name.member!r}, cell {column_letters(place)}{number}"
                return Rejected(line=number, column="", rule="x-ragged-row", shape=f"{cell}: a value without a header")
        if number in self._layout.hidden and any(value not in {None, ""} for value in values):
            shape = f"sheet {self._name.member!r}: the row is hidden or filtered out; show it, or delete it"
            return Rejected(line=number, column="", rule="x-hidden-row", shape=shape)
        return None

    def _rejected(self, number: int, place: int, rule: str, cure: str) -> Rejected:
        column = self._header[self._places.index(place)]
        cell = f"sheet {self._name.member!r}, cell {column_letters(place)}{number}"
        return Rejected(line=number, column=column, rule=rule, shape=f"{cell}: {cure}")


class _Merges:
    """Tell which columns of a row hold nothing since a merged cell above covers them."""

    def __init__(self, merges: Sequence[tuple[int, int, int]]) -> None:
        # A row's answer changes only where a merged cell begins or ends.
        self._edges = sorted({edge for first, last, _ in merges for edge in (first + 1, last + 1)})
        self._bits = [0] * len(self._edges)
        for first, last, bits in merges:
            begin, end = (bisect.bisect_left(self._edges, edge) for edge in (first + 1, last + 1))
            for place in range(begin, end):
                self._bits[place] |= bits

    def of(self, number: int) -> int:
        place = bisect.bisect_right(self._edges, number) - 1
        return self._bits[place] if place >= 0 else 0


def _header_text(value: object) -> str:
    try:
        return text_of(value).strip()
    except BadCellError:
        return ""


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
