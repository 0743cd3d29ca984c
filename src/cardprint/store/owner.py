"""The lock that lets one process own the printers of a store."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from pathlib import Path
from typing import IO

from cardprint.errors import StoreBusyError
from cardprint.language import Sentence
from cardprint.locks import try_lock

__all__ = ["OwnerLock", "owner_of"]


def owner_of(path: Path) -> str:
    """Say who wrote the lock file last, as text for people; empty where nobody did."""
    try:
        owner = json.loads(path.read_bytes().rstrip(b"\0"))
        return f"process {owner['pid']} on {owner['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


# POSIX record locks belong to the process: a second lock of the same process would succeed, so it is refused here.
_held: set[Path] = set()


class OwnerLock:
    """Hold the ownership of a store until released or until the process dies."""

    def __init__(self, path: Path) -> None:
        """Take it, or raise StoreBusyError naming the owner."""
        self._path = path.resolve()
        busy = StoreBusyError(
            Sentence(
                "the station in {parent} is already run by {owner}; no blank was touched.",
                parent=path.parent,
                owner=owner_of(path) or Sentence("another process"),
            ),
            cure=Sentence("Stop it first, or look on with: cardprint status"),
        )
        if self._path in _held:
            raise busy
        self._stream: IO[bytes] | None = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        if not try_lock(self._stream):
            self._stream.close()
            raise busy
        _held.add(self._path)
        # On a full disk the lock holds without its owner's name.
        with contextlib.suppress(OSError):
            self._stream.seek(0)
            self._stream.truncate()
            self._stream.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())

    def release(self) -> None:
        """Give it back; a second call does nothing."""
        if self._stream is not None:
            self._stream.seek(0)
            self._stream.truncate()
            self._stream.close()
            self._stream = None
            _held.discard(self._path)
