"""The store's half of one printer's work: every transaction of its cards, without its device."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs

from cardprint.engine import act
from cardprint.engine.allocation import Chosen, Nobody, choose
from cardprint.engine.delays import Delays
from cardprint.engine.faces import Faces, FaceShelf, target_of
from cardprint.engine.feeding import Hindrance, note_device, station_hindrance
from cardprint.engine.parts import Parts
from cardprint.errors import RenderError, StoreError
from cardprint.model.attempts import AttemptState, CardFate, Step
from cardprint.model.configuration import PrinterConfig
from cardprint.model.jobs import JobEvent
from cardprint.model.printers import Capabilities, Observation
from cardprint.store import FatalStoreError, Reading, Transaction, attempts, jobs

__all__ = ["Card", "CardDesk"]

_log = logging.getLogger(__name__)
_NO_ROOM = Hindrance(reason="x-disk-full", again=5.0)
_UNWANTED = Hindrance(reason="x-cancel-wished", again=0.0)


@attrs.frozen(kw_only=True)
class Card:
    """Hold a reserved attempt with its faces."""

    attempt: attempts.AttemptRow
    """The attempt."""
    faces: Faces = attrs.field(factory=Faces)
    """What will be printed."""
    request: int = 0
    """The request's row; 0 where it was found again after a restart."""


