"""What a demo or a simulation ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

from cardprint.language import Sentence, template
from cardprint.model.jobs import JobState
from cardprint.station.station import Station

__all__ = ["Outcome", "outcome_of"]


@attrs.frozen(kw_only=True)
class Outcome:
    """Count what an office has done; ``printed``, ``doubled`` and ``lost`` by the world, not by the book."""

    printed: int
    """Good cards."""
    waiting: Mapping[str, int]
    """Request type to requests that still wait."""
    working_days: int
    """Days worked."""
    blanks: Mapping[str, int]
    """Account to blanks, by the book, which was compared with the world."""
    discrepancies: tuple[str, ...]
    """Where book and world differ, one sentence each."""
    doubled: int
    """Good cards beyond the first of a request."""
    lost: int
    """Blanks that are nowhere, and good cards of no known request."""
    why: Mapping[str, str]
    """Why the waiting wait: the head of each lane, and every reason for which requests are held."""


def outcome_of(
    station: Station,
    *,
    printed: int,
    working_days: int,
    discrepancies: tuple[str, ...],
    doubled: int,
    lost: int,
) -> Outcome:
    """Put together what the world holds and what the station's book says."""
    status = station.status()
    check = station.check()
    return Outcome(
        printed=printed,
        waiting=status.waiting,
        working_days=working_days,
        blanks=status.accounts,
        discrepancies=(*status.discrepancies, *check.problems, *discrepancies),
        doubled=doubled,
        lost=lost,
        why=_why(station),
    )


def _why(station: Station) -> dict[str, str]:
    first = template("job {job}, the first of its lane: {sentence}")
    heads: dict[str, str] = {
        why.lane: Sentence(first, job=why.job_id, sentence=why.sentence) for why in station.jobs.heads()
    }
    held = Counter(reason for job in station.jobs.list(state=JobState.HELD, limit=1000) for reason in job.reasons)
    requests: dict[str, str] = {
        Sentence("held for {reason}", reason=reason): Sentence("{count} requests", count=count)
        for reason, count in sorted(held.items())
    }
    return heads | requests
