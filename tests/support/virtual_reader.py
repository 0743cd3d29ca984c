"""A PC/SC daemon of the tests' own, with a virtual reader (vsmartcard's vpcd) and a virtual card in it."""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cardprint.simulation import ChipSilentError, SimulatedChip

__all__ = ["READER", "SERVICE", "TORN_READER", "VirtualCard", "running", "wait_until"]

READER = "Kartu Contoh 00 00"
TORN_READER = "Kartu Contoh 00 01"
"""The virtual reader's second slot, at the next port; it takes no card after one was torn out over a command."""
_NAME = "Kartu Contoh"
SERVICE = (Path("/usr/sbin/pcscd"), Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"))
"""What Debian's pcscd and vsmartcard-vpcd install."""
_CONFIGURATION = """
FRIENDLYNAME "{reader}"
DEVICENAME /dev/null:{port:#x}
LIBPATH {driver}
CHANNELID {port:#x}
"""
_ATR = bytes.fromhex("3B80800101")
_OFF, _TELL_ATR = 0, 4
"""What the reader says in one byte; 1 and 2 give the power and reset."""
_PATIENCE = 60.0
_PAUSE = 0.02
_AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Hands a listening socket on as sd_listen_fds(3) has it: the first such descriptor is number 3."""


@contextlib.contextmanager
def running(folder: Path) -> Iterator[int]:
    """Run the daemon behind a socket of its own, which it is handed as systemd does; give its reader's port."""
    port = _free_port()
    drivers = folder / "readers"
    drivers.mkdir()
    text = _CONFIGURATION.format(reader=_NAME, port=port, driver=SERVICE[1])
    (drivers / "vpcd").write_text(text, "ascii")
    path = folder / "pcscd.comm"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        daemon = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _AS_SYSTEMD,
                str(listening.fileno()),
                SERVICE[0],
                "--foreground",
                "--config",
                drivers,
            ],
            pass_fds=(listening.fileno(),),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    before = os.environ.get("PCSCLITE_CSOCK_NAME")
    os.environ["PCSCLITE_CSOCK_NAME"] = str(path)
    try:
        yield port
    finally:
        if before is None:
            del os.environ["PCSCLITE_CSOCK_NAME"]
        else:
            os.environ["PCSCLITE_CSOCK_NAME"] = before
        daemon.kill()
        daemon.wait()


def wait_until(reader: str, *, card: bool) -> None:
    """Wait until the service has noticed that a card is in the reader, or none."""
    scard = importlib.import_module("smartcard.scard")
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    wanted = scard.SCARD_STATE_PRESENT if card else scard.SCARD_STATE_EMPTY
    try:
        name, state = reader, scard.SCARD_STATE_UNAWARE
        while not state & wanted:
            said, seen = scard.SCardGetStatusChange(context, int(_PATIENCE * 1000), [(name, state)])
            if said != scard.SCARD_S_SUCCESS:
                raise TimeoutError
            state = seen[0][1]
    finally:
        scard.SCardReleaseContext(context)


def _free_port() -> int:
    """Give a port that is free together with the next one, below those that systems give to connections."""
    while True:
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", port))
            second.bind(("127.0.0.1", port + 1))
            return port


class VirtualCard:
    """Stand in the virtual reader: one chip, or each of some once the one before was used and lost its power."""

    def __init__(self, chips: Sequence[SimulatedChip], port: int, then: Callable[[], None] = lambda: None) -> None:
        self.chip, *self._next = chips
        self._then = then
        self._socket = _connected(port)
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def remove(self) -> None:
        """Take it out."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        with contextlib.suppress(OSError, ChipSilentError):
            while (asked := self._received()) is not None:
                if len(asked) > 1:
                    self._then()
                    self._send(self.chip.transmit(asked))
                elif asked[0] == _TELL_ATR:
                    self._send(_ATR)
                else:
                    self.chip.power()
                    if asked[0] == _OFF and self._next and self.chip.done:
                        self.chip = self._next.pop(0)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _received(self) -> bytes | None:
        head = self._exactly(2)
        return None if len(head) < 2 else self._exactly(struct.unpack(">H", head)[0])

    def _exactly(self, size: int) -> bytes:
        read = b""
        while len(read) < size and (part := self._socket.recv(size - len(read))):
            read += part
        return read

    def _send(self, answer: bytes) -> None:
        self._socket.sendall(struct.pack(">H", len(answer)) + answer)


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            # The daemon opens its reader in its own time.
            if time.monotonic() > until:
                raise
            threading.Event().wait(_PAUSE)
