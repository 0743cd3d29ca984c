"""Record what a driver and a device on the network say to each other, and be the device afterwards.

A driver that was proven once on a vendor's desk can so be tested where there is no device, byte for byte.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from cardprint.testing.rules import RuleBrokenError

__all__ = ["Exchange", "read_exchanges", "record", "replay"]

_DRIVER: Final = "driver"
_DEVICE: Final = "device"
_ROOM = 65_536
_PATIENCE = 30.0
"""Seconds for the next bytes of a driver under test."""
Address = tuple[str, int]


@attrs.frozen(kw_only=True)
class Exchange:
    """Hold bytes that went one way until the other side spoke."""

    connection: int
    """Which connection, from 1, in the order in which they were opened."""
    by: str
    """``driver`` or ``device``."""
    data: bytes
    """What was said."""


def read_exchanges(file: Path) -> tuple[Exchange, ...]:
    """Read a recording: one JSON object a line with ``connection``, ``by`` and ``data`` (hexadecimal)."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return tuple(
        Exchange(connection=line["connection"], by=line["by"], data=bytes.fromhex(line["data"])) for line in lines
    )


@contextmanager
def record(device: Address, file: Path) -> Iterator[Address]:
    """Stand between driver and device, and write down what both say; gives the address for the driver.

    Whatever identifies a person or a device is in the recording: use made-up cards, and look before it is shared.
    """
    said: list[Exchange] = []
    lock = threading.Lock()

    def note(connection: int, by: str, data: bytes) -> None:
        with lock:
            said.append(Exchange(connection=connection, by=by, data=data))

    def serve(number: int, driver: socket.socket) -> None:
        with closing(socket.create_connection(device, timeout=_PATIENCE)) as upstream:
            hear = partial(note, number, _DEVICE)
            back = threading.Thread(target=_pump, args=(upstream, driver, hear))
            back.start()
            _pump(driver, upstream, partial(note, number, _DRIVER))
            back.join()

    with _listening(serve) as address:
        yield address
    with lock:
        text = "".join(
            json.dumps({"connection": each.connection, "by": each.by, "data": each.data.hex()}) + "\n"
            for each in _joined(said)
        )
    file.write_text(text, "utf-8")


@contextmanager
def replay(file: Path, *, mask: Callable[[bytes], bytes] = bytes) -> Iterator[Address]:
    """Be the device of a recording; gives its address. Raises RuleBrokenError at the end where the driver said else.

    ``mask`` takes what differs each time, such as a time of day, out of what the driver says; it keeps the length.
    """
    exchanges = read_exchanges(file)
    wrong: list[str] = []

    def serve(number: int, driver: socket.socket) -> None:
        lines = [each for each in exchanges if each.connection == number]
        if not lines and driver.recv(1):
            wrong.append(f"the driver opened connection {number}; the recording has fewer")
        for place, line in enumerate(lines, start=1):
            if line.by == _DEVICE:
                driver.sendall(line.data)
                continue
            heard = _exactly(driver, len(line.data))
            if mask(heard) != mask(line.data):
                at = next((n for n, (a, b) in enumerate(zip(heard, line.data, strict=False)) if a != b), len(heard))
                wrong.append(
                    f"connection {number}, exchange {place}: the driver said something else from byte {at} on"
                    f" ({len(heard)} of {len(line.data)} bytes came)"
                )
                return

    with _listening(serve) as address:
        yield address
    if wrong:
        raise RuleBrokenError("; ".join(wrong))


def _joined(said: list[Exchange]) -> Iterator[Exchange]:
    """Join what one side said in several pieces, connection by connection: pieces are the network's, not theirs."""
    for number in sorted({each.connection for each in said}):
        own = (each for each in said if each.connection == number)
        for by, group in itertools.groupby(own, key=lambda each: each.by):
            yield Exchange(connection=number, by=by, data=b"".join(each.data for each in group))


def _exactly(source: socket.socket, length: int) -> bytes:
    heard = b""
    with suppress(TimeoutError):
        while len(heard) < length and (data := source.recv(min(_ROOM, length - len(heard)))):
            heard += data
    return heard


def _pump(source: socket.socket, target: socket.socket, note: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while data := source.recv(_ROOM):
            note(data)
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def _listening(serve: Callable[[int, socket.socket], None]) -> Iterator[Address]:
    """Serve connections, numbered from 1, on a free port of the loopback, each in a thread, until all is done."""
    threads: list[threading.Thread] = []

    def answer(number: int, connection: socket.socket) -> None:
        with closing(connection):
            connection.settimeout(_PATIENCE)
            serve(number, connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                thread = threading.Thread(target=answer, args=(len(threads) + 1, connection))
                threads.append(thread)
                thread.start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        host, port = listener.getsockname()[:2]
        try:
            yield host, port
        finally:
            # Closing alone does not wake a thread that waits in accept.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in threads:
                thread.join()
