"""A job with its attempts, said."""

from __future__ import annotations

from collections.abc import Sequence

from cardprint.language import Sentence as _
from cardprint.language import joined
from cardprint.model.jobs import JobView
from cardprint.model.views import AttemptView, JobDetail, Why
from cardprint.station.told.journal import of_history
from cardprint.station.told.table import Table

__all__ = ["of_job", "of_jobs", "of_why"]


def of_jobs(found: Sequence[JobView]) -> Table:
    """Show jobs, one a row."""
    rows = [
        (job.job_id, _(job.state.value), job.lane, job.waiting_since, job.request_id, " ".join(job.reasons))
        for job in found
    ]
    return Table(rows, "job", "state", "lane", "waiting since", "request", "reasons")


def of_job(detail: JobDetail) -> list[str | Table]:
    """Say how a job stands, what was tried, and what has happened."""
    view = detail.job
    tries = [
        (each.attempt_id, each.printer, _(each.state), _(each.fate), " ".join(each.reasons), _after(each), each.follows)
        for each in detail.attempts
    ]
    states = joined((_(view.state.value), *view.reasons), " ")
    table = Table(tries, "attempt", "printer", "state", "fate", "reasons", "card", "follows")
    return [
        _("Job {number}: {states}", number=view.job_id, states=states),
        _(
            "Request {seen.request_id} of {seen.source}, {kind}, priority {seen.priority}",
            seen=view,
            kind=_(view.request_type.value),
        ),
        *(_("Odd: {warning}", warning=warning) for warning in detail.warnings),
        *_below(table if tries else None),
        *_below(of_history(detail.history) if detail.history else None),
    ]


def of_why(why: Why) -> list[str]:
    """Say why a request was printed or still waits, where in its lane, and what to do."""
    said = _("Job {number}: {sentence}", number=why.job_id, sentence=why.sentence)
    if not why.position:
        return [said, *([why.cure] if why.cure else [])]
    place = _("Position {seen.position} in lane {seen.lane}.", seen=why)
    return [joined((said, place), " "), why.placed]


def _below(table: Table | None) -> list[str | Table]:
    return [] if table is None else ["", table]


def _after(attempt: AttemptView) -> str:
    """Say what became of a card after the printer."""
    if attempt.corrected:
        return _("found bad: {reason}", reason=attempt.corrected)
    return _("handed over") if attempt.handed_over else _("verified") if attempt.verified else ""
