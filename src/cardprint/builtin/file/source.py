"""The file as a data source."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from cardprint.builtin.file.archives import Archive
from cardprint.builtin.file.columns import ColumnNames
from cardprint.builtin.file.containers import Container, OpenFile, PlainFile
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.formats import OLD_OFFICE, is_package, old_office
from cardprint.builtin.file.lines import Lines
from cardprint.builtin.file.outcomes import OutcomesFile
from cardprint.builtin.file.record import Record
from cardprint.builtin.file.records import read_records
from cardprint.builtin.file.requests import request_id_of, request_of
from cardprint.builtin.file.settings import FileSettings
from cardprint.builtin.file.survey import FirstContents, Survey, survey
from cardprint.builtin.file.zips import is_zip, open_zip
from cardprint.model import Cursor, Item, New, OutcomeReport, Page, Receipt, Rejected
from cardprint.plugin import DataSource, PluginContext

if TYPE_CHECKING:
    from cardprint.builtin.file.sheets import Spreadsheet

__all__ = ["FileSource"]

_AnyContainer: TypeAlias = "Archive | PlainFile | Spreadsheet"


class FileSource(DataSource):
    """Read requests from a spreadsheet, a CSV, a JSON Lines file, or a ZIP of one of the last two with photos.

    A file is read twice: once to see that it is whole, so that a broken one lets nothing in, and once for its
    records. The cursor is the file's digest and the number of records read. With another file under the same path
    reading begins anew, and the station takes what differs as corrections.
    """

    def __init__(self, settings: FileSettings, context: PluginContext) -> None:
        self._settings = settings
        self._folder = context.folder
        self._path = context.folder / settings.path
        self._columns = ColumnNames(settings.columns)
        outcomes = settings.outcomes or self._path.with_name(self._path.name + ".outcomes.csv")
        self._outcomes = OutcomesFile(context.folder / outcomes)

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield pages from after ``cursor``; at the end of an unchanged file, none.

        Raises InputError, with file and line, for a fault of the file, before the first page.
        """
        with OpenFile(self._path) as opened, contextlib.closing(self._container(opened)) as container:
            found = survey(opened, container, self._settings, lambda: self._records(container))
            for page in self._pages(container, found, _position(cursor, found.digest)):
                opened.check_unchanged()
                yield page

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Append reports to the outcomes file, each key once; LATER for all where it cannot be written."""
        return self._outcomes.append(reports)

    def _container(self, opened: OpenFile) -> _AnyContainer:
        head = opened.head()
        if not head:
            raise FileName(self._path).fault("it is empty", "Export it again.")
        if head == OLD_OFFICE:
            raise old_office(opened)
        limits = self._settings.limits
        if not is_zip(head):
            return PlainFile(opened, limits)
        contents = open_zip(opened, limits)
        if is_package(contents, FileName(self._path)):
            # What a text needs nothing of is not loaded for it.
            from cardprint.builtin.file.sheets import Spreadsheet  # noqa: PLC0415

            return Spreadsheet(opened, contents, sheet=self._settings.sheet, limits=limits, folder=self._folder)
        return Archive(opened, contents, limits)

    def _records(self, container: _AnyContainer) -> Iterator[Record | Rejected]:
        settings = self._settings
        if not isinstance(container, Archive | PlainFile):
            yield from container.table(self._columns)
            return
        with contextlib.ExitStack() as stack:
            stream = container.records()
            if isinstance(container, Archive):
                stack.enter_context(stream)
            lines = Lines(stream, container.name, encoding=settings.encoding, bound=settings.limits.record_bytes)
            yield from read_records(lines, container.name, self._columns, settings.delimiter)

    def _pages(self, container: _AnyContainer, found: Survey, start: int) -> Iterator[Page]:
        if start >= found.records:
            return
        first = FirstContents(found.repeated) if found.repeated else None
        items: list[Item] = []
        size = 0
        for position, record in enumerate(self._records(container), 1):
            doubled = self._is_doubled(record, first) if first is not None else None
            if position <= start:
                continue
            item = doubled or self._item(container, record)
            items.append(item)
            size += _size_of(record, item)
            if len(items) >= self._settings.page_size or size >= self._settings.limits.page_bytes:
                yield Page(items=tuple(items), cursor=_cursor(found.digest, position))
                items, size = [], 0
        if items:
            yield Page(items=tuple(items), cursor=_cursor(found.digest, found.records))

    def _is_doubled(self, record: Record | Rejected, first: FirstContents) -> Rejected | None:
        if isinstance(record, Rejected):
            return None
        if not first.contradicts(request_id_of(record.columns, self._settings.identity), record):
            return None
        return Rejected(line=record.line, column="request_id", rule="x-duplicate-id")

    def _item(self, container: Container, record: Record | Rejected) -> Item:
        if isinstance(record, Rejected):
            return record
        converted = request_of(record, self._settings.identity)
        if isinstance(converted, Rejected):
            return converted
        request, reference = converted
        if not reference:
            return New(request=request, line=record.line)
        photo = container.photo(reference)
        if photo.rule:
            return Rejected(line=record.line, column="photo", rule=photo.rule, shape=photo.shape)
        return New(request=request, line=record.line, photo_file=photo.file, photo_bytes=photo.content)


def _size_of(record: Record | Rejected, item: Item) -> int:
    size = 0 if isinstance(record, Rejected) else record.size
    return size + (len(item.photo_bytes) if isinstance(item, New) and item.photo_bytes else 0)


def _cursor(digest: str, position: int) -> Cursor:
    return Cursor(f"{digest}:{position}")


def _position(cursor: Cursor | None, digest: str) -> int:
    read, _, position = (cursor or "").partition(":")
    return int(position) if read == digest and position.isdecimal() else 0
