"""apsw behind the face of ``sqlite3``, so that the real store works on a disk in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import apsw

from cardprint.store.connection import SETTINGS
from cardprint.testing.simulation.disk import Disk, ProcessDiedError

__all__ = ["Connections"]

_Row = tuple[Any, ...]
_CLASSES: dict[type[BaseException], type[sqlite3.Error]] = {apsw.ConstraintError: sqlite3.IntegrityError}
_CODES: dict[type[BaseException], int] = {apsw.FullError: sqlite3.SQLITE_FULL, apsw.IOError: sqlite3.SQLITE_IOERR}
"""Codes of the errors that our own file system raises, which know none."""


class Connections:
    """Make the store's connections on one disk: a ``ConnectionFactory``.

    A Python VFS has no shared memory, so that SQLite locks the file exclusively and writer and reader are two faces
    of one connection: nothing may be read through the one while the other is in a transaction.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._held: apsw.Connection | None = None
        self._reader_next = False
        self._epoch = 0
        self.life = 0
        """Counts how often the file was opened."""
        self.settings: tuple[str, ...] = SETTINGS
        self.committed: Callable[[Connection], None] = lambda _: None
        """Told of every commit that SQLite has acknowledged."""

    def __call__(self, path: Path) -> sqlite3.Connection:
        """Open the store's file, or give another face of the connection that is open: writer and reader in turn."""
        if self._held is not None:
            reader, self._reader_next = self._reader_next, not self._reader_next
            return Connection(self._held, self, reader=reader)  # type: ignore[return-value]
        with _translated(self._disk):
            raw = apsw.Connection(path.name, vfs=self._disk.name, statementcachesize=256)
            self._held, self._reader_next, self._epoch = raw, True, self._disk.epoch
            self.life += 1
            made = Connection(raw, self, reader=False)
            try:
                for setting in ("locking_mode = EXCLUSIVE", *self.settings):
                    raw.execute(f"PRAGMA {setting}").fetchall()
            except BaseException:
                self.release()
                raise
        return made  # type: ignore[return-value]

    def rewrite(self, path: Path) -> None:
        """Be the store's ``rewrite_log``."""
        with _translated(self._disk):
            self._disk.rewrite(f"{path.name}-wal")

    @property
    def disk(self) -> Disk:
        """The disk below."""
        return self._disk

    def release(self) -> None:
        """Close what is open, whatever its process is doing."""
        self._reader_next = False
        if self._held is not None:
            held, self._held = self._held, None
            self._disk.burying = self._epoch != self._disk.epoch
            with contextlib.suppress(apsw.Error, ProcessDiedError):
                held.close(True)  # noqa: FBT003 - apsw's own argument
            self._disk.burying = False


class Connection:
    """Have the methods of ``sqlite3.Connection`` that the store uses."""

    def __init__(self, raw: apsw.Connection, connections: Connections, *, reader: bool) -> None:
        self.raw = raw
        self._connections = connections
        self._reader = reader

    @property
    def in_transaction(self) -> bool:
        """Say whether a transaction is open."""
        return self.raw.in_transaction

    def execute(self, sql: str, values: Sequence[object] = ()) -> Cursor:
        """Run a statement."""
        if self._reader and sql.startswith("PRAGMA"):
            return Cursor(self.raw.cursor(), self._connections.disk, 0, 0)
        with _translated(self._connections.disk):
            cursor = self.raw.execute(sql, tuple(values))
            made = Cursor(cursor, self._connections.disk, self.raw.changes(), self.raw.last_insert_rowid())
            if sql == "COMMIT":
                self._connections.committed(self)
        return made

    def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> Cursor:
        """Run a statement for many rows."""
        with _translated(self._connections.disk):
            cursor = self.raw.executemany(sql, rows)
            return Cursor(cursor, self._connections.disk, self.raw.changes(), self.raw.last_insert_rowid())

    def close(self) -> None:
        """Close the connection; the reader's face has nothing to close."""
        if not self._reader:
            self._connections.release()


class Cursor:
    """Have the methods of ``sqlite3.Cursor`` that the store uses."""

    def __init__(self, raw: apsw.Cursor, disk: Disk, rowcount: int, lastrowid: int) -> None:
        self._raw = raw
        self._disk = disk
        self.rowcount = rowcount
        self.lastrowid = lastrowid

    def fetchone(self) -> _Row | None:
        """Give the next row."""
        with _translated(self._disk):
            return self._raw.fetchone()

    def fetchall(self) -> list[_Row]:
        """Give all rows."""
        with _translated(self._disk):
            return self._raw.fetchall()

    def __iter__(self) -> Iterator[_Row]:
        """Give row after row."""
        with _translated(self._disk):
            yield from self._raw


class _translated:  # noqa: N801 - reads as a word where it is used
    """Turn apsw's errors into sqlite3's; where the process has died meanwhile, nothing goes on."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._epoch = disk.epoch

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if error is None:
            return
        if self._epoch != self._disk.epoch:
            raise ProcessDiedError from None
        if isinstance(error, apsw.Error):
            made = _CLASSES.get(type(error), sqlite3.OperationalError)(str(error))
            made.sqlite_errorcode = _CODES.get(type(error), 0) or getattr(error, "extendedresult", 0)
            raise made from error
