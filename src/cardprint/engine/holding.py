"""What holds a job, and what ends it: a job may be held for several reasons, each settled by itself."""

from __future__ import annotations

from cardprint.model.jobs import JobEvent, JobState
from cardprint.store import Transaction, jobs

__all__ = ["hold", "settle"]


def hold(tx: Transaction, job: int, reason: str, *, by: str = "") -> None:
    """Hold a waiting job for one more reason: what it is held for already is not forgotten."""
    before = jobs.view(tx, job).reasons if jobs.row_of(tx, job).state is JobState.HELD else ()
    reasons = tuple(dict.fromkeys((*before, reason)))
    jobs.change_state(tx, job, JobEvent.HOLD, reasons=reasons)
    tx.note("job-held", job=job, reasons=list(reasons), by=by)


def settle(tx: Transaction, job: int, reason: str) -> None:
    """Take one reason from a held job; with the last one gone it waits again."""
    before = jobs.view(tx, job).reasons
    left = tuple(each for each in before if each != reason)
    if left != before or not left:
        event = JobEvent.HOLD if left else JobEvent.RELEASE
        jobs.change_state(tx, job, event, reasons=left)
        tx.note("job-held" if left else "job-released", job=job, reasons=list(left))
