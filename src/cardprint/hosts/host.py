"""The process of one driver: ``python -m cardprint.hosts.host CONNECTION LIFE``, started by ``ProcessPort``.

It imports what the driver needs and nothing of engine, store or command line. It ends with the station: the station
holds the other ends of two descriptors, and the system itself ends this process when they fall.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from cardprint.errors import CardprintError, DriverError
from cardprint.hosts.clock import SystemClock
from cardprint.hosts.device_lock import DeviceLock
from cardprint.hosts.dialogue import Dialogue
from cardprint.hosts.start import Start, StartEncoder
from cardprint.hosts.wire import COMMANDS, WireError, decode, encode, receive
from cardprint.model.attempts import CardFate
from cardprint.model.identifiers import DeviceUri
from cardprint.model.messages import Command, Event
from cardprint.plugin import ChipEncoder, PluginContext, PrinterDriver, PrinterSession

__all__ = ["Host", "main"]

_T = TypeVar("_T")


class Host:
    """Serve one driver over one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._pid = os.getpid()
        self._start: Start | None = None
        self._lock: DeviceLock | None = None
        self._dialogue: Dialogue | None = None

    def run(self) -> None:
        """Serve until the station says ``Close``; does not return where the connection ends before."""
        self._start = self._next({Start.__name__: Start})
        # The same modules are found as in the station.
        sys.path[:] = self._start.modules
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        if self._start.explains:
            faulthandler.enable()
        # In the main thread, which some vendors' libraries insist on.
        self._dialogue = Dialogue(self._open, self._commands.get, self._give, self._find, explains=self._start.explains)
        self._dialogue.run()

    def _listen(self) -> None:
        while True:
            self._commands.put(self._next(COMMANDS))

    def _next(self, kinds: Any) -> Any:  # noqa: ANN401 - one of the kinds
        try:
            value = receive(self._connection)
            if value is not None:
                return decode(value, kinds)
        except (OSError, WireError):
            pass
        return _end_at_once()

    def _give(self, event: Event) -> None:
        if os.getpid() != self._pid:
            # A child that the driver forked and that came back into this code.
            os._exit(1)
        try:
            self._connection.sendall(encode(event))
        except OSError:
            _end_at_once()

    def _open(self) -> PrinterSession:
        start = self._start
        if start is None:
            raise CardprintError("a host was asked to open before it was told what.")
        if self._lock is None:
            self._lock = DeviceLock(start.lock, printer=start.name)
        if start.encoder is not None and self._dialogue is not None and self._dialogue.encoder is None:
            self._dialogue.encoder = _made(start, start.encoder, ChipEncoder, f"encoder {start.encoder.name}")  # type: ignore[type-abstract]
        return _driver(start).open(DeviceUri(start.device))

    def _find(self) -> Iterable[DeviceUri]:
        if self._start is None:
            raise CardprintError("a host was asked to find devices before it was told whose.")
        return _driver(self._start).discover()


def _driver(start: Start) -> PrinterDriver:
    return _made(start, start, PrinterDriver, f"driver {start.factory}")  # type: ignore[type-abstract]


def _made(start: Start, part: Start | StartEncoder, contract: type[_T], what: str) -> _T:
    """Make a part that keeps its contract, with its settings; DriverError where that cannot be."""
    try:
        factory: Callable[..., object] = _load(part.factory)
        settings = None
        if part.settings_path:
            from cardprint.hosts.settings import from_plain  # noqa: PLC0415 - not every driver has settings

            kind: Any = _load(part.settings_path)
            settings = from_plain(part.settings, kind)
        context = PluginContext(name=part.name, clock=SystemClock(), folder=start.folder, photos=start.photos)
        made = factory(settings, context)
    except (Exception, SystemExit) as error:
        # The missing module's name helps and holds nobody's data; no other text is known to.
        missing = f": there is no module {error.name}" if isinstance(error, ModuleNotFoundError) else ""
        said = str(error) if isinstance(error, CardprintError) else f"{type(error).__name__}{missing}"
        raise DriverError(
            f"the {what} of printer {start.name} cannot be made ({said}); no blank was touched.",
            fate=CardFate.NOT_FED,
            reasons=("x-driver-failed",),
        ) from error
    if not isinstance(made, contract):
        raise DriverError(
            f"the {what} of printer {start.name} is no {contract.__name__}; no blank was touched.",
            fate=CardFate.NOT_FED,
            reasons=("x-driver-failed",),
        )
    return made


def _load(path: str) -> Any:  # noqa: ANN401 - whatever the path names
    module, _, names = path.partition(":")
    found: Any = importlib.import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found


def _end_at_once() -> Any:  # noqa: ANN401 - never returns
    """End this process and whatever it started: the station is gone, so nothing may go on unseen."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _die_with_station(life: int) -> None:
    """Have the system end this process's group when the other end of a pipe falls, whatever code is running.

    A thread would do, but not beneath a vendor's call that keeps Python's lock.
    """
    try:
        import fcntl  # noqa: PLC0415 - exists on POSIX only

        # SIGIO ends a process that does not say otherwise.
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp() if os.getpgrp() == os.getpid() else os.getpid())
        fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    except (ImportError, AttributeError, OSError):
        return


def main(arguments: list[str]) -> None:
    """Run a host on the descriptors it was given."""
    connection, life = (int(argument) for argument in arguments)
    for descriptor in (connection, life):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the system call takes it so
    _die_with_station(life)
    Host(socket.socket(fileno=connection)).run()
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        # A driver that leaves threads would keep the process for ever.
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
