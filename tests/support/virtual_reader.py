"""A PC/SC daemon of the tests' own, with a virtual reader (vsmartcard's vpcd) and a virtual card in it."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cardprint.simulation import ChipSilentError, SimulatedChip

__all__ = ["READER", "SERVICE", "VirtualCard", "running"]

READER = "Kartu Contoh"
SERVICE = (Path("/usr/sbin/pcscd"), Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"))
"""What Debian's pcscd and vsmartcard-vpcd install."""
_CONFIGURATION = """
FRIENDLYNAME "{reader}"
DEVICENAME /dev/null:{port:#x}
LIBPATH {driver}
CHANNELID {port:#x}
"""
_ATR = bytes.fromhex("3B80800101")
_OFF, _ON, _RESET, _TELL_ATR = range(3), 1, 2, 4
_PATIENCE = 60.0


@contextlib.contextmanager
def running(folder: Path) -> Iterator[int]:
    """Run the daemon behind a socket of its own, which it is handed as systemd does; give its reader's port."""
    port = _free_port()
    drivers = folder / "readers"
    drivers.mkdir()
    text = _CONFIGURATION.format(reader=READER, port=port, driver=SERVICE[1])
    (drivers / "vpcd").write_text(text, "ascii")
    path = folder / "pcscd.comm"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        daemon = subprocess.Popen(
            # The first descriptor that is handed on is number 3, and the process must be the one that is named.
            [
                "sh",
                "-c",
                f'exec 3<&{listening.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"',
                str(SERVICE[0]),
                "--foreground",
                "--config",
                str(drivers),
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


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class VirtualCard:
    """Put a chip into the virtual reader, and take it out where it is torn."""

    def __init__(self, chip: SimulatedChip, port: int, then: Callable[[], None] = lambda: None) -> None:
        self.chip = chip
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
