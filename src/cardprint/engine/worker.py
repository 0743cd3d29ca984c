"""One printer's worker: a resumable state machine over messages, with its clock from outside (decisions 1)."""

from __future__ import annotations

import logging
from collections.abc import Callable

import attrs

from cardprint.engine import act
from cardprint.engine.cards import Card, CardDesk
from cardprint.engine.evidence import Judgement, concluded_afterwards, concluded_at_once, trusted
from cardprint.engine.feeding import Hindrance, device_hindrance
from cardprint.engine.parts import Parts
from cardprint.engine.standing import IDLE, Phase, Standing
from cardprint.errors import CardprintError, OvertakenError
from cardprint.hosts import PrinterPort
from cardprint.model.attempts import AttemptOutcome, CardFate, Step
from cardprint.model.cards import CardOrder
from cardprint.model.configuration import PrinterConfig
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
from cardprint.model.printers import Capabilities, Observation

__all__ = ["PrinterWorker"]

_log = logging.getLogger(__name__)
_OPEN_TIMEOUT = 60.0
_REOPEN, _REOPEN_MAX, _PATIENCE = 5.0, 300.0, 30.0
_LOOK_AGAIN = 5.0
_WRITE_AGAIN = 1.0
_PASSES = frozenset({"x-head-cooling", "x-busy", "x-store-failed", "x-disk-full"})


