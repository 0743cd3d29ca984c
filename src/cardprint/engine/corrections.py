"""A card that is good by its attempt and bad after all: a correction beside what was said (decisions 30)."""

from __future__ import annotations

from cardprint.model.identifiers import BatchId
from cardprint.model.ledger import Account, AccountKind, StockMovement
from cardprint.store import Transaction, attempts, finished, grants, jobs, ledger, outbox, printers

__all__ = ["BOX", "correct"]

BOX = "1"
"""Where spoiled cards are put."""


def correct(
    tx: Transaction,
    attempt: attempts.AttemptRow,
    reason: str,
    *,
    event: str,
    by: str,
    witness: str = "",
) -> None:
    """Put a correction beside an attempt's fate, and book its card from ``printed`` to ``spoiled``."""
    finished.correct(tx, attempt.id, reason)
    ledger.book(
        tx,
        StockMovement(
            batch_id=BatchId(attempt.batch),
            count=1,
            source=Account(AccountKind.PRINTED),
            target=Account(AccountKind.SPOILED, BOX),
            reason=reason,
            by=by,
            witness=witness,
        ),
        attempt=attempt.id,
    )
    tx.note(
        event,
        job=attempt.job,
        attempt=attempt.name,
        printer=attempt.printer,
        reason=reason,
        by=by,
        witness=witness,
    )
    grants.restore(tx, jobs.row_of(tx, attempt.job).request)
    outbox.add(tx, attempt.job, outcome="spoiled", attempt=attempt.name, business_date=printers.business_date(tx))
