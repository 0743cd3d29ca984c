"""The store's half of one printer's work: every transaction of its cards, without its device."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import attrs

from cardprint.engine import act
from cardprint.engine.allocation import Chosen, Nobody, choose
from cardprint.engine.chips import encoding_of, usable
from cardprint.engine.delays import Delays
from cardprint.engine.faces import Faces, FaceShelf, Wanted, target_of
from cardprint.engine.feeding import Hindrance, note_device, station_hindrance, stop_reason
from cardprint.engine.hour import LastHour
from cardprint.engine.parts import Parts
from cardprint.errors import RenderError, StoreError
from cardprint.model.attempts import AttemptState, CardFate, Step
from cardprint.model.cards import CardOrder
from cardprint.model.configuration import PrinterConfig
from cardprint.model.jobs import JobEvent, JobState
from cardprint.model.printers import Capabilities, Observation
from cardprint.store import FatalStoreError, Reading, Transaction, attempts, awaited, grants, jobs, printers

__all__ = ["OF_THE_JOB", "Card", "CardDesk"]

_log = logging.getLogger(__name__)
_NO_ROOM = Hindrance(reason="x-disk-full", again=5.0)
_BROKEN = frozenset({"x-driver-crashed", "x-driver-hung"})
_UNWANTED = Hindrance(reason="x-cancel-wished", again=0.0)
_LAPSED = Hindrance(reason=grants.LAPSED, again=0.0)
OF_THE_JOB = frozenset({_UNWANTED.reason, _LAPSED.reason})
"""What hinders one card and not the printer."""


@attrs.frozen(kw_only=True)
class Card:
    """Hold a reserved attempt with its faces."""

    attempt: attempts.AttemptRow
    """The attempt."""
    faces: Faces = attrs.field(factory=Faces)
    """What will be printed."""
    request: int = 0
    """The request's row; 0 where it was found again after a restart."""
    encoding: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """What its chip is to hold."""

    def order(self) -> CardOrder:
        """Give the order for the driver."""
        faces = self.faces
        return CardOrder(
            attempt_id=self.attempt.name,
            sides=faces.sides,
            black=faces.black,
            overlay=faces.overlay,
            encoding=self.encoding,
        )


