"""What became of the requests of a file, written beside it."""

from __future__ import annotations

import contextlib
import csv
import io
import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from cardprint.model import OutcomeReport, Receipt

__all__ = ["OutcomesFile"]

_LOG = logging.getLogger("cardprint.file")
_COLUMNS = ("key", "request_id", "outcome", "attempt_id", "card_number", "business_date")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HEADER = ",".join(_COLUMNS)


class OutcomesFile:
    """Append reports to a CSV, each key once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys: set[str] = set()
        self._size = -1

    def append(self, reports: Sequence[OutcomeReport]) -> list[Receipt]:
        """Write what is not yet there and sync it; LATER for all where that fails."""
        try:
            with self._lock:
                self._append(reports)
        except (OSError, ValueError, csv.Error) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or "it is another file"
            _LOG.warning("%s cannot be written (%s); outcomes wait in the outbox.", self._path, reason)
            return [Receipt.LATER] * len(reports)
        return [Receipt.ACCEPTED] * len(reports)

    def _append(self, reports: Sequence[OutcomeReport]) -> None:
        created = not self._path.exists()
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(self._path, flags, 0o600), "r+b") as stream:  # noqa: PTH123 - the mode is set at creation
            end = stream.seek(0, os.SEEK_END)
            if end != self._size:
                end = self._learn(stream, end)
            new = {report.key: report for report in reports if report.key not in self._keys}
            rows = [_row_of(report) for report in new.values()]
            text = "".join(_written(rows) if end else _written([_COLUMNS, *rows]))
            try:
                stream.seek(end)
                stream.write(text.encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                self._size = -1
                with contextlib.suppress(OSError):
                    os.ftruncate(stream.fileno(), end)
                raise
            self._size = stream.tell()
            self._keys.update(new)
        if created:
            _sync_folder(self._path.parent)

    def _learn(self, stream: io.BufferedRandom, end: int) -> int:
        """Read the keys that are there, mend an end that a crash tore off, and give where to write."""
        self._keys.clear()
        stream.seek(0)
        whole = 0
        for number, line in enumerate(stream):
            row = next(csv.reader([line.decode("utf-8-sig")]), [])
            if number == 0 and line.endswith(b"\n") and tuple(row) != _COLUMNS:
                raise ValueError
            if not line.endswith(b"\n") and not _is_whole(row):
                break
            whole += len(line)
            if number and len(row) == len(_COLUMNS):
                self._keys.add(row[0])
        if whole < end:
            # No receipt was given for it: the report comes again.
            self._drop_torn_end(stream, whole)
        elif end:
            stream.seek(end - 1)
            if stream.read(1) != b"\n":
                stream.seek(end)
                stream.write(b"\n")
                return end + 1
        return whole

    def _drop_torn_end(self, stream: io.BufferedRandom, whole: int) -> None:
        stream.seek(whole)
        if whole == 0 and not f"{_HEADER}\r\n".startswith(stream.read(200).decode("utf-8")):
            raise ValueError
        stream.truncate(whole)


def _is_whole(row: list[str]) -> bool:
    """Tell whether a last line without its end has lost nothing else: an editor, not a crash, left it so."""
    return len(row) == len(_COLUMNS) and _ISO_DATE.fullmatch(row[-1]) is not None


def _row_of(report: OutcomeReport) -> tuple[str, ...]:
    return (
        report.key,
        report.request_id,
        report.outcome,
        report.attempt_id,
        report.card_number,
        report.business_date,
    )


def _written(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def _sync_folder(folder: Path) -> None:
    # Not every system can open a folder; where it cannot, creating a file is durable by itself.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
