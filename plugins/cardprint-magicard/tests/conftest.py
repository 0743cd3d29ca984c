"""A printer that is not there: it takes the driver's bytes, answers its questions and counts its cards."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import attrs
import pytest
from PIL import Image

from cardprint.errors import DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, DeviceUri, FaceFile
from cardprint.testing.drivers import Notes
from cardprint.testing.surroundings import plugin_context
from cardprint_magicard.driver import MagicardDriver
from cardprint_magicard.session import MagicardSession
from cardprint_magicard.settings import MagicardSettings
from support.components import require

ANSWERS = {"MSR": "S-0001", "VRS": "9.9", "TCP": "7", "TPQ": "700", "TCN": "3", "CCQ": "4", "CCP": "500"}


class GoneError(Exception):
    """The printer's cable was pulled, or its power."""


@attrs.frozen(kw_only=True)
class Page:
    """What one page of the stream says; read by its own rules, not by the encoder's."""

    commands: tuple[str, ...]
    planes: Mapping[str, bytes]

    def value(self, key: str) -> str | None:
        return next((each[len(key) :] for each in self.commands if each.startswith(key)), None)


class Printer:
    """Read what comes; know where every card is."""

    def __init__(self) -> None:
        self.count, self.panels = 41, 500
        self.used = self.good = 0
        self.cards: list[list[Page]] = []
        self.faults: set[str] = set()
        self.dies_after: int | None = None
        self.answers = dict(ANSWERS)
        self.heard = 0
        self._sides: list[Page] = []
        self._buffer = bytearray()

    def hear(self, data: bytes) -> bytes:
        """Take bytes, give those of the answers; raise GoneError where it dies of them."""
        for each in (data[start : start + 4096] for start in range(0, len(data), 4096)):
            self.heard += len(each)
            if self.dies_after is not None and self.heard >= self.dies_after:
                raise GoneError
        self._buffer += data
        answers = b""
        while (taken := self._take()) is not None:
            answers += taken
        return b"" if "mute" in self.faults else answers

    def switch_on(self) -> None:
        """Begin anew, as after a power cut: half a job is gone, what was counted is not."""
        self._buffer.clear()
        self._sides.clear()
        self.dies_after = None
        self.heard = 0

    def _take(self) -> bytes | None:
        """Take one thing off the buffer; None: it is not whole yet."""
        head = re.match(rb"\x05+\x01", self._buffer)
        if head is None:
            return None
        start = head.end()
        if (ending := self._buffer.find(b"\x1c", start)) < 0:
            return None
        commands = self._buffer[start:ending].decode("ascii").split(",")
        if commands[:2] == ["REQ", "STA"]:
            return self._answer(commands[2], ending)
        page = Page(commands=tuple(commands[1:]), planes={})
        position = ending + 1
        planes: dict[str, bytes] = {}
        for letter in page.value("IMF") or "":
            size = int(page.value(f"SZ{letter}") or "")
            if len(self._buffer) < position + size + 3:
                return None
            planes[letter] = bytes(self._buffer[position : position + size])
            position += size + 3
            assert self._buffer[position - 3 : position] == b"\x1c" + letter.encode() + b":"
        if len(self._buffer) <= position:
            return None
        assert self._buffer[position] == 3
        del self._buffer[: position + 1]
        self._print(attrs.evolve(page, planes=planes))
        return b""

    def _answer(self, key: str, ending: int) -> bytes | None:
        if len(self._buffer) < ending + 2:
            return None
        del self._buffer[: ending + 2]
        value = {**self.answers, "TCQ": str(self.count), "DFR": str(self.panels)}.get(key, "")
        return b"\x01eight.." + value.encode("latin-1") + b"\x1c\x03"

    def _print(self, page: Page) -> None:
        self._sides.append(page)
        assert page.value("NOC") == "1"
        if page.value("DPX") == "ON" and page.value("PAG") == "1":
            return
        sides, self._sides = self._sides, []
        self.used += 1
        if self.faults & {"jam", "spoil"}:
            self.faults -= {"jam", "spoil"}
            return
        self.good += 1
        self.count += 2 if "double" in self.faults else 1
        self.panels -= 5
        self.cards.append(sides)


def read_pages(stream: bytes) -> list[Page]:
    """Read a whole stream of jobs."""
    printer = Printer()
    assert printer.hear(stream) == b""
    assert not printer._buffer
    return [page for card in printer.cards for page in card]


class Port:
    """Let a printer hang on something; one thread serves it until it is unplugged."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.bytes_heard = bytearray()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def device(self) -> DeviceUri:
        raise NotImplementedError

    def plug(self) -> None:
        raise NotImplementedError

    def unplug(self) -> None:
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None

    def _serve(self, work: Callable[[], None]) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def _talk(self, read: Callable[[], bytes], write: Callable[[bytes], object], descriptor: int) -> None:
        """Hear and answer until the other side, or the printer, is gone."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                if not poll.poll(20):
                    continue
                if not (data := read()):
                    return
                self.bytes_heard += data
                if answers := self.printer.hear(data):
                    write(answers)


