"""The station's file: one writer, readers beside it, transactions, checkpoints, backups."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from cardprint.errors import OvertakenError, StoreBusyError, StoreError, StoreFullError
from cardprint.store import journal
from cardprint.store.connection import ConnectionFactory, FatalStoreError, connect, rewrite_log, translated, translation
from cardprint.store.owner import OwnerLock

__all__ = ["Database", "Reading", "Transaction"]

_FILE = "station.db"
_LOCK = "station.lock"
_RESERVE = "station.reserve"
_RESERVE_BYTES = 1 << 20
_ROOM_BYTES = 4 << 20
_CHECKPOINT_BYTES = 8 << 20
_READER_CACHE_KIB = 2_048
_Row = tuple[Any, ...]


class Reading:
    """Ask the store; values come back as tuples."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def one(self, sql: str, values: Sequence[object] = ()) -> _Row | None:
        """Give the first row, or None."""
        try:
            row: _Row | None = self._connection.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise translation(error, "reading") from error
        return row

    def all(self, sql: str, values: Sequence[object] = ()) -> list[_Row]:
        """Give all rows."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translation(error, "reading") from error

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 - a column has any type
        """Give the first column of the first row, or None."""
        row = self.one(sql, values)
        return None if row is None else row[0]

    def iterate(self, sql: str, values: Sequence[object] = ()) -> Iterator[_Row]:
        """Give the rows one by one, for results too large to hold."""
        with translated("reading"):
            yield from self._connection.execute(sql, values)


class Transaction(Reading):
    """Change the store; everything in it is durable together or not at all."""

    def __init__(self, connection: sqlite3.Connection, now: float) -> None:
        super().__init__(connection)
        self.now = now
        """Wall time of the transaction; informs only."""

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement and give the number of rows it changed."""
        try:
            return self._connection.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise translation(error, "writing") from error

    def insert(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run an INSERT and give the new row's id."""
        try:
            return self._connection.execute(sql, values).lastrowid or 0
        except sqlite3.Error as error:
            raise translation(error, "writing") from error

    def note(
        self,
        event: str,
        *,
        job: int | None = None,
        attempt: str = "",
        printer: str = "",
        **data: object,
    ) -> None:
        """Write the journal's line of this change."""
        journal.append(self, event, job=job, attempt=attempt, printer=printer, data=data)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is inside, and only that, where it raises."""
        self.execute("SAVEPOINT inner")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO inner")
            self.execute("RELEASE inner")
            raise
        self.execute("RELEASE inner")


class Database:
    """Hold a station's file open; safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        *,
        factory: ConnectionFactory = connect,
        rewrite: Callable[[Path], None] = rewrite_log,
    ) -> None:
        """Open the file in ``folder``, made if it is not there, and bring its schema up to date.

        ``factory`` and ``rewrite`` put another file system below it; see ``connect`` and ``rewrite_log``.
        """
        self.folder = folder
        self.path = folder / _FILE
        self._log = str(folder / f"{_FILE}-wal")
        self._factory = factory
        self._rewrite = rewrite
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        self._owner: OwnerLock | None = None
        self._owner_number = 0
        self._make_folder()
        self._open()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            open_to_others = os.name == "posix" and self.folder.stat().st_mode & 0o022
        except OSError as error:
            raise StoreError(
                f"the station's folder {self.folder} cannot be used: {error.strerror}.",
                cure="Name a folder you may write to in [station] folder.",
            ) from error
        if open_to_others:
            raise StoreError(
                f"the station's folder {self.folder} can be written by others.",
                cure=f"Close it with: chmod go-w {self.folder}",
            )

    def _open(self) -> None:
        with translated("opening it"):
            self._writer = self._factory(self.path)
            try:
                self._migrate()
                self._reader = self._factory(self.path)
                self._reader.execute("PRAGMA query_only = ON")
                self._reader.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")
            except BaseException:
                self._writer.close()
                raise
        self._broken = False
        # Whoever had the store last may have died after a sync had failed: then the page cache holds what no later sync
        # writes, and what is committed behind it would be lost with it. So all is written anew before the first write.
        self._rewritten = False

    def _migrate(self) -> None:
        steps = sorted(
            entry.name
            for entry in resources.files("cardprint.store").joinpath("migrations").iterdir()
            if entry.name.endswith(".sql")
        )
        version = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
        if version > len(steps):
            raise StoreError(
                f"{self.path} was written by a newer cardprint (schema {version}, this one knows {len(steps)}).",
                cure="Install the newer version; nothing was changed.",
            )
        if version == len(steps):
            return
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            version = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
            for number, name in enumerate(steps[version:], start=version + 1):
                text = resources.files("cardprint.store").joinpath("migrations", name).read_text("utf-8")
                for statement in _statements(text):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA user_version = {number}")
            if version == 0:
                self._writer.executemany(
                    "INSERT INTO meta VALUES (?, ?)",
                    [("station", secrets.token_hex(4)), ("salt", secrets.token_hex(16)), ("business_date", "")],
                )
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    @property
    def owned(self) -> bool:
        """Say whether this process owns the printers of the store."""
        return self._owner is not None

    def own(self) -> int:
        """Take ownership, or raise StoreBusyError; give the owner's fencing number."""
        self._owner = OwnerLock(self.folder / _LOCK)
        self._keep_reserve()
        with self.transaction() as tx:
            tx.execute("UPDATE fence SET last = last + 1")
            number = int(tx.value("SELECT last FROM fence"))
            tx.execute("INSERT OR REPLACE INTO meta VALUES ('owner', ?)", (str(number),))
        self._owner_number = number
        return number

    def owned_by_someone(self) -> bool:
        """Say whether any process owns the printers now."""
        if self._owner is not None:
            return True
        try:
            OwnerLock(self.folder / _LOCK).release()
        except StoreError:
            return True
        return False

    def disown(self) -> None:
        """Give ownership back, with everything checkpointed."""
        if self._owner is not None:
            with contextlib.suppress(StoreError):
                self.checkpoint()
            self._owner.release()
            self._owner = None

    @contextmanager
    def transaction(self, now: float = 0.0) -> Iterator[Transaction]:
        """Write; commits at the end, durable on return, undone as a whole where the body raises.

        Raises FatalStoreError where the commit is ambiguous: read what is true in the next one, which opens the file
        again.
        """
        with self._write_lock:
            # Whoever met the error was told of it; the next one who writes begins with what is true.
            self.heal()
            if not self._rewritten:
                self._rewritten = self._checkpoint_as_owner(rewrite=True)
            with translated("beginning to write"):
                self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._writer, now)
                with translated("committing"):
                    self._writer.execute("COMMIT")
            except BaseException as error:
                self._undo(error)
                raise
            if self._log_bytes() >= _CHECKPOINT_BYTES:
                self._checkpoint_as_owner()

    @contextmanager
    def owning(self, now: float = 0.0) -> Iterator[Transaction]:
        """Write as ``transaction`` does what only the owner of the printers may write.

        Raises OvertakenError, and changes nothing, where another process has become the owner meanwhile.
        """
        with self.transaction(now) as tx:
            if tx.value("SELECT value FROM meta WHERE name = 'owner'") != str(self._owner_number):
                raise OvertakenError(
                    "another process has taken over the printers of this station; nothing was changed.",
                    cure="End this one. See who works: cardprint status",
                )
            yield tx

    def _log_bytes(self) -> int:
        try:
            return os.stat(self._log).st_size  # noqa: PTH116 - asked for every transaction; a Path costs ten times as much
        except OSError:
            return 0

    def _checkpoint_as_owner(self, *, rewrite: bool = False) -> bool:
        """Checkpoint where this process owns the store, or may own it for so long: an import grows the log too.

        True where the log is in the file, or where another process owns the store and sees to that.
        """
        if self._owner is not None:
            return self._rewrite_and_checkpoint() if rewrite else self.checkpoint()
        try:
            lock = OwnerLock(self.folder / _LOCK)
        except StoreBusyError:
            return True
        try:
            return self._rewrite_and_checkpoint() if rewrite else self.checkpoint()
        finally:
            lock.release()

    def _rewrite_and_checkpoint(self) -> bool:
        """Make durable what an earlier process may have left in the page cache alone."""
        with self._write_lock:
            with translated("rewriting its log"):
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    self._rewrite(self.path)
                finally:
                    self._writer.execute("ROLLBACK")
            return self.checkpoint()

    def _undo(self, error: BaseException) -> None:
        try:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        except sqlite3.Error:
            self._broken = True
        if isinstance(error, FatalStoreError):
            self._broken = True
        if isinstance(error, StoreFullError):
            (self.folder / _RESERVE).unlink(missing_ok=True)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Read one consistent state, beside a writer; keep it short."""
        with self._read_lock:
            with translated("beginning to read"):
                self._reader.execute("BEGIN")
            try:
                yield Reading(self._reader)
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("ROLLBACK")

    def version(self) -> int:
        """Give a number that changes whenever another process has written."""
        with self._write_lock, translated("reading"):
            return int(self._writer.execute("PRAGMA data_version").fetchone()[0])

    def checkpoint(self) -> bool:
        """Bring the log into the file and empty it; False where a reader was in the way. The owner's alone."""
        with self._write_lock, self._read_lock, translated("checkpointing"):
            self._writer.execute("PRAGMA busy_timeout = 0")
            try:
                busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                self._writer.execute("PRAGMA busy_timeout = 5000")
            return not busy

    def reopen(self) -> None:
        """Close and open again after a failure, and let SQLite rewrite and sync its log (decisions 21)."""
        with self._write_lock, self._read_lock:
            for connection in (self._reader, self._writer):
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._open()
            if self._owner is not None:
                self._rewritten = self._rewrite_and_checkpoint()
                self._keep_reserve()

    def heal(self) -> None:
        """Open again where an error has broken the connection; does nothing where all is well."""
        if self._broken:
            self.reopen()

    def has_room(self) -> bool:
        """Say whether the disk has room for a card's outcome, asked before every intent."""
        return shutil.disk_usage(self.folder).free >= _ROOM_BYTES

    def _keep_reserve(self) -> None:
        """Keep a file whose removal makes room for an outcome on a full disk."""
        path = self.folder / _RESERVE
        if not path.exists() and shutil.disk_usage(self.folder).free > 4 * _ROOM_BYTES:
            path.write_bytes(b"\0" * _RESERVE_BYTES)

    def backup(self, target: Path) -> None:
        """Copy the whole store, consistent, while it is used; refuses to overwrite."""
        if target.exists():
            raise StoreError(f"{target} exists; a backup never overwrites.", cure="Name a new file.")
        with translated("backing up"), contextlib.closing(sqlite3.connect(target)) as copy:
            with self.reading() as _:
                self._reader.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        if os.name == "posix":
            target.chmod(0o600)

    def close(self) -> None:
        """Close everything; ownership goes back as well."""
        self.disown()
        with self._write_lock, self._read_lock, contextlib.suppress(sqlite3.Error):
            self._reader.close()
            self._writer.close()


def _statements(text: str) -> Iterator[str]:
    """Part a script into statements, so that all of them run in one transaction (executescript would commit)."""
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
