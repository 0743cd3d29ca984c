"""A line between an HTTP client and its server that treats each request as it is told to."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable

import attrs

__all__ = ["BadLine", "Trouble"]

_CHUNK = 65_536
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Trouble:
    """Say what happens to one request; without any of these it passes."""

    up: int | None = None
    """Cut it after so many bytes of the request have reached the server."""
    down: int | None = None
    """Cut it after so many bytes of the answer; 0: the server has served it, and nobody hears."""
    part: float | None = None
    """Cut it after that part of the answer, which is less than 1."""
    silent: bool = False
    """In place of a cut, say nothing more and keep the connection open."""
    reset: bool = False
    """In place of an orderly end, reset the connection."""
    delay: float = 0.0
    """Seconds before the answer."""
    drip: float = 0.0
    """Seconds between two bytes of the answer."""
    twice: bool = False
    """The server gets the request twice, and the client the second answer."""
    instead: bytes | None = None
    """What the client gets in place of the answer."""
    served: bool = False
    """With ``instead``: the server has had the request all the same."""


class BadLine:
    """Pass requests on, one connection to the server each, and count what passes."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._counting = threading.Lock()
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.requests: list[bytes] = []
        """The first line of each request, in order."""
        self.exchanges: list[tuple[bytes, bytes]] = []
        """Requests that the server has answered, whole, with its answers."""
        self.received = 0
        """Bytes that the client has been sent."""
        self.trouble: Callable[[int, bytes], Trouble] = lambda _number, _line: Trouble()
        """What happens to a request, by its number from 0 and its first line."""
        self.every: int | None = None
        """Cut the answer under way whenever so many bytes have passed."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut all that is open."""
        self._closed.set()
        for each in [self._server, *self._open]:
            _end(each)

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while raw := _message(client):
                line = raw.partition(b"\r\n")[0]
                with self._counting:
                    number = len(self.requests)
                    self.requests.append(line)
                if not self._pass(client, raw, self.trouble(number, line)):
                    return
        _end(client)

    def _pass(self, client: socket.socket, raw: bytes, trouble: Trouble) -> bool:
        """Treat one request; say whether the connection goes on."""
        if trouble.up is not None:
            with socket.create_connection(self._target) as server:
                server.sendall(raw[: trouble.up])
            return self._cut(client, trouble)
        answer = b""
        if trouble.instead is None or trouble.served:
            for _ in range(2 if trouble.twice else 1):
                answer = self._ask(raw)
                self.exchanges.append((raw, answer))
        answer = answer if trouble.instead is None else trouble.instead
        if trouble.delay:
            self._closed.wait(trouble.delay)
        down = int(len(answer) * trouble.part) if trouble.part is not None else trouble.down
        if down is not None:
            self._send(client, answer[:down], trouble)
            return self._cut(client, trouble)
        if self.every is not None and self.received // self.every < (self.received + len(answer)) // self.every:
            self._send(client, answer[: self.every - self.received % self.every], trouble)
            return self._cut(client, trouble)
        self._send(client, answer, trouble)
        return True

    def _ask(self, raw: bytes) -> bytes:
        with socket.create_connection(self._target) as server:
            server.sendall(raw.replace(b"\r\n", b"\r\nX-Passed-On: 1\r\n", 1))
            return _message(server)

    def _send(self, client: socket.socket, answer: bytes, trouble: Trouble) -> None:
        step = 1 if trouble.drip else _CHUNK
        for start in range(0, len(answer), step):
            client.sendall(answer[start : start + step])
            self.received += len(answer[start : start + step])
            if trouble.drip and self._closed.wait(trouble.drip):
                return

    def _cut(self, client: socket.socket, trouble: Trouble) -> bool:
        if trouble.silent:
            self._closed.wait()
        if trouble.reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        else:
            _end(client)
        return False


def _message(connection: socket.socket) -> bytes:
    """Read a head and the body that it announces; empty where there is none."""
    said = b""
    while b"\r\n\r\n" not in said:
        piece = connection.recv(_CHUNK)
        if not piece:
            return b""
        said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    chunked = b"chunked" in head.lower()
    wanted = int(length[1]) if length else 0
    parts, have = [said], len(body)
    while have < wanted or (chunked and not parts[-1].endswith(b"0\r\n\r\n")):
        piece = connection.recv(_CHUNK)
        if not piece:
            break
        parts.append(piece)
        have += len(piece)
    return b"".join(parts)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
