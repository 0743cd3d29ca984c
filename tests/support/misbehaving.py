"""A printer driver that does one wrong thing at one place; a host imports it by its path."""

from __future__ import annotations

import contextlib
import ctypes
import enum
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Literal

import attrs

from cardprint import PluginUse, PrinterConfig, StationConfig
from cardprint.errors import DriverError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    DeviceUri,
    Observation,
    PrinterState,
    PrinterStatus,
    StepKind,
)
from cardprint.plugin import DriverEntry, PluginContext, PrinterDriver, PrinterSession, Steps, hookimpl

__all__ = [
    "CLOSED",
    "FAULT",
    "OPENED",
    "STRAY",
    "MisbehavingDriver",
    "MisbehavingPlugin",
    "MisbehavingSettings",
    "Notes",
    "Paper",
    "Tray",
    "death_of",
    "office",
]

OPENED, FAULT, CLOSED, STRAY = "opened", "fault", "closed", "stray"
_MEGABYTES = 8 << 20
_PRIVATE = "a made-up name that nobody may read"


class Paper(enum.Enum):
    """A setting that is one of some."""

    MATT = "matt"
    GLOSSY = "glossy"


@attrs.frozen(kw_only=True)
class Tray:
    """A setting inside a setting."""

    number: int = 1
    place: Path = Path("left")


@attrs.frozen(kw_only=True)
class MisbehavingSettings:
    """Say what goes wrong, and where."""

    fault: str = ""
    at: Literal["make", "find", "open", "look", "print", "close"] = "print"
    once: Path | None = None
    """A file: where it is there, nothing goes wrong any more."""
    notes: Path | None = None
    """A named pipe that hears what happens."""
    timeout: float = 60.0
    paper: Paper = Paper.MATT
    trays: tuple[Tray, ...] = ()
    sizes: frozenset[int] = frozenset()
    more: Mapping[str, str | int] = attrs.field(factory=dict)


def _forever() -> None:
    threading.Event().wait()


def _hang_beneath_python() -> None:
    # PyDLL keeps Python's lock: no other thread of the process can run.
    ctypes.PyDLL(None).sleep(100_000)


def _hang_deaf() -> None:
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    _hang_beneath_python()


def _segfault() -> None:
    ctypes.string_at(0)


def _exit() -> None:
    os._exit(3)


def _raise() -> None:
    raise RuntimeError(_PRIVATE)


def _raise_junk() -> None:
    class Junk(BaseException):
        def __str__(self) -> str:
            raise ValueError

    raise Junk


def _fail_nonsensically() -> None:
    raise DriverError(b"\xff", fate="perhaps", reasons=(1, None), permanent="no")  # type: ignore[arg-type]


def _print() -> None:
    for descriptor in (1, 2):
        left = _MEGABYTES
        while left > 0:
            left -= os.write(descriptor, b"x" * 65536)
    sys.stdout.write("y" * _MEGABYTES)
    sys.stderr.write("y" * _MEGABYTES)
    sys.stdout.flush()
    sys.stdin.read()


def _fork() -> None:
    if os.fork() == 0:
        _hang_deaf()


def _fork_beneath_python() -> None:
    # Without Python's own hooks, so that the child holds every descriptor.
    if ctypes.CDLL(None).fork() == 0:
        ctypes.PyDLL(None).sleep(100_000)
    os._exit(3)


def _fork_and_come_back() -> None:
    os.fork()


def _leave_threads() -> None:
    threading.Thread(target=_forever).start()


def _write_into_everything() -> None:
    for descriptor in range(3, 32):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"\x00\x00\x00\x10nonsense" * 4)
    _forever()


def _announce_too_much() -> None:
    for descriptor in range(3, 32):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"\x7f\xff\xff\xff")
    _forever()


def _close_everything() -> None:
    os.closerange(3, 64)
    _forever()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


_FAULTS: Mapping[str, Callable[[], object]] = {
    "": lambda: None,
    "hang": _forever,
    "hang-beneath-python": _hang_beneath_python,
    "hang-deaf": _hang_deaf,
    "stop": _stop,
    "segfault": _segfault,
    "abort": os.abort,
    "exit": _exit,
    "system-exit": lambda: sys.exit(0),
    "raise": _raise,
    "raise-junk": _raise_junk,
    "fail-nonsensically": _fail_nonsensically,
    "print": _print,
    "fork": _fork,
    "fork-and-die": _fork_beneath_python,
    "fork-and-come-back": _fork_and_come_back,
    "threads": _leave_threads,
    "garbage": _write_into_everything,
    "oversized": _announce_too_much,
    "close-everything": _close_everything,
}


