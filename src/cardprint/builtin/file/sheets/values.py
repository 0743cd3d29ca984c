"""The values of a sheet's rows, from one of two libraries.

calamine is quick and holds the whole sheet; openpyxl is slow and holds a row and the texts that cells share. Neither is
loaded before a spreadsheet is read.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from python_calamine import CalamineSheet

__all__ = ["CellValue", "InMemory", "RowByRow", "Values"]

_ROWS_AT_ONCE = 32

CellValue = object
"""Text, number, truth, date, time or duration; None or an empty text where there is nothing."""


class Values(Protocol):
    """Give a sheet's rows, as often as asked."""

    def rows(self) -> Iterator[tuple[int, Sequence[CellValue]]]:
        """Give each row's number from 1 and its values from column A on, in order; rows may be left out."""

    def close(self) -> None:
        """Let go of the workbook."""


class InMemory:
    """Hold all values of a sheet at once."""

    def __init__(self, workbook: IO[bytes]) -> None:
        from python_calamine import CalamineWorkbook  # noqa: PLC0415 - loaded only where a spreadsheet is read

        workbook.seek(0)
        with CalamineWorkbook.from_filelike(workbook) as opened:
            self._sheet: CalamineSheet = opened.get_sheet_by_index(0)

    def rows(self) -> Iterator[tuple[int, Sequence[CellValue]]]:
        """Give the rows from the first to the last with a value."""
        return enumerate(self._sheet.iter_rows(), 1)

    def close(self) -> None:
        """Keep nothing open: the workbook was closed once it was read."""


class RowByRow:
    """Read the rows of a sheet one by one."""

    def __init__(self, workbook: IO[bytes], *, last_row: int, width: int) -> None:
        from openpyxl import load_workbook  # noqa: PLC0415 - loaded only where a large spreadsheet is read

        workbook.seek(0)
        with warnings.catch_warnings():
            # It tells of formats that it leaves out, which nobody sees here.
            warnings.simplefilter("ignore")
            self._workbook = load_workbook(workbook, read_only=True, data_only=True, keep_links=False)
        self._sheet: ReadOnlyWorksheet = self._workbook.worksheets[0]
        # The size that the sheet says it has may be wrong.
        self._sheet.reset_dimensions()
        self._last_row = last_row
        self._width = width

    def rows(self) -> Iterator[tuple[int, Sequence[CellValue]]]:
        """Give the rows from the first to the last with a value."""
        rows = enumerate(self._sheet.iter_rows(max_col=self._width, max_row=self._last_row, values_only=True), 1)
        while True:
            with warnings.catch_warnings():
                # It would tell the value of a cell that it cannot take.
                warnings.simplefilter("ignore")
                some = list(itertools.islice(rows, _ROWS_AT_ONCE))
            if not some:
                return
            yield from some

    def close(self) -> None:
        """Close the workbook."""
        self._workbook.close()
