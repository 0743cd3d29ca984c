"""See what code touches outside itself: files, processes, the network."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["touched"]

_OUTSIDE = ("ctypes.dlopen", "open", "os.", "shutil.", "socket.", "sqlite3.connect", "subprocess.", "urllib.Request")
_watching: dict[int, list[str]] = {}
_installed = threading.Event()


def _hear(event: str, _arguments: tuple[object, ...]) -> None:
    # Called for every audit event of the process (PEP 578), so it is as short as can be while nobody watches.
    if not _watching:
        return
    heard = _watching.get(threading.get_ident())
    if heard is not None and event.startswith(_OUTSIDE):
        heard.append(event)


@contextmanager
def touched() -> Iterator[list[str]]:
    """Note, as names of audit events, what this thread does to files, processes and the network inside the block."""
    if not _installed.is_set():
        # A hook cannot be taken out again.
        sys.addaudithook(_hear)
        _installed.set()
    heard = _watching[threading.get_ident()] = []
    try:
        yield heard
    finally:
        del _watching[threading.get_ident()]