class _Session(PrinterSession):
    def __init__(self, driver: MisbehavingDriver) -> None:
        self._driver = driver
        seconds = float("nan") if driver.settings.fault == "no-deadline" else driver.settings.timeout
        self.capabilities = Capabilities(call_timeout=seconds, card_timeout=seconds)

    def status(self) -> PrinterStatus:
        self._driver.may_fail("look")
        return PrinterStatus(state=PrinterState.IDLE)

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        return Observation(serial="misbehaving")

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        fault = self._driver.may_fail("print")
        nonsense: Any = {
            "return-text": "done",
            "return-nothing": None,
            "return-nonsense": AttemptOutcome(fate="good", reasons=7),  # type: ignore[arg-type]
            "return-much": AttemptOutcome(fate=CardFate.PRINTED, detail="x" * _MEGABYTES),
        }
        if fault in nonsense:
            answer: AttemptOutcome = nonsense[fault]
            return answer
        steps.report(StepKind.ACCEPTED, device_job="x" * _MEGABYTES if fault == "report-much" else "1")
        for _ in range(10_000 if fault == "report-often" else 1):
            steps.report(StepKind.FED)
        if fault == "report-elsewhere":
            other = threading.Thread(target=_report_quietly, args=(steps,))
            other.start()
            other.join()
        return AttemptOutcome(fate=CardFate.PRINTED)

    def close(self) -> None:
        self._driver.may_fail("close")
        self._driver.note(CLOSED)


def _report_quietly(steps: Steps) -> None:
    with contextlib.suppress(Exception):
        steps.report(StepKind.ACCEPTED, device_job="elsewhere")


class MisbehavingDriver(PrinterDriver):
    """Print cards that exist nowhere, and do the wrong thing where told."""

    def __init__(self, settings: MisbehavingSettings, context: PluginContext) -> None:
        self.settings = settings
        self.context = context
        self.may_fail("make")

    def open(self, device: DeviceUri) -> PrinterSession:
        self.note(OPENED)
        self.may_fail("open")
        return _Session(self)

    def discover(self) -> Iterator[DeviceUri]:
        fault = self.may_fail("find")
        rubbish: Mapping[str, Iterable[object]] = {
            "find-numbers": (1, None),
            "find-lines": ("test:one\n[printers.P1]", "test:two"),
            "find-no-address": ("printer", ""),
            "find-much": ("test:" + "x" * _MEGABYTES,),
            "find-often": (f"test:{number}" for number in count()),
            "find-twice": ("test:one", "test:one"),
        }
        yield from (DeviceUri(device) for device in rubbish.get(fault, ("test:found",)))  # type: ignore[arg-type]

    def note(self, what: str) -> None:
        """Say what happens, with the process in which it does."""
        if self.settings.notes is not None:
            with self.settings.notes.open("ab", buffering=0) as stream:
                stream.write(f"{what} {os.getpid()}\n".encode())

    def may_fail(self, at: str) -> str:
        """Do the wrong thing if this is its place; give what the caller has to do wrong."""
        if self.settings.at != at or (self.settings.once is not None and self.settings.once.exists()):
            return ""
        if self.settings.once is not None:
            self.settings.once.touch()
        if self.settings.fault:
            self.note(FAULT)
        if self.settings.fault == "fork-away-and-die":
            self._fork_away_and_die()
        _FAULTS.get(self.settings.fault, _FAULTS[""])()
        return self.settings.fault

    def _fork_away_and_die(self) -> None:
        # A child that holds every descriptor and is no longer of the host's group.
        read, write = os.pipe()
        if ctypes.CDLL(None).fork() == 0:
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            os.setsid()
            self.note(STRAY)
            os.write(write, b"x")
            _hang_deaf()
        os.read(read, 1)
        os._exit(3)


class MisbehavingPlugin:
    """Announce the driver without packaging."""

    @hookimpl
    def cardprint_printer_drivers(self) -> tuple[DriverEntry, ...]:
        """Announce it."""
        return (
            DriverEntry(
                name="misbehaving",
                factory="support.misbehaving:MisbehavingDriver",
                settings="support.misbehaving:MisbehavingSettings",
                summary="Does one wrong thing.",
            ),
        )


def office(folder: Path, *, process: str = "process", **settings: object) -> StationConfig:
    """Configure P1, whose driver misbehaves, and P2, whose driver does not."""
    return StationConfig(
        folder=folder,
        people=1,
        renderer=PluginUse(plugin="none"),
        printers=tuple(
            PrinterConfig(
                name=name,
                driver="misbehaving",
                device=f"test:{name}",
                driver_process=process if name == "P1" else "process",
                settings=own,
            )
            for name, own in (("P1", settings), ("P2", {}))
        ),
    )


class Notes:
    """Hear what drivers note, in whatever process."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path, 0o600)
        self.path = path
        # Open for both, so that it never ends and no writer waits.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._lines: list[str] = []
        self._rest = b""

    def close(self) -> None:
        """Hear no more."""
        os.close(self._pipe)

    def wait_for(self, what: str, timeout: float = 60.0) -> int:
        """Wait until this is noted; give the process that noted it."""
        while True:
            for index, line in enumerate(self._lines):
                said, _, pid = line.partition(" ")
                if said == what:
                    del self._lines[index]
                    return int(pid)
            if not select.select([self._pipe], [], [], timeout)[0]:
                raise TimeoutError(what)
            *lines, self._rest = (self._rest + os.read(self._pipe, 65536)).split(b"\n")
            self._lines += [line.decode() for line in lines]


@contextlib.contextmanager
def death_of(pid: int, timeout: float = 60.0) -> Iterator[None]:
    """Wait, at the end of the block, for the death of a process, whoever's child it is."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        yield
        return
    try:
        yield
        if not select.select([descriptor], [], [], timeout)[0]:
            raise TimeoutError(f"process {pid} lives")
    finally:
        os.close(descriptor)
