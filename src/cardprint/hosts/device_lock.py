"""The lock of a device: no two hosts hold one, and a new one waits for the death of the old."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path
from typing import IO

import attrs

from cardprint.errors import DriverError
from cardprint.locks import try_lock
from cardprint.model.attempts import CardFate

__all__ = ["DeviceLock", "LockOwner", "owner_of", "started_at"]

_LOOK_AGAIN = 0.02
_DEATH = 5.0


@attrs.frozen(kw_only=True)
class LockOwner:
    """Name the process that wrote a lock file last; it holds the lock only while it lives."""

    pid: int
    """Its number."""
    started: str = ""
    """When it was started, in the system's own measure; with the number it names one process since the boot."""
    host: str = ""
    """The computer."""
    printer: str = ""
    """The printer that it serves."""


def started_at(pid: int) -> str:
    """Tell when a process was started, in ticks since the boot; empty where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The second field is the program's name in parentheses and may hold anything; the start is the 22nd.
    return stat.rpartition(")")[2].split()[19]


def owner_of(path: Path) -> LockOwner | None:
    """Read who wrote a lock file last; None where nobody can be read there."""
    try:
        value = json.loads(path.read_bytes())
        owner = LockOwner(
            pid=value["pid"],
            started=str(value["started"]),
            host=str(value["host"]),
            printer=str(value["printer"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return owner if type(owner.pid) is int and owner.pid > 1 else None


class DeviceLock:
    """Hold a device until released or until the process dies."""

    def __init__(self, path: Path, *, printer: str, wait: float = 10.0) -> None:
        """Take it, waiting ``wait`` seconds for a host whose station died, and then killing it.

        Raises DriverError (NOT_FED) where the old one neither ends nor can be killed.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream: IO[bytes] = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        try:
            _lock(stream, path, wait)
            stream.truncate(0)
            stream.seek(0)
            pid = os.getpid()
            owner = LockOwner(pid=pid, started=started_at(pid), host=socket.gethostname(), printer=printer)
            stream.write(json.dumps(attrs.asdict(owner)).encode())
        except BaseException:
            stream.close()
            raise
        self._stream = stream

    def release(self) -> None:
        """Give it back; a second call does nothing."""
        self._stream.close()


def _lock(stream: IO[bytes], path: Path, wait: float) -> None:
    if not _locked_within(stream, wait):
        _kill(path)
        if not _locked_within(stream, _DEATH):
            raise _held(path, "was killed and does not die")


def _locked_within(stream: IO[bytes], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not try_lock(stream):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_AGAIN)
    return True


def _kill(path: Path) -> None:
    """Kill the host that holds a lock, with all that it started, if it is surely that one."""
    owner = owner_of(path)
    if owner is None:
        raise _held(path, "does not say who it is")
    if owner.host != socket.gethostname():
        raise _held(path, f"runs on {owner.host}")
    if not owner.started:
        raise _held(path, "cannot be told from another process of that number here")
    if started_at(owner.pid) != owner.started:
        raise _held(path, "is not the process that wrote so")
    try:
        # A host leads a group of its own.
        if os.getpgid(owner.pid) == owner.pid:
            os.killpg(owner.pid, signal.SIGKILL)
        else:
            os.kill(owner.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise _held(path, "belongs to another user") from None


def _held(path: Path, why: str) -> DriverError:
    owner = owner_of(path)
    who = f"process {owner.pid} on {owner.host}" if owner is not None else "an unknown process"
    return DriverError(
        f"the device is still held by {who}, which {why}; no blank was touched.",
        fate=CardFate.NOT_FED,
        reasons=("x-device-held",),
        cure="End that process, or restart the computer.",
    )
