"""How a connection to the store is made and what it is set to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cardprint.errors import LedgerError, StoreError, StoreFullError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "SETTINGS",
    "ConnectionFactory",
    "FatalStoreError",
    "connect",
    "rewrite_log",
    "translated",
    "translation",
    "wal_reset_bug",
]

ConnectionFactory = Callable[[Path], sqlite3.Connection]
"""Open a file; the seam for an encrypted store and for a file system that fails on purpose."""

SETTINGS = (
    "busy_timeout = 5000",
    "synchronous = EXTRA",
    "journal_mode = WAL",
    "wal_autocheckpoint = 0",
    "foreign_keys = ON",
    "mmap_size = 0",
    "cache_size = -5120",
    "trusted_schema = OFF",
    "temp_store = MEMORY",
)
"""What every connection is set to, in this order, whatever library opens it.

EXTRA stands before WAL: set after the switch, acknowledged commits can be lost at power loss. Checkpoints are the
owner's alone (SQLite before 3.51.3 can lose commits when a checkpoint meets commits of other connections).
"""
_FATAL = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN})


class FatalStoreError(StoreError):
    """Tell of an error after which a connection must be closed and the truth read again (decisions 21)."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file with stdlib sqlite3, set as the guarantees ask."""
    created = not path.exists()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}").fetchall()
    if created and os.name == "posix":
        path.chmod(0o600)
    return connection


def rewrite_log(path: Path) -> None:
    """Write the bytes of a store's log over themselves and sync them; nobody may write to the store meanwhile.

    After a sync that failed, the page cache calls clean what the disk has never got, and a checkpoint that trusts the
    log would leave half of a lost transaction in the file if the power went.
    """
    try:
        stream = path.with_name(f"{path.name}-wal").open("r+b", buffering=0)
    except FileNotFoundError:
        return
    with stream:
        offset = 0
        while block := stream.read(1 << 20):
            stream.seek(offset)
            stream.write(block)
            offset += len(block)
        os.fsync(stream.fileno())


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn every error of the database into one of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translation(error, doing) from error
    except OSError as error:
        raise FatalStoreError(f"the store cannot be read or written while {doing}: {error.strerror}.") from error


def translation(error: sqlite3.Error, doing: str) -> StoreError | LedgerError:
    """Give our error for one of the database's."""
    if isinstance(error, sqlite3.IntegrityError):
        if "no_balance_below_zero" in str(error):
            return LedgerError("there are not that many blanks in that account; nothing was booked.")
        return StoreError(f"the store refused {doing}: {error}. Nothing was written.")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFullError(
            f"the disk is full while {doing}; nothing was written.",
            cure="Free space on the station's disk; the station goes on by itself.",
        )
    if code in _FATAL:
        return FatalStoreError(f"the store cannot be read or written while {doing}: {error}.")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreError(
            f"the store is busy while {doing}; nothing was written.",
            cure="Another process writes; try again.",
        )
    return StoreError(f"the store failed while {doing}: {error}.")


def wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Say whether an SQLite version has the WAL-reset bug (see SQLite's WAL documentation)."""
    fixed_in_branches = ((3, 44, 6), (3, 50, 7))
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in fixed_in_branches)
