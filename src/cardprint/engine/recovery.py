"""What a new owner does before any printer is opened (guarantees, "Recovery", steps 2 and 3)."""

from __future__ import annotations

from cardprint.engine import act
from cardprint.engine.parts import Parts
from cardprint.errors import StoreError
from cardprint.model.attempts import AttemptState
from cardprint.model.ledger import in_machine
from cardprint.store import attempts, jobs, journal, ledger, printers

__all__ = ["check_at_start", "settle"]

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
    with parts.database.owning(parts.clock.now()) as tx:
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
