"""A printer behind a device file (``file:///dev/usb/lp0``), or behind a TCP port."""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
from pathlib import Path

from cardprint_magicard.link import Link

__all__ = ["FileLink", "SocketLink"]

_CHUNK = 1 << 16


class FileLink(Link):
    """Read and write a device file, as the Linux driver ``usblp`` offers one; POSIX only."""

    def __init__(self, path: Path) -> None:
        if os.name != "posix":
            raise OSError(errno.ENOSYS, "there are no device files here")
        # Asking would write into a plain file.
        if not stat.S_ISCHR(path.stat().st_mode):
            raise OSError(errno.ENODEV, "it is no device file")
        # Without waiting, else a printer that takes no more bytes would hold the process for ever. Not made where
        # missing: bytes in a new file of that name would be a card for nobody.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)

    def send(self, data: bytes, timeout: float) -> int:
        """Send some of the bytes."""
        _wait(self._descriptor, select.POLLOUT, timeout)
        return os.write(self._descriptor, data[:_CHUNK])

    def receive(self, size: int, timeout: float) -> bytes:
        """Give what is there."""
        _wait(self._descriptor, select.POLLIN, timeout)
        return _some(os.read(self._descriptor, size))

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class SocketLink(Link):
    """Speak through a TCP connection, as print servers take raw bytes; nobody has seen a Magicard do so."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._socket = socket.create_connection((host, port), timeout)

    def send(self, data: bytes, timeout: float) -> int:
        """Send some of the bytes."""
        self._socket.settimeout(timeout)
        return self._socket.send(data[:_CHUNK])

    def receive(self, size: int, timeout: float) -> bytes:
        """Give what is there."""
        self._socket.settimeout(timeout)
        return _some(self._socket.recv(size))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _wait(descriptor: int, events: int, timeout: float) -> None:
    poll = select.poll()
    poll.register(descriptor, events)
    if not poll.poll(timeout * 1000):
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def _some(heard: bytes) -> bytes:
    if not heard:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    return heard
