"""The device's language: JSON objects, one a line; a connection carries one question and its answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from cattrs.preconf.json import make_converter

from cardprint.errors import ConfigurationError
from cardprint.model import DeviceUri

__all__ = ["LINE_MAX", "PORT_FILE", "Line", "Message", "converter", "find_device", "read_line", "write_line"]

Message = Mapping[str, Any]
"""One line."""
LINE_MAX = 16 * 1024 * 1024
"""Bytes that no line exceeds; two faces at 300 dpi take a fraction of it."""
PORT_FILE = "port"
"""The file beside the world's in which a running device writes its TCP port."""

converter = make_converter()
"""Turns the model's values into JSON's and back."""


def write_line(message: Message) -> bytes:
    """Give a message as the bytes of one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def read_line(line: bytes) -> Message:
    """Give the message of one line; raise ValueError for a line that is cut off or is none."""
    if not line.endswith(b"\n"):
        raise ValueError("the line is cut off")
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("the line holds no object")  # noqa: TRY004 - to whoever reads, one kind of nonsense
    return message


def find_device(device: DeviceUri, folder: Path) -> tuple[str, int]:
    """Give host and port of ``sim://HOST:PORT``, or of the device whose folder ``sim://PATH`` names.

    A relative path begins at ``folder``. Raise ConfigurationError for a URI that is neither, OSError where no device
    has left its port in the folder.
    """
    parts = urlsplit(device)
    cure = "Write sim://HOST:PORT, or sim://PATH for the folder of the device's world."
    try:
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"{device} names no port.", cure=cure) from error
    if parts.scheme != "sim" or not (parts.netloc or parts.path):
        raise ConfigurationError(f"{device} is no address of a simulated printer.", cure=cure)
    if port is not None and parts.hostname:
        return parts.hostname, port
    written = (folder / (parts.netloc + parts.path) / PORT_FILE).read_text("ascii").strip()
    if not written.isdecimal():
        raise ConnectionRefusedError("the device's port file holds no port")
    return "127.0.0.1", int(written)


class Line:
    """Hold one connection to the device; every failure is an OSError or a ValueError."""

    def __init__(self, address: tuple[str, int], *, connect_timeout: float, timeout: float) -> None:
        self._socket = socket.create_connection(address, timeout=connect_timeout)
        self._socket.settimeout(timeout)
        self._lines = self._socket.makefile("rb")

    def say(self, message: Message) -> None:
        """Send one line."""
        self._socket.sendall(write_line(message))

    def hear(self) -> Message:
        """Wait for one line; a device that hangs up in place of answering is a ValueError."""
        return read_line(self._lines.readline(LINE_MAX))

    def __enter__(self) -> Self:
        """Enter the connection."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()
