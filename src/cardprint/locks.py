"""Locks on files that end with their process, however it ends."""

from __future__ import annotations

import os
from typing import IO

__all__ = ["try_lock", "try_lock_alone"]

# The lock is taken on a byte far behind the text, so that others may read who holds it (Windows locks by range).
_LOCKED_BYTE = 1 << 20


def try_lock(stream: IO[bytes]) -> bool:
    """Lock an open file for this process and say whether that succeeded; never waits.

    On POSIX the lock belongs to the process: a child that it forks does not have it, a second lock of the same process
    succeeds, and closing any descriptor of the file gives it back.
    """
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            stream.seek(_LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.lockf(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _LOCKED_BYTE)
    except OSError:
        return False
    return True


def try_lock_alone(stream: IO[bytes]) -> bool:
    """Lock an open file as ``try_lock`` does, but for this opening of it: a second one in this process is refused."""
    if os.name == "nt":
        return try_lock(stream)
    import fcntl  # noqa: PLC0415 - exists on POSIX only

    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