class CardDesk:
    """Reserve, intend, report, conclude and doubt one printer's cards."""

    def __init__(
        self,
        parts: Parts,
        printer: PrinterConfig,
        *,
        shelf: FaceShelf,
        delays: Delays,
        owner: int,
        gate: Callable[[Reading], Hindrance | None] = lambda _: None,
    ) -> None:
        self._parts = parts
        self._printer = printer
        self._shelf = shelf
        self._delays = delays
        self._owner = owner
        self._gate = gate

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            yield tx
        self._parts.committed()

    def open_attempt(self) -> attempts.AttemptRow | None:
        """Give the printer's attempt that is neither voided nor concluded."""
        with self._parts.database.reading() as reading:
            return attempts.printer_of_open(reading, self._printer.name)

    def next_card(self, capabilities: Capabilities) -> Card | Hindrance | None:
        """Reserve (A) the front blank for whoever's turn it is; None where the draw must be asked again.

        The faces are made before anything is reserved; a request whose faces cannot be made is held in a
        transaction of its own (decisions 13).
        """
        self._delays.bring_back()
        with self._parts.database.reading() as reading:
            hindrance = self._hindrance(reading)
            if hindrance is not None:
                return hindrance
            chosen = choose(reading, self._parts, self._printer, capabilities)
            if isinstance(chosen, Nobody):
                back = self._delays.next()
                again = None if back is None else max(back - self._parts.clock.monotonic(), 0.0)
                return Hindrance(reason=chosen.reason, again=again)
            head = chosen.heads[0]
            unfit = self._unfit(reading, head.request, capabilities)
        with self._write() as tx:
            if unfit is None:
                return self._reserve(tx, capabilities)
            jobs.change_state(tx, head.job, JobEvent.HOLD, reasons=(unfit.rule,))
            tx.note("job-held", job=head.job, reasons=[unfit.rule], field=unfit.field)
        return None

    def _hindrance(self, reading: Reading) -> Hindrance | None:
        return self._gate(reading) or station_hindrance(reading, self._parts, self._printer)

    def _unfit(self, reading: Reading, request: int, capabilities: Capabilities) -> RenderError | None:
        try:
            self._shelf.make(reading, request, target_of(capabilities))
        except RenderError as error:
            return error
        return None

    def _reserve(self, tx: Transaction, capabilities: Capabilities) -> Card | None:
        if self._hindrance(tx) is not None:
            return None
        chosen = choose(tx, self._parts, self._printer, capabilities)
        if not isinstance(chosen, Chosen):
            return None
        request = chosen.heads[0].request
        faces = self._shelf.ready(tx, request, target_of(capabilities))
        if faces is None:
            return None
        attempt = act.reserve(tx, self._parts, self._printer.name, chosen)
        return Card(attempt=attempt, faces=faces, request=request)

    def look_ahead(self, capabilities: Capabilities) -> None:
        """Make the next faces while the printer works; whatever goes wrong shows when their turn comes."""
        count = len(self._parts.config.printers) + 1
        with self._parts.database.reading() as reading:
            chosen = choose(reading, self._parts, self._printer, capabilities, count=count)
            for head in chosen.heads if isinstance(chosen, Chosen) else ():
                try:
                    self._shelf.make(reading, head.request, target_of(capabilities))
                except (RenderError, StoreError) as error:
                    _log.info("the faces of job %d cannot be made yet: %s", head.job, type(error).__name__)

    def note_device(self, observation: Observation, hindrance: Hindrance | None) -> Hindrance | None:
        """Compare book and device where no card is under way."""
        with self._write() as tx:
            return note_device(tx, self._printer, observation, hindrance)

    def intend(self, card: Card, observation: Observation, hindrance: Hindrance | None) -> Hindrance | None:
        """Write the intent (B), or the reservation's end where anything hinders the card; gives the hindrance."""
        if hindrance is None and not self._parts.database.has_room():
            hindrance = _NO_ROOM
        with self._write() as tx:
            hindrance = note_device(tx, self._printer, observation, hindrance)
            if hindrance is None and jobs.row_of(tx, card.attempt.job).cancel_wished:
                hindrance = _UNWANTED
            if hindrance is None:
                act.intend(tx, card.attempt, observation, card.faces.digests, owner=self._owner)
            else:
                act.void(tx, card.attempt, (hindrance.reason,))
        return hindrance

    def unsend(self) -> None:
        """End what was never submitted, after a failure of the store: this process knows that nothing was sent."""
        with self._write() as tx:
            attempt = attempts.printer_of_open(tx, self._printer.name)
            if attempt is not None and attempt.state is AttemptState.RESERVED:
                act.void(tx, attempt, ("x-store-failed",))
            elif attempt is not None and attempt.state is AttemptState.INTENT:
                never = act.Conclusion(fate=CardFate.NOT_FED, rule="never-sent", reasons=("x-store-failed",))
                act.conclude(tx, self._parts, attempt, never)

    def report(self, card: Card, steps: Sequence[Step]) -> None:
        """Note what the driver reported (C), durable on return."""
        with self._write() as tx:
            act.report(tx, card.attempt, steps)

    def conclude(
        self,
        card: Card,
        conclusion: act.Conclusion,
        steps: Sequence[Step],
        *,
        following: Capabilities | None,
    ) -> Card | None:
        """Conclude (D), and in the same transaction reserve (A) of the next card where ``following`` asks for one.

        May be called again after a failure: what is concluded already stays as it is.
        """
        following_card = decision = None
        with self._write() as tx:
            attempt = attempts.row_of(tx, card.attempt.id)
            if attempt.state is not AttemptState.CONCLUDED:
                if steps:
                    act.report(tx, attempt, steps)
                decision = act.conclude(tx, self._parts, attempt, conclusion)
                if following is not None:
                    following_card = self._following(tx, following)
        if card.request and (following_card is None or following_card.request != card.request):
            self._shelf.done(card.request)
        if decision is not None and decision.again and decision.delay > 0:
            self._delays.add(card.attempt.job, decision.delay)
        return following_card

    def _following(self, tx: Transaction, capabilities: Capabilities) -> Card | None:
        try:
            with tx.savepoint():
                return self._reserve(tx, capabilities)
        except FatalStoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the next card must never undo this one's outcome
            _log.error("the next card could not be reserved yet: %s", type(error).__name__)
            return None

    def doubt(self, card: Card, steps: Sequence[Step], reasons: tuple[str, ...], detail: str) -> None:
        """Put a card in doubt; may be called again after a failure."""
        with self._write() as tx:
            attempt = attempts.row_of(tx, card.attempt.id)
            if attempt.state is AttemptState.INTENT:
                if steps:
                    act.report(tx, attempt, steps)
                act.doubt(tx, attempt, reasons, detail)

    def lost(self, reason: str) -> None:
        """Note that the driver is gone: what was reserved is void, what was intended is in doubt."""
        with self._write() as tx:
            attempt = attempts.printer_of_open(tx, self._printer.name)
            if attempt is not None and attempt.state is AttemptState.RESERVED:
                act.void(tx, attempt, (reason,))
            elif attempt is not None and attempt.state is AttemptState.INTENT:
                act.doubt(tx, attempt, (reason,))
            note_device(tx, self._printer, Observation(), Hindrance(reason=reason))
