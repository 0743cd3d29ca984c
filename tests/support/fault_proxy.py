"""A line on this computer that breaks when it is told to: between a client and any server of TCP."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import attrs

__all__ = ["Fault", "FaultProxy"]

_CHUNK = 4096


@attrs.frozen(kw_only=True)
class Fault:
    """Say how a connection breaks; without any of these it does not."""

    up: int | None = None
    """Cut it, both ways, after so many bytes of the client have been passed on."""
    down: int | None = None
    """Cut it, both ways, after so many bytes of the server have been passed on; 0 drops the answer."""
    silent: bool = False
    """In place of a cut, say nothing more and keep it open, until the proxy is closed."""


class FaultProxy:
    """Pass connections on; the next ones take their faults from a list, then from what is the rule."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._open: list[socket.socket] = []
        self.port: int = self._server.getsockname()[1]
        self.connections = 0
        self.faults: list[Fault] = []
        """Of the next connections, one each."""
        self.rule = Fault()
        """Of all others."""
        self.lines: dict[bytes, Fault] = {}
        """Of the first connection whose client says this within what it sends first."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut all that is open."""
        self._closed.set()
        self._hang_up(self._server, *self._open)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._server.accept()
                server = socket.create_connection(self._target, 10)
            except OSError:
                continue
            self.connections += 1
            self._open += [client, server]
            fault = self.faults.pop(0) if self.faults else self.rule
            threading.Thread(target=self._pass_on, args=(client, server, fault), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        first = self._received(client)
        for said in list(self.lines):
            if said in first:
                fault = self.lines.pop(said)
        down = threading.Thread(target=self._copy, args=(server, client, b"", fault.down, fault), daemon=True)
        down.start()
        self._copy(client, server, first, fault.up, fault)

    def _copy(
        self, source: socket.socket, target: socket.socket, first: bytes, limit: int | None, fault: Fault
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            for chunk in self._chunks(source, first):
                allowed = chunk if limit is None else chunk[: max(limit - passed, 0)]
                target.sendall(allowed)
                passed += len(allowed)
                if len(allowed) < len(chunk) or passed == limit:
                    break
        if not fault.silent or limit is None or passed < limit:
            self._hang_up(source, target)

    def _chunks(self, source: socket.socket, first: bytes) -> Iterator[bytes]:
        if first:
            yield first
        while chunk := source.recv(_CHUNK):
            yield chunk

    @staticmethod
    def _received(client: socket.socket) -> bytes:
        """Take what a client of HTTP says first: a head, and what follows it."""
        said = b""
        with contextlib.suppress(OSError):
            client.settimeout(10)
            while not said.partition(b"\r\n\r\n")[2]:
                chunk = client.recv(_CHUNK)
                if not chunk:
                    break
                said += chunk
            client.settimeout(None)
        return said

    @staticmethod
    def _hang_up(*connections: socket.socket) -> None:
        for each in connections:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
