"""A driver in a thread of the station's own process: for tests, simulations and drivers that cannot hang."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from cardprint.errors import CardprintError, DriverError
from cardprint.model.attempts import CardFate, Step, StepKind
from cardprint.model.messages import (
    Close,
    Command,
    Done,
    Event,
    Failed,
    Fence,
    Fenced,
    Look,
    Observed,
    Open,
    Opened,
    Proceed,
    Reported,
    Submit,
)
from cardprint.plugin import PrinterSession

__all__ = ["InlinePort"]

_log = logging.getLogger(__name__)


class _EndedError(CardprintError):
    """Leave a driver's call, since the station no longer listens."""


class InlinePort:
    """Run a session in a thread; a hung call is abandoned with its thread, for a thread cannot be killed."""

    def __init__(self, open_session: Callable[[], PrinterSession], *, name: str = "printer") -> None:
        self._open_session = open_session
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = threading.Event()
        self._session: PrinterSession | None = None
        self._thread = threading.Thread(target=self._run, name=f"driver-{name}", daemon=True)
        self._thread.start()

    def send(self, command: Command) -> None:
        """Send a command."""
        self._commands.put(command)

    def poll(self) -> Event | None:
        """Give the next event if there is one."""
        return self.wait(0)

    def wait(self, timeout: float) -> Event | None:
        """Give the next event, waiting for it."""
        try:
            return self._events.get(timeout=timeout) if timeout > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def end(self) -> None:
        """Close the session once its call is over."""
        self._ended.set()
        self._commands.put(Close())

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        """Take a step from the driver (the contract's ``Steps``); a synced one waits until it is durable."""
        if self._ended.is_set():
            raise _EndedError("the station has ended this driver.", blank_touched=True)
        step = Step(kind=kind, device_job=device_job, chip_number=chip_number, card_number=card_number)
        self._events.put(Reported(step=step))
        if kind.synced and not isinstance(self._commands.get(), Proceed):
            raise _EndedError("the station has ended this driver.", blank_touched=True)

    def _run(self) -> None:
        while not isinstance(command := self._commands.get(), Close):
            try:
                event = self._answer(command)
            except DriverError as error:
                event = Failed(
                    detail=error.message,
                    fate=error.fate,
                    reasons=error.reasons,
                    permanent=error.permanent,
                )
            except Exception as error:  # noqa: BLE001 - a driver may raise anything
                if not self._ended.is_set():
                    _log.error("a driver failed with %s, which is not a DriverError", type(error).__name__)
                fate = CardFate.UNKNOWN if isinstance(command, Submit) else CardFate.NOT_FED
                event = Failed(detail=type(error).__name__, fate=fate, reasons=("x-driver-failed",))
            self._events.put(event)
            if self._ended.is_set():
                break
        if self._session is not None:
            try:
                self._session.close()
            except Exception as error:  # noqa: BLE001 - the same
                _log.error("a driver failed to close its session: %s", type(error).__name__)

    def _answer(self, command: Command) -> Event:
        if isinstance(command, Open):
            self._session = self._open_session()
            return Opened(capabilities=self._session.capabilities)
        if self._session is None:
            raise DriverError("the session is not open.", fate=CardFate.NOT_FED, reasons=("offline",))
        if isinstance(command, Look):
            return Observed(status=self._session.status(), observation=self._session.observe(command.attempt_id))
        if isinstance(command, Submit):
            return Done(outcome=self._session.print_card(command.order, self))
        if isinstance(command, Fence):
            return Fenced(at_rest=self._session.fence(command.attempt_id))
        raise DriverError(f"{type(command).__name__} cannot be answered now.", fate=CardFate.NOT_FED)