class CardDesk:
    """Reserve, intend, report, conclude and doubt one printer's cards."""

    def __init__(
        self,
        parts: Parts,
        printer: PrinterConfig,
        *,
        shelf: FaceShelf,
        delays: Delays,
        gate: Callable[[Reading], Hindrance | None] = lambda _: None,
        ahead: Callable[[Callable[[], None]], None] = lambda work: work(),
    ) -> None:
        """Work for one printer; ``ahead`` is given what may be done beside its cards, and does it, now or soon."""
        self._parts = parts
        self._printer = printer
        self._shelf = shelf
        self._delays = delays
        self._gate = gate
        self._ahead = ahead
        self._hour = LastHour(parts, printer.name)

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._parts.database.owning(self._parts.clock.now()) as tx:
            yield tx
        self._parts.committed()

    def usable(self, capabilities: Capabilities) -> Capabilities:
        """Leave out what this printer's configuration does not let it do."""
        return usable(capabilities, self._printer)

    def open_attempt(self) -> attempts.AttemptRow | None:
        """Give the printer's attempt that is neither voided nor concluded."""
        with self._parts.database.reading() as reading:
            return attempts.printer_of_open(reading, self._printer.name)

    def next_card(self, capabilities: Capabilities) -> Card | Hindrance | None:
        """Reserve (A) the front blank for whoever's turn it is; None where the draw must be asked again.

        The faces are made before anything is reserved; a request whose faces cannot be made, or whose grant has
        ended, is held in a transaction of its own.
        """
        self._delays.bring_back()
        with self._parts.database.reading() as reading:
            chosen = self._whose_turn(reading, capabilities)
            shown = printers.row_of(reading, self._printer.name).reasons
            target = target_of(capabilities)
            first = chosen.heads[0].request if isinstance(chosen, Chosen) else None
            fault = None if first is None else self._fault(reading, first)
            wanted = None if first is None else self._shelf.wanted(reading, first, target)
        said = (chosen.reason,) if isinstance(chosen, Hindrance) and chosen.interlock else ()
        if said != shown:
            self._show(said)
        if isinstance(chosen, Hindrance):
            return chosen
        head = chosen.heads[0]
        # Not while the store is being read: drawing takes long, and the other printers read as well.
        unfit = None if fault else self._unfit(wanted)
        with self._write() as tx:
            if fault is None and unfit is None:
                return self._reserve(tx, capabilities)
            # Drawing takes its time: what was corrected or withdrawn meanwhile is not held for what it was.
            held_for = self._fault(tx, head.request) or (unfit if self._shelf.is_as_it_was(tx, wanted) else None)
            if held_for is not None and jobs.row_of(tx, head.job).state is JobState.PENDING:
                reason, field = self._or_awaited(tx, head.request, *held_for)
                # The date by which a lease has ended is kept: it never goes back unasked.
                printers.set_business_date(tx, self._parts.today().isoformat())
                jobs.change_state(tx, head.job, JobEvent.HOLD, reasons=(reason,))
                tx.note("job-held", job=head.job, reasons=[reason], field=field)
        return None

    def _hindrance(self, reading: Reading) -> Hindrance | None:
        return self._gate(reading) or station_hindrance(reading, self._parts, self._printer, self._hour)

    def _whose_turn(self, reading: Reading, capabilities: Capabilities) -> Chosen | Hindrance:
        """Choose, or say what hinders; what passes by itself hinders only where there is a card to make.

        So a run without work ends on battery, too, and one with work waits.
        """
        hindrance = self._hindrance(reading)
        if hindrance is not None and hindrance.again is None:
            return hindrance
        chosen = choose(reading, self._parts, self._printer, capabilities)
        if isinstance(chosen, Nobody):
            back = self._delays.next()
            again = None if back is None else max(back - self._parts.clock.monotonic(), 0.0)
            return Hindrance(reason=chosen.reason, again=again)
        return hindrance or chosen

    def _show(self, reasons: tuple[str, ...]) -> None:
        """Keep with the printer what an interlock says, for whoever looks; pause and duty follow from the books."""
        with self._write() as tx:
            row = printers.row_of(tx, self._printer.name)
            printers.change(tx, attrs.evolve(row, reasons=reasons))
            tx.note("printer-changed", printer=self._printer.name, reasons=list(reasons))

    def stop_reason(self) -> str:
        """Give the keyword of an interlock that asks the station to stop; empty where none does."""
        with self._parts.database.reading() as reading:
            return stop_reason(reading, self._parts, self._printer, self._hour)

    def _fault(self, reading: Reading, request: int) -> tuple[str, str] | None:
        """Give the keyword, and the field, for which no card may be begun for a request, whatever it looks like."""
        if self._has_lapsed(reading, request):
            return grants.LAPSED, ""
        try:
            encoding_of(reading, self._parts, self._printer, request)
        except RenderError as error:
            return error.rule, error.field
        return None

    def _unfit(self, wanted: Wanted | None) -> tuple[str, str] | None:
        """Make the faces, or give the keyword, and the field, for which they cannot be made."""
        try:
            if wanted is not None:
                self._shelf.make(wanted)
        except RenderError as error:
            return error.rule, error.field
        return None

    def _or_awaited(self, reading: Reading, request: int, reason: str, field: str) -> tuple[str, str]:
        """Give the reason and the field; a photo that the source may be asked for is awaited, not missing."""
        photo = awaited.may_come(reading, request) if reason == awaited.NO_PHOTO else ""
        to_come = photo and not (self._parts.photos / photo).exists()
        return (awaited.AWAITED if to_come else reason), field

    def _reserve(self, tx: Transaction, capabilities: Capabilities) -> Card | None:
        if self._hindrance(tx) is not None:
            return None
        chosen = choose(tx, self._parts, self._printer, capabilities)
        if not isinstance(chosen, Chosen):
            return None
        request = chosen.heads[0].request
        faces = self._shelf.ready(tx, request, target_of(capabilities))
        if faces is None or self._has_lapsed(tx, request):
            return None
        try:
            encoding = encoding_of(tx, self._parts, self._printer, request)
        except RenderError:
            # It is held when its own turn comes.
            return None
        attempt = act.reserve(tx, self._parts, self._printer.name, chosen)
        return Card(attempt=attempt, faces=faces, request=request, encoding=encoding)

    def look_ahead(self, capabilities: Capabilities) -> None:
        """Make the next faces, if any, while the printer works; whatever goes wrong shows when their turn comes."""
        if self._shelf.makes_faces:
            self._ahead(partial(self._look_ahead, capabilities))

    def _look_ahead(self, capabilities: Capabilities) -> None:
        count = len(self._parts.config.printers) + 1
        with self._parts.database.reading() as reading:
            chosen = choose(reading, self._parts, self._printer, capabilities, count=count)
            heads = chosen.heads if isinstance(chosen, Chosen) else ()
            found = [(head.job, self._shelf.wanted(reading, head.request, target_of(capabilities))) for head in heads]
        for job, wanted in found:
            if wanted is not None:
                try:
                    self._shelf.make(wanted)
                except (RenderError, StoreError) as error:
                    _log.info("the faces of job %d cannot be made yet: %s", job, type(error).__name__)

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
            hindrance = hindrance or self._unwanted(tx, card)
            if hindrance is None:
                act.intend(tx, card.attempt, observation, card.faces.digests, card.faces.code)
            else:
                act.void(tx, card.attempt, (hindrance.reason,))
        if hindrance is None:
            self._hour.add()
        return hindrance

    def _unwanted(self, reading: Reading, card: Card) -> Hindrance | None:
        """Say why the card must not be begun although it was reserved."""
        if jobs.row_of(reading, card.attempt.job).cancel_wished:
            return _UNWANTED
        return _LAPSED if self._has_lapsed(reading, card.request) else None

    def _has_lapsed(self, reading: Reading, request: int) -> bool:
        return grants.has_lapsed(reading, request, self._parts.day(reading))

    def unsend(self) -> None:
        """End what was never submitted, after a failure of the store: this process knows that nothing was sent."""
        with self._write() as tx:
            attempt = attempts.printer_of_open(tx, self._printer.name)
            if attempt is not None and attempt.state is AttemptState.RESERVED:
                act.void(tx, attempt, ("x-store-failed",))
            elif attempt is not None and attempt.state is AttemptState.INTENT:
                never = act.Conclusion(fate=CardFate.NOT_FED, rule="never-sent", reasons=("x-store-failed",))
                self._concluded(tx, attempt, never)

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
        following_card = None
        with self._write() as tx:
            attempt = attempts.row_of(tx, card.attempt.id)
            if attempt.state is AttemptState.CONCLUDED:
                self._void_unheld(tx)
            else:
                if steps:
                    act.report(tx, attempt, steps)
                self._concluded(tx, attempt, conclusion)
                if following is not None:
                    following_card = self._following(tx, following)
        if card.request and (following_card is None or following_card.request != card.request):
            self._shelf.done(card.request)
        return following_card

    def _concluded(self, tx: Transaction, attempt: attempts.AttemptRow, conclusion: act.Conclusion) -> None:
        """Conclude, and remember how long the job waits, if it does.

        Before the commit: one whose acknowledgement is lost may be durable, and then nobody would bring the job back;
        a job that is remembered and does not wait does no harm.
        """
        decision = act.conclude(tx, self._parts, attempt, conclusion)
        if decision is not None and decision.again and decision.delay > 0:
            self._delays.add(attempt.job, decision.delay)

    def _void_unheld(self, tx: Transaction) -> None:
        """Give back what was reserved in a transaction whose commit was not acknowledged and yet was durable."""
        attempt = attempts.printer_of_open(tx, self._printer.name)
        if attempt is not None and attempt.state is AttemptState.RESERVED:
            act.void(tx, attempt, ("x-store-failed",))

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
                if reason in _BROKEN:
                    self._quarantine(tx, reason)
            note_device(tx, self._printer, Observation(), Hindrance(reason=reason))

    def _quarantine(self, tx: Transaction, reason: str) -> None:
        """Set the printer aside until a person releases it; evidence may conclude the card before."""
        row = printers.row_of(tx, self._printer.name)
        if not row.quarantine:
            printers.change(tx, attrs.evolve(row, quarantine=reason))
            tx.note("printer-quarantined", printer=self._printer.name, reason=reason, failures=row.failures)
