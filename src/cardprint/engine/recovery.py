"""What a new owner does before any printer is opened (guarantees, "Recovery", steps 2 and 3)."""

from __future__ import annotations

from cardprint.engine import act
from cardprint.engine.parts import Parts
from cardprint.errors import StateError, StoreError
from cardprint.model.attempts import AttemptState, CardFate
from cardprint.model.ledger import in_machine
from cardprint.store import attempts, jobs, journal, ledger, printers

__all__ = ["check_at_start", "settle", "settle_by_person"]

_TAIL = 1000


def check_at_start(parts: Parts) -> None:
    """Verify the journal's tail and the open attempts; the whole history is ``cardprint check``'s (decisions 23)."""
    with parts.database.reading() as reading:
        last, _ = journal.head(reading)
        problems = list(journal.broken_lines(reading, after=max(0, last - _TAIL)))
        problems += [
            f"the books hold no blank for attempt {attempt.name}"
            for attempt in attempts.open_attempts(reading)
            if attempt.state is not AttemptState.RESERVED and not ledger.balance(reading, in_machine(attempt.printer))
        ]
    if problems:
        raise StoreError(
            f"the store contradicts itself: {problems[0]}. No blank was touched.",
            cure="Look at all of it with: cardprint check",
        )


def settle(parts: Parts) -> int:
    """Void what was reserved and put in doubt what was intended; give the number in doubt."""
    with parts.database.transaction(parts.clock.now()) as tx:
        for attempt in attempts.open_attempts(tx):
            if attempt.state is AttemptState.RESERVED:
                act.void(tx, attempt, ("x-station-stopped",))
            elif attempt.state is AttemptState.INTENT:
                act.doubt(tx, attempt, ("x-station-stopped",))
        jobs.undelay(tx)
        for printer in parts.config.printers:
            printers.know(tx, printer.name)
        printers.set_business_date(tx, parts.today().isoformat())
        in_doubt = len(attempts.open_attempts(tx))
        tx.note("station-opened", in_doubt=in_doubt)
    parts.committed()
    return in_doubt


def settle_by_person(
    parts: Parts,
    printer: str,
    fate: CardFate,
    *,
    by: str,
    witness: str = "",
    card_number: str = "",
) -> None:
    """Conclude a printer's attempt in doubt by what a person saw (R4); the worker learns of it from the store.

    "Not fed" without a number, and "missing" (UNKNOWN), need a second person.
    """
    needs_two = fate is CardFate.UNKNOWN or (fate is CardFate.NOT_FED and not card_number)
    two = by and witness and by.casefold() != witness.casefold()
    if not by or (needs_two and parts.config.people > 1 and not two):
        raise StateError(
            f"to say that the card is {fate.value} needs " + ("two people." if needs_two else "a name."),
            cure="Add: --by NAME" + (" --witness NAME" if needs_two else ""),
        )
    with parts.database.transaction(parts.clock.now()) as tx:
        attempt = attempts.printer_of_open(tx, printer)
        if attempt is None or attempt.state is not AttemptState.IN_DOUBT:
            raise StateError(
                f"no card of printer {printer} is in doubt; nothing was changed.",
                cure="See the printers with: cardprint printers list",
            )
        known = attempts.chip_or_card_number(tx, attempt)
        if fate is CardFate.PRINTED and card_number and known and card_number != known:
            raise StateError("the scanned number is of another card; nothing was changed.", cure="Scan again.")
        conclusion = act.Conclusion(
            fate=fate,
            rule="missing" if fate is CardFate.UNKNOWN else "R4",
            reasons=() if fate is CardFate.PRINTED else ("x-seen-by-person",),
            card_number=card_number,
            by=by,
            witness=witness,
        )
        act.conclude(tx, parts, attempt, conclusion)
    parts.committed()
