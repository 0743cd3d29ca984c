"""A job as the printer's job table has it, and what that says of a card."""

from __future__ import annotations

import enum

import attrs

from cardprint.model import DeviceJob
from cardprint_ipp.values import Group
from cardprint_ipp.words import job_reason

__all__ = ["JOB_ATTRIBUTES", "Job", "JobState", "read_job"]

JOB_ATTRIBUTES = (
    "job-id",
    "job-uuid",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-printer-state-reasons",
    "job-printer-up-time",
)
_FINE = frozenset({"none", "job-completed-successfully", "job-completed-with-warnings"})
"""Reasons that contradict no finished card."""
_UUID = 64
"""Characters: a UUID as an address has 45."""
_LEFTOVER = job_reason("processing-to-stop-point")
"""What CUPS 2.4 leaves with every job that it has completed."""
_BACKEND = "cups-ipp-"
"""How reasons begin by which a queue of CUPS says that the printer behind it does not do as it should.

A job is reported as completed whose printer died over it; only ``cups-ipp-missing-job-history`` among the printer's
reasons tells.
"""


class JobState(enum.IntEnum):
    """Name the states of a job (RFC 8011, 5.3.7)."""

    PENDING = 3
    """It waits."""
    PENDING_HELD = 4
    """It waits for somebody, or for its document."""
    PROCESSING = 5
    """It is made."""
    PROCESSING_STOPPED = 6
    """It is being made, and something is in the way."""
    CANCELED = 7
    """It was dropped, which saves no blank that was fed."""
    ABORTED = 8
    """The printer gave it up."""
    COMPLETED = 9
    """It is done, so the printer says."""


@attrs.frozen(kw_only=True)
class Job:
    """Hold one line of a job table."""

    id: int
    """Begins again at 1 when many a printer starts."""
    uuid: str = ""
    """Never given twice; empty where the printer has none."""
    name: str = ""
    """The attempt's id, of a job of ours."""
    state: int = 0
    """As in JobState; 0 where the printer does not say."""
    reasons: tuple[str, ...] = ()
    """As the printer says them."""
    printer_reasons: tuple[str, ...] = ()
    """The printer's, as it says them with the job."""
    up_time: int | None = None
    """Seconds since the printer started."""

    @property
    def ended(self) -> bool:
        """Say whether it will not change any more."""
        return self.state >= JobState.CANCELED

    @property
    def done(self) -> bool:
        """Say whether the printer says that it is done, and nothing in its reasons speaks against it."""
        return self.state == JobState.COMPLETED and not self.odd

    @property
    def delivered(self) -> bool:
        """Say whether a queue of CUPS says that it is done, and nothing of the printer behind it speaks against it."""
        return self.state == JobState.COMPLETED and set(self.odd) <= {_LEFTOVER}

    @property
    def odd(self) -> tuple[str, ...]:
        """Give the reasons that speak against a finished card, in our words."""
        against = [each for each in self.reasons if each not in _FINE]
        against += [each for each in self.printer_reasons if each.startswith(_BACKEND)]
        return tuple(job_reason(each) for each in against)

    def is_same(self, other: Job) -> bool:
        """Say whether another line is of this job: a printer that started anew gives old numbers to new jobs."""
        if self.uuid and other.uuid:
            return self.uuid == other.uuid
        started_anew = self.up_time is not None and other.up_time is not None and other.up_time < self.up_time
        return self.id == other.id and not started_anew and other.name in {"", self.name}

    def observed(self) -> DeviceJob | None:
        """Say it as an observation.

        Never that a blank was picked for a job that did not get done: a job that was canceled or given up may have
        made its card all the same.
        """
        if self.done:
            return DeviceJob(state="done", picked=True)
        if self.state == JobState.COMPLETED:
            return DeviceJob(state="failed")
        names = {0: "", JobState.PENDING: "queued", JobState.PENDING_HELD: "queued"}
        state = names.get(self.state, "failed" if self.ended else "active")
        return DeviceJob(state=state) if state else None


def read_job(group: Group) -> Job | None:
    """Read a job's attributes; None where there is no number among them."""
    number = group.number("job-id")
    if number is None:
        return None
    return Job(
        id=number,
        uuid=group.word("job-uuid")[:_UUID],
        name=group.word("job-name"),
        state=group.number("job-state") or 0,
        reasons=group.words("job-state-reasons"),
        printer_reasons=group.words("job-printer-state-reasons"),
        up_time=group.number("job-printer-up-time"),
    )
