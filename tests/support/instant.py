"""A printer that has made its card before one has asked: what is left is the station's own time."""

from __future__ import annotations

from collections import deque

from cardprint.model import AttemptOutcome, Capabilities, CardFate, Observation, PrinterState, PrinterStatus
from cardprint.model.messages import Command, Done, Event, Look, Observed, Open, Opened, Submit

__all__ = ["InstantPort"]

_IDLE = PrinterStatus(state=PrinterState.IDLE)


class InstantPort:
    """Be a ``PrinterPort`` whose answers are there at once; the machine proves nothing (T0)."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.submitted = 0
        """Cards that were asked for."""

    def send(self, command: Command) -> None:
        if isinstance(command, Open):
            self._events.append(Opened(capabilities=Capabilities()))
        elif isinstance(command, Look):
            self._events.append(Observed(status=_IDLE, observation=Observation()))
        elif isinstance(command, Submit):
            self.submitted += 1
            self._events.append(Done(outcome=AttemptOutcome(fate=CardFate.PRINTED, after=Observation())))

    def poll(self) -> Event | None:
        return self._events.popleft() if self._events else None

    def wait(self, timeout: float) -> Event | None:
        return self.poll()

    def end(self) -> None:
        self._events.clear()