class TerminalPort(Port):
    """A device file: the far end of a pseudo terminal under a name of its own."""

    def __init__(self, printer: Printer, folder: Path) -> None:
        super().__init__(printer)
        self.path = folder / "lp0"
        self.speak: Callable[[bytes], int] = len

    @property
    def device(self) -> DeviceUri:
        return DeviceUri(f"file://{self.path}")

    def plug(self) -> None:
        ours, theirs = os.openpty()
        self.speak = partial(os.write, ours)
        tty.setraw(theirs)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(theirs))

        def work() -> None:
            with contextlib.suppress(GoneError):
                self._talk(lambda: os.read(ours, 65536), lambda data: os.write(ours, data), ours)
            self.path.unlink(missing_ok=True)
            os.close(theirs)
            os.close(ours)

        self._serve(work)


class SocketPort(Port):
    """A listening socket: libusb's stand-in comes to one of the Unix kind."""

    def __init__(self, printer: Printer, folder: Path | None) -> None:
        super().__init__(printer)
        self.path = folder / "usb" if folder else None
        self._listening: socket.socket | None = None

    @property
    def device(self) -> DeviceUri:
        if self.path is not None:
            return DeviceUri("usb://0c1f:1800")
        assert self._listening is not None
        return DeviceUri(f"socket://127.0.0.1:{self._listening.getsockname()[1]}")

    def settle(self) -> None:
        """Return once all that earlier callers sent is heard: callers are served one after the other."""
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(self.path))
            caller.shutdown(socket.SHUT_WR)
            assert caller.recv(1) == b""

    def plug(self) -> None:
        if self.path is None:
            listening = socket.create_server(("127.0.0.1", 0))
        else:
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(str(self.path))
            listening.listen()
        self._listening = listening
        poll = select.poll()
        poll.register(listening.fileno(), select.POLLIN)

        def work() -> None:
            with listening, contextlib.suppress(GoneError):
                while not self._stop.is_set():
                    if poll.poll(20):
                        connection, _ = listening.accept()
                        with connection:
                            self._talk(partial(connection.recv, 1 << 20), connection.sendall, connection.fileno())
            if self.path is not None:
                self.path.unlink(missing_ok=True)

        self._serve(work)


class LeapingClock:
    """The computer's clock, but waiting takes no time."""

    def __init__(self) -> None:
        self._leapt = 0.0

    def now(self) -> float:
        return 1_700_000_000.0

    def monotonic(self) -> float:
        return time.monotonic() + self._leapt

    def sleep(self, seconds: float) -> None:
        self._leapt += seconds


MakeDriver = Callable[..., MagicardDriver]


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
def terminal(printer: Printer, tmp_path: Path) -> Iterator[TerminalPort]:
    port = TerminalPort(printer, tmp_path)
    port.plug()
    yield port
    port.unplug()


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the library that stands for libusb-1.0."""
    compiler = require("gcc", "gcc")
    require("/usr/include/libusb-1.0/libusb.h", "libusb-1.0-0-dev")
    source = Path(__file__).parent / "standin" / "libusb.c"
    library = tmp_path_factory.mktemp("standin") / "libusb-1.0.so"
    subprocess.run(
        [compiler, "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True
    )
    return library


@pytest.fixture
def usb(printer: Printer, standin: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SocketPort]:
    # A path of a socket has 107 bytes; pytest's folders are longer.
    folder = Path("/tmp") / f"cardprint-{os.getpid()}-{threading.get_ident()}"
    folder.mkdir()
    port = SocketPort(printer, folder)
    monkeypatch.setenv("CARDPRINT_STANDIN_SOCKET", str(port.path))
    port.plug()
    yield port
    port.unplug()
    shutil.rmtree(folder)


@pytest.fixture
def network(printer: Printer) -> Iterator[SocketPort]:
    port = SocketPort(printer, None)
    port.plug()
    yield port
    port.unplug()


@pytest.fixture
def make_magicard(tmp_path: Path) -> MakeDriver:
    """Give a function that makes the driver, its model and trust set unless told otherwise."""

    def make(**settings: object) -> MagicardDriver:
        chosen: dict[str, object] = {"model": "tango-2e", "trust_count": True, "card_timeout": 10.0, **settings}
        return MagicardDriver(MagicardSettings(**chosen), plugin_context(tmp_path, clock=LeapingClock()))  # type: ignore[arg-type] # settings by name

    return make


@pytest.fixture(scope="session")
def read() -> Callable[[bytes], list[Page]]:
    """Give the reader of streams: tests here cannot import each other."""
    return read_pages


MakeOrder = Callable[..., CardOrder]
Ending = tuple[CardFate, tuple[str, ...], str]
Print = Callable[[MagicardSession, CardOrder], Ending]


@pytest.fixture
def order(tmp_path: Path) -> MakeOrder:
    def make(
        *, sides: int = 1, size: tuple[int, int] = (1016, 642), encoding: Mapping[str, str] | None = None
    ) -> CardOrder:
        stream = io.BytesIO()
        Image.new("RGB", size, "navy").save(stream, "PNG")
        face = tmp_path / "face.png"
        face.write_bytes(stream.getvalue())
        file = FaceFile(path=face, sha256=hashlib.sha256(stream.getvalue()).hexdigest())
        return CardOrder(attempt_id=AttemptId("a1"), sides=(file,) * sides, encoding=encoding or {})

    return make


@pytest.fixture(scope="session")
def ending() -> Print:
    """Give a function that prints a card and says how it ended: fate, keywords, words."""

    def end(session: MagicardSession, wanted: CardOrder) -> Ending:
        try:
            outcome = session.print_card(wanted, Notes())
        except DriverError as error:
            return error.fate, error.reasons, str(error)
        return outcome.fate, outcome.reasons, outcome.detail

    return end