class PrinterWorker:
    """Make cards on one printer, one at a time; each call of ``advance`` takes one step."""

    def __init__(self, parts: Parts, printer: PrinterConfig, desk: CardDesk, port: Callable[[], PrinterPort]) -> None:
        self.printer = printer
        self.port: PrinterPort | None = None
        """The connection to the driver; its events belong into ``advance``."""
        self.accepting = True
        """False: finish the card in the machine and take no other."""
        self.stop_station = False
        """True once the station must stop."""
        self.stop_reason = desk.stop_reason  # the word of the interlocks
        self._parts = parts
        self._desk = desk
        self._make_port = port
        self._phase = Phase.CLOSED
        self._reason = ""
        self._until: float | None = None
        self._deadline = 0.0
        self._device_fine = False
        self._capabilities = Capabilities()
        self._card: Card | None = None
        self._before = Observation()
        self._steps: list[Step] = []
        self._outcome = AttemptOutcome(fate=CardFate.UNKNOWN)
        self._looked: Observation | None = None
        self._at_rest = False
        self._unwritten: Callable[[], None] | None = None
        self._reopen = _REOPEN

    def advance(self, event: Event | None) -> Standing:
        """Take an event of the driver, if there is one, and go as far as possible without waiting."""
        if event is None and self._phase not in IDLE and self._now() >= self._deadline:
            event = Lost(reason="x-driver-hung")
        try:
            if event is not None:
                self._take(event)
            while self._phase in IDLE and self._go_on():
                pass
        except OvertakenError as error:
            self._give_up(error)
        if self._phase not in IDLE:
            return Standing(busy=True, reason=self._phase.value, until=self._deadline)
        passes = self._until is not None and (self._reason in _PASSES or self._device_fine)
        return Standing(busy=False, reason=self._reason, until=self._until, passes=passes)

    def close(self) -> None:
        """Give the device back; an attempt under way stays as it is in the store, for recovery."""
        if self.port is not None:
            self.port.send(Close())
            self.port.end()
            self.port = None
        self._wait(Phase.CLOSED, "", None)

    def _give_up(self, error: OvertakenError) -> None:
        """End the driver: whoever owns the printers now looks for what is in the machine."""
        _log.error("printer %s is given up: %s", self.printer.name, error)
        if self.port is not None:
            self.port.end()
            self.port = None
        self.accepting, self.stop_station = False, True
        self._wait(Phase.CLOSED, "x-overtaken", None)

    def _now(self) -> float:
        return self._parts.clock.monotonic()

    def _send(self, command: Command, phase: Phase, timeout: float) -> None:
        if self.port is None:
            self.port = self._make_port()
        self._phase, self._deadline = phase, self._now() + timeout
        self.port.send(command)

    def _look(self, phase: Phase) -> None:
        attempt_id = self._card.attempt.name if self._card is not None else None
        self._send(Look(attempt_id=attempt_id), phase, self._capabilities.call_timeout)

    def _wait(self, phase: Phase, reason: str, seconds: float | None) -> None:
        self._phase, self._reason = phase, reason
        self._until = None if seconds is None else self._now() + seconds

    def _surely(self, write: Callable[[], None]) -> None:
        """Write what must not be lost: where it fails, feed nothing and try again until it is written."""
        try:
            write()
        except OvertakenError:
            raise
        except CardprintError as error:
            _log.error("printer %s waits: %s", self.printer.name, error)
            self._unwritten = write
            self._wait(Phase.UNWRITTEN, "x-store-failed", _WRITE_AGAIN)
        else:
            self._unwritten = None

    # Without the driver.

    def _go_on(self) -> bool:
        """Act in a phase that waits for no event; True: look again at once."""
        due = self._until is None or self._now() >= self._until
        if self._phase is Phase.UNWRITTEN:
            return due and self._write_again()
        if self._phase is Phase.DOUBT:
            return self._ask_whether_settled(due=self._until is not None and due)
        if not self.accepting or not self.printer.enabled:
            self._wait(self._phase, "x-stopping" if self.printer.enabled else "x-disabled", None)
        elif self._phase is Phase.CLOSED:
            if due:
                self._send(Open(), Phase.OPENING, _OPEN_TIMEOUT)
        elif not self._device_fine:
            if due:
                self._look(Phase.WATCHING)
        else:
            return self._feed()
        return False

    def _feed(self) -> bool:
        try:
            following = self._desk.next_card(self._capabilities)
        except CardprintError as error:
            self._unsent(error)
            return False
        if isinstance(following, Card):
            self._card = following
            self._look(Phase.CHECKING)
        elif following is not None:
            self._wait(Phase.READY, following.reason, following.again)
        return following is None

    def _unsent(self, error: CardprintError) -> None:
        """After a failure before the submit: read what is true and end it; nothing was sent."""
        if isinstance(error, OvertakenError):
            raise error
        _log.error("printer %s waits: %s", self.printer.name, error)
        self._card = None

        def end() -> None:
            self._desk.unsend()
            self._wait(Phase.READY, "", None)

        self._unwritten = end
        self._wait(Phase.UNWRITTEN, "x-store-failed", _WRITE_AGAIN)

    def _write_again(self) -> bool:
        try:
            self._parts.database.heal()
        except CardprintError as error:
            _log.error("printer %s waits: %s", self.printer.name, error)
            self._wait(Phase.UNWRITTEN, "x-store-failed", _WRITE_AGAIN)
            return False
        if self._unwritten is not None:
            self._surely(self._unwritten)
        return self._phase is not Phase.UNWRITTEN

    def _ask_whether_settled(self, *, due: bool) -> bool:
        attempt = self._desk.open_attempt()
        if attempt is None:
            self._card, self._device_fine, self._reopen = None, False, _REOPEN
            self._wait(Phase.READY, "", None)
            return True
        if due and self.port is not None:
            self._card = Card(attempt=attempt)
            self._fence()
        return False

    # What the driver says.

    def _take(self, event: Event) -> None:
        if isinstance(event, Lost):
            self._lost(event.reason)
        elif isinstance(event, Opened):
            self._opened(event.capabilities)
        elif isinstance(event, Observed):
            self._observed(event, trusted(event.observation, self._capabilities))
        elif isinstance(event, Reported):
            self._reported(event.step)
        elif isinstance(event, Done):
            after = trusted(event.outcome.after, self._capabilities) if event.outcome.after is not None else None
            self._ended(attrs.evolve(event.outcome, after=after))
        elif isinstance(event, Fenced):
            self._at_rest = event.at_rest
            self._look(Phase.LOOKING)
        elif isinstance(event, Failed):
            self._failed(event)

    def _opened(self, capabilities: Capabilities) -> None:
        self._capabilities, self._reopen = capabilities, _REOPEN
        attempt = self._desk.open_attempt()
        if attempt is None:
            self._look(Phase.WATCHING)
        else:
            self._card = Card(attempt=attempt)
            self._before = attempt.before or Observation()
            self._fence()

    def _observed(self, seen: Observed, observation: Observation) -> None:
        if self._phase is Phase.WATCHING:
            hindrance = device_hindrance(seen, observation)
            self._surely(lambda: self._stand(self._desk.note_device(observation, hindrance)))
        elif self._phase is Phase.CHECKING:
            self._check(observation, device_hindrance(seen, observation))
        elif self._phase is Phase.JUDGING:
            self._judge(concluded_at_once(self._outcome, self._before, observation, self._capabilities), observation)
        else:
            self._read_evidence(observation)

    def _stand(self, hindrance: Hindrance | None) -> None:
        """Take cards from now on, or look again later."""
        self._card, self._device_fine = None, hindrance is None
        if hindrance is None:
            self._wait(Phase.READY, "", None)
        else:
            self._wait(Phase.READY, hindrance.reason, hindrance.again or _LOOK_AGAIN)

    def _check(self, observation: Observation, hindrance: Hindrance | None) -> None:
        """Pre-flight, B, the gate, and the one submit."""
        card = self._held()
        begun = self._now()
        try:
            hindrance = self._desk.intend(card, observation, hindrance)
        except CardprintError as error:
            self._unsent(error)
            return
        if hindrance is not None:
            self._stand(None if hindrance.reason == "x-cancel-wished" else hindrance)
            return
        if self._now() - begun > self._capabilities.call_timeout:
            # B is acknowledged, but so late that what was observed may be no longer true.
            self._surely(self._desk.unsend)
            self._stand(Hindrance(reason="x-busy"))
            return
        self._before, self._steps = observation, []
        faces = card.faces
        order = CardOrder(attempt_id=card.attempt.name, sides=faces.sides, black=faces.black, overlay=faces.overlay)
        self._send(Submit(order=order), Phase.PRINTING, self._capabilities.card_timeout)
        self._desk.look_ahead(self._capabilities)

    def _reported(self, step: Step) -> None:
        self._steps.append(step)
        if step.kind.synced:
            self._surely(self._report)

    def _report(self) -> None:
        self._desk.report(self._held(), self._steps)
        self._steps = []
        self._phase = Phase.PRINTING
        if self.port is not None:
            self.port.send(Proceed())

    def _failed(self, event: Failed) -> None:
        if self._phase is Phase.PRINTING:
            self._ended(
                AttemptOutcome(fate=event.fate, reasons=event.reasons, permanent=event.permanent, detail=event.detail)
            )
        elif self._phase is Phase.JUDGING:
            self._doubt(self._outcome.reasons or event.reasons)
        elif self._phase in {Phase.FENCING, Phase.LOOKING}:
            # A line that is cut for a while may prove something yet; one that stays cut keeps no run from ending.
            self._device_fine = self._reopen < _PATIENCE
            self._wait(Phase.DOUBT, act.IN_DOUBT, self._reopen)
            self._reopen = min(2 * self._reopen, _REOPEN_MAX)
        else:
            self._lost(event.reasons[0] if event.reasons else "offline")

    def _ended(self, outcome: AttemptOutcome) -> None:
        self._outcome = outcome
        judgement = concluded_at_once(outcome, self._before, outcome.after, self._capabilities)
        if judgement.fate is None and outcome.after is None:
            self._look(Phase.JUDGING)
        else:
            self._judge(judgement, outcome.after)

    def _judge(self, judgement: Judgement, after: Observation | None) -> None:
        outcome = self._outcome
        if judgement.fate is None:
            contradicted = (judgement.rule,) if judgement.rule == "x-contradiction" else ()
            self._doubt((*contradicted, *outcome.reasons))
            return
        conclusion = act.Conclusion(
            fate=judgement.fate,
            rule=judgement.rule,
            reasons=outcome.reasons,
            detail=outcome.detail,
            permanent=outcome.permanent,
            after=after,
            card_number=outcome.card_number,
        )
        self._surely(lambda: self._conclude(conclusion))

    def _conclude(self, conclusion: act.Conclusion) -> None:
        """D, with A of the next card where this one is good; else the device is looked at before it is trusted."""
        good = conclusion.fate is CardFate.PRINTED
        following = self._capabilities if good and self.accepting else None
        self._card = self._desk.conclude(self._held(), conclusion, self._steps, following=following)
        self._steps, self._device_fine = [], good
        if self._card is not None:
            self._look(Phase.CHECKING)
        else:
            self._wait(Phase.READY, "", None)

    # In doubt.

    def _lost(self, reason: str) -> None:
        """End a driver that is gone, and put what it may have begun in doubt."""
        if self.port is not None:
            self.port.end()
            self.port = None
        self._surely(lambda: self._close_lost(reason))

    def _close_lost(self, reason: str) -> None:
        self._desk.lost(reason)
        self._card, self._steps, self._device_fine = None, [], False
        self._wait(Phase.CLOSED, reason, self._reopen)
        self._reopen = min(2 * self._reopen, _REOPEN_MAX)

    def _doubt(self, reasons: tuple[str, ...]) -> None:
        self._surely(lambda: self._put_in_doubt(reasons))

    def _put_in_doubt(self, reasons: tuple[str, ...]) -> None:
        self._desk.doubt(self._held(), self._steps, reasons, self._outcome.detail)
        self._steps = []
        self._fence()

    def _fence(self) -> None:
        self._at_rest, self._looked = False, None
        if self._capabilities.can_fence:
            self._send(Fence(attempt_id=self._held().attempt.name), Phase.FENCING, self._capabilities.call_timeout)
        else:
            self._look(Phase.LOOKING)

    def _read_evidence(self, observation: Observation) -> None:
        """Read twice: what still changes proves nothing yet."""
        before, self._looked = self._looked, observation
        if before is None:
            self._look(Phase.LOOKING)
            return
        moving = observation.job is not None and observation.job.state in {"queued", "active"}
        if before != observation or moving:
            self._wait(Phase.DOUBT, act.IN_DOUBT, _LOOK_AGAIN)
            return
        judgement = concluded_afterwards(self._before, observation, self._capabilities, at_rest=self._at_rest)
        if judgement.fate is None:
            self._wait(Phase.DOUBT, act.IN_DOUBT, None)
            return
        good = judgement.fate is CardFate.PRINTED
        reasons = () if good else (self._outcome.reasons or ("x-recovered",))
        conclusion = act.Conclusion(fate=judgement.fate, rule=judgement.rule, reasons=reasons, after=observation)
        self._surely(lambda: self._conclude(conclusion))

    def _held(self) -> Card:
        if self._card is None:
            raise CardprintError(f"printer {self.printer.name} holds no card; nothing was changed.")
        return self._card
