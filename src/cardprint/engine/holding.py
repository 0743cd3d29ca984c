"""What holds a job, and what ends it: a job may be held for several reasons, each settled by itself."""

from __future__ import annotations

from cardprint.model.jobs import JobEvent
from cardprint.store import Transaction, jobs

__all__ = ["settle"]


def settle(tx: Transaction, job: int, reason: str) -> None:
    """Take one reason from a held job; with the last one gone it waits again."""
    before = jobs.view(tx, job).reasons
    left = tuple(each for each in before if each != reason)
    if left != before or not left:
        event = JobEvent.HOLD if left else JobEvent.RELEASE
        jobs.change_state(tx, job, event, reasons=left)
        tx.note("job-held" if left else "job-released", job=job, reasons=list(left))
