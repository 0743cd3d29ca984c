"""What holds a job, and what ends it: a job may be held for several reasons, each settled by itself."""

from __future__ import annotations

from cardprint.model.jobs import JobEvent, JobState
from cardprint.store import Transaction, jobs
from cardprint.store.awaited import AWAITED, NO_PHOTO, UNREADABLE

__all__ = ["await_photo", "hold", "settle"]


def hold(tx: Transaction, job: int, reason: str, *, by: str = "") -> None:
    """Hold a waiting job for one more reason: what it is held for already is not forgotten."""
    before = jobs.view(tx, job).reasons if jobs.row_of(tx, job).state is JobState.HELD else ()
    reasons = tuple(dict.fromkeys((*before, reason)))
    jobs.change_state(tx, job, JobEvent.HOLD, reasons=reasons)
    tx.note("job-held", job=job, reasons=list(reasons), by=by)


def settle(tx: Transaction, job: int, reason: str, *, instead: str = "") -> None:
    """Take one reason from a held job, or put another in its place; with the last one gone it waits again."""
    before = jobs.view(tx, job).reasons
    left = tuple(instead if each == reason else each for each in before if instead or each != reason)
    if left != before or not left:
        event = JobEvent.HOLD if left else JobEvent.RELEASE
        jobs.change_state(tx, job, event, reasons=left)
        tx.note("job-held" if left else "job-released", job=job, reasons=list(left))


def await_photo(tx: Transaction, job: int, *, awaits: bool, here: bool) -> None:
    """Hold a waiting job until the photo comes that its source has named anew, or hold it for that no longer.

    A photo that is ``here`` is not missing, though it was before.
    """
    row = jobs.row_of(tx, job)
    reasons = jobs.view(tx, job).reasons if row.state is JobState.HELD else ()
    without = [each for each in reasons if each in {NO_PHOTO, UNREADABLE}]
    if not awaits and AWAITED in reasons:
        settle(tx, job, AWAITED)
    elif here and NO_PHOTO in reasons:
        settle(tx, job, NO_PHOTO)
    elif awaits and without:
        settle(tx, job, without[0], instead=AWAITED)
    elif awaits and AWAITED not in reasons and row.state in {JobState.PENDING, JobState.HELD}:
        hold(tx, job, AWAITED)
