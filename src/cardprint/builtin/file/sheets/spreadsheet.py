"""A spreadsheet as a container of records: one sheet of it, with photos in the file's folder."""

from __future__ import annotations

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.containers import OpenFile, Photo, PlainFile
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.record import Record
from cardprint.builtin.file.settings import MIB, FileLimits
from cardprint.builtin.file.sheets.layout import Layout, read_layout
from cardprint.builtin.file.sheets.parts import SAVE_AGAIN, Parts
from cardprint.builtin.file.sheets.repacking import repack
from cardprint.builtin.file.sheets.shared import SharedTexts, look_through
from cardprint.builtin.file.sheets.styles import plain_styles
from cardprint.builtin.file.sheets.table import Table
from cardprint.builtin.file.sheets.values import InMemory, RowByRow, Values
from cardprint.builtin.file.sheets.workbook import SheetPart, Workbook, choose_sheet, read_workbook
from cardprint.errors import CardprintError
from cardprint.model import Rejected

__all__ = ["Spreadsheet"]

_PART_BYTES = 2048 * MIB
_IN_MEMORY_BYTES = 4 * MIB
_TEXT_BYTES_A_CELL = 256
"""With the cells' own bound, what the cells' texts may take in memory."""


class Spreadsheet:
    """Read records from a sheet; raise InputError for a file that is not to be trusted, or does not say which sheet."""

    def __init__(
        self, opened: OpenFile, contents: zipfile.ZipFile, *, sheet: str, limits: FileLimits, folder: Path
    ) -> None:
        whole = FileName(opened.path)
        self._photos = PlainFile(opened, limits)
        parts = Parts(contents, whole)
        workbook = read_workbook(parts, whole)
        chosen = choose_sheet(parts, workbook, sheet, whole)
        self.name = FileName(opened.path, chosen.name[:64])
        for part in (chosen.part, workbook.strings):
            if part is not None and part.file_size > _PART_BYTES:
                raise self.name.fault(f"the sheet is larger than {_PART_BYTES:,} bytes", "Split it.")
        self._layout = read_layout(parts, chosen.part, self.name)
        if not self._layout.cells:
            raise self.name.fault("the sheet is empty", "Export it again, or set sheet to another one's name.")
        texts = look_through(parts, workbook.strings, limits)
        self.unpacked_bytes = self._layout.bytes + texts.bytes
        with contextlib.ExitStack() as stack:
            packed = stack.enter_context(self._packed(folder))
            self._fill(packed, workbook, chosen, plain_styles(parts, workbook.styles), opened)
            self._values = self._read(packed, in_memory=_fits(self._layout, texts, limits))
            stack.callback(self._values.close)
            self._open = stack.pop_all()

    def close(self) -> None:
        """Let go of what was kept to read from."""
        self._open.close()

    def _packed(self, folder: Path) -> IO[bytes]:
        # It has no name: nobody else can open it, and it is gone with the process.
        return cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=str(folder)))

    def _fill(self, packed: IO[bytes], workbook: Workbook, chosen: SheetPart, styles: str, opened: OpenFile) -> None:
        try:
            repack(workbook, chosen, styles, opened.stream, packed)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise self.name.fault(f"there is no room to read it ({reason})", "Free some space on the disk.") from None

    def table(self, columns: ColumnNames) -> Iterator[Record | Rejected]:
        """Give the sheet's rows as records, in order; raise InputError for a header that cannot be used."""
        table = Table(self._layout, self.name, columns)
        try:
            yield from table.records(self._values.rows())
        except (GeneratorExit, CardprintError, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - see `_read`
            raise self._unreadable(error) from None

    def photo(self, reference: str) -> Photo:
        """Look a photo up by its path relative to the file's folder."""
        return self._photos.photo(reference)

    def trace(self, reference: str) -> bytes:
        """Give the photo's size and time."""
        return self._photos.trace(reference)

    def _read(self, packed: IO[bytes], *, in_memory: bool) -> Values:
        try:
            if in_memory:
                return InMemory(packed)
            return RowByRow(packed, last_row=self._layout.last_row, width=self._layout.width)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the libraries raise whatever they meet; calamine's own is no Exception
            raise self._unreadable(error) from None

    def _unreadable(self, error: BaseException) -> CardprintError:
        if isinstance(error, MemoryError):
            return self.name.fault("there is not enough memory to read it", "Split it, or save it as CSV (UTF-8).")
        return self.name.fault(f"the spreadsheet is broken ({type(error).__name__})", SAVE_AGAIN)


def _fits(layout: Layout, texts: SharedTexts, limits: FileLimits) -> bool:
    """Tell whether the sheet's values may be held in memory all at once, empty cells between them too."""
    cells = layout.last_row * layout.width + texts.count
    in_texts = layout.bytes + layout.cells * texts.longest
    return cells <= limits.sheet_cells and in_texts <= limits.sheet_cells * _TEXT_BYTES_A_CELL
