"""The engine's way to a simulated printer: messages in virtual time."""

from __future__ import annotations

import math
from collections import deque

from cardprint.model import CardFate
from cardprint.model.messages import (
    Close,
    Command,
    Done,
    Event,
    Failed,
    Fence,
    Fenced,
    Look,
    Lost,
    Observed,
    Open,
    Opened,
    Proceed,
    Reported,
    Submit,
)
from cardprint.plugin import Clock
from cardprint.simulation.device import SimulatedPrinter

__all__ = ["SimulatedPort"]

_OFFLINE = ("offline",)


class SimulatedPort:
    """Be a ``PrinterPort`` over a simulated printer; moments are the clock's ``monotonic``.

    Two ports on one printer are two sessions after each other: what a card's first session began goes on in the
    machine, and its events are lost with that session. A machine that hangs is answered for by ``Lost`` once the
    capabilities' timeout is over, as a driver's host does.
    """

    def __init__(self, printer: SimulatedPrinter, clock: Clock) -> None:
        self.printer = printer
        self._clock = clock
        self._answers: deque[Event] = deque()
        self._open = False
        self._listens = False
        self._fencing = False
        self._deadline: float | None = None

    def send(self, command: Command) -> None:
        """Take a command; its answer is fetched by ``poll``."""
        now = self._clock.monotonic()
        self._catch_up(now)
        if isinstance(command, Close):
            self.end()
        elif not (self._open or isinstance(command, Open)):
            self._answers.append(Failed(detail="The printer is not open.", fate=CardFate.NOT_FED, reasons=_OFFLINE))
        elif isinstance(command, Proceed):
            self.printer.proceed(now)
            self._deadline = now + self.printer.build.capabilities.card_timeout
        elif self.printer.hangs(now):
            self._hang(command, now)
        elif not self.printer.reachable(now):
            self._answers.append(Failed(detail="The printer does not answer.", fate=CardFate.NOT_FED, reasons=_OFFLINE))
        elif isinstance(command, Open):
            self._open = True
            self._answers.append(Opened(capabilities=self.printer.build.capabilities))
        elif isinstance(command, Look):
            observation = self.printer.observe(command.attempt_id)
            self._answers.append(Observed(status=self.printer.status(now), observation=observation))
        elif isinstance(command, Submit):
            self._submit(command, now)
        elif isinstance(command, Fence):
            self._fence(command, now)

    def due(self) -> float | None:
        """Give the moment at which ``poll`` is to be called next; None: nothing is under way.

        Minus infinity means now. The machine moves even where this session hears nothing of it, so that ``poll`` may
        come back with nothing.
        """
        if self._answers:
            return -math.inf
        moment, deadline = self.printer.due(), self._deadline
        if deadline is not None and (moment is None or (moment > deadline and not self.printer.reachable(deadline))):
            return deadline
        return moment

    def poll(self) -> Event | None:
        """Let the machine do what is due by now, and give the next event if there is one; never blocks."""
        self._catch_up(self._clock.monotonic())
        return self._answers.popleft() if self._answers else None

    def wait(self, timeout: float) -> Event | None:
        """Give the next event if there is one: in virtual time nobody can wait, the runner moves the clock."""
        return self.poll()

    def end(self) -> None:
        """Kill the session; the machine goes on by itself."""
        self._answers.clear()
        self._open = self._listens = self._fencing = False
        self._deadline = None

    def _submit(self, command: Submit, now: float) -> None:
        refusal = self.printer.begin(command.order, now)
        if refusal is not None:
            self._answers.append(refusal)
            return
        self._listens = True
        self._deadline = now + self.printer.build.capabilities.card_timeout

    def _fence(self, command: Fence, now: float) -> None:
        at_rest = self.printer.fence(command.attempt_id, now)
        if at_rest or not self.printer.build.capabilities.can_fence:
            self._answers.append(Fenced(at_rest=at_rest))
            return
        self._fencing = True
        self._deadline = now + self.printer.build.capabilities.card_timeout

    def _hang(self, command: Command, now: float) -> None:
        can = self.printer.build.capabilities
        self._deadline = now + (can.card_timeout if isinstance(command, Submit) else can.call_timeout)

    def _catch_up(self, now: float) -> None:
        for event in self.printer.step(now):
            if not self._listens:
                continue
            self._answers.append(event)
            if isinstance(event, Done | Failed):
                self._listens = False
                self._deadline = None
            elif isinstance(event, Reported) and event.step.kind.synced:
                self._deadline = None
        if self._fencing and self.printer.idle():
            self._fencing = False
            self._deadline = None
            self._answers.append(Fenced(at_rest=True))
        deadline = self._deadline
        if deadline is None or now < deadline:
            return
        if self.printer.due() is None or not self.printer.reachable(deadline):
            self.end()
            self._answers.append(Lost(reason="x-driver-hung"))
