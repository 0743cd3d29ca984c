"""Jobs as rows; states change by the model's table alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from cardprint.errors import StateError
from cardprint.language import Sentence
from cardprint.model.choosing import Place
from cardprint.model.identifiers import JobId, SourceName
from cardprint.model.jobs import JobEvent, JobState, JobView, next_state
from cardprint.model.requests import CardRequest, RequestType
from cardprint.store.rows import insert_all

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "TEST",
    "JobRow",
    "NewJob",
    "add_all",
    "change_state",
    "count",
    "delay",
    "find",
    "held_for",
    "kind_of",
    "lane_row",
    "last",
    "latest_of_request",
    "place_again",
    "placed",
    "placement_row",
    "put_first",
    "row_of",
    "tallies",
    "undelay",
    "view",
    "views",
    "waiting_by_type",
    "wish_canceled",
]


TEST = "x-test"
"""What stands in place of a request type with the job of a test card, so that no counter of people counts it."""


@attrs.frozen(kw_only=True)
class JobRow:
    """Hold what the engine needs of a job."""

    id: int
    request: int
    issue: int
    state: JobState
    lane: int
    rank: int
    spoiled: int
    not_fed: int
    cancel_wished: bool
    test: bool


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """Say what a request's first job is to be."""

    request: int
    """The request's row."""
    request_type: RequestType
    """Why the card is wanted."""
    lane: int
    """The lane's row."""
    rank: int
    """Its place there."""
    placement: int
    """The row of why it waits there."""
    held_for: tuple[str, ...] = ()
    """Why it is held; it is pending where there is nothing."""


def row_of(reading: Reading, job: int) -> JobRow:
    """Give a job, or raise StateError where there is none of this number."""
    row = reading.one(
        "SELECT id, request, issue, state, lane, rank, spoiled, not_fed, cancel_wished, request_type FROM job"
        " WHERE id = ?",
        (job,),
    )
    if row is None:
        raise StateError(
            Sentence("there is no job {job}; no blank was touched.", job=job),
            cure=Sentence("List them with: cardprint jobs list"),
        )
    return JobRow(
        id=row[0],
        request=row[1],
        issue=row[2],
        state=JobState(row[3]),
        lane=row[4],
        rank=row[5],
        spoiled=row[6],
        not_fed=row[7],
        cancel_wished=bool(row[8]),
        test=row[9] == TEST,
    )


def lane_row(tx: Transaction, name: str, request: CardRequest) -> int:
    """Give the row of a lane, made where it is new."""
    key = (name, request.kind, " ".join(sorted(request.needs)))
    row = tx.value("SELECT id FROM lane WHERE (name, kind, needs) = (?, ?, ?)", key)
    return int(row) if row is not None else tx.insert("INSERT INTO lane (name, kind, needs) VALUES (?, ?, ?)", key)


def placement_row(tx: Transaction, reason: str, values: Mapping[str, str]) -> int:
    """Give the row of a placement's reason, made where it is new."""
    key = (reason, msgspec.json.encode(dict(values), order="sorted").decode())
    row = tx.value("SELECT id FROM placement WHERE (reason, details) = (?, ?)", key)
    return int(row) if row is not None else tx.insert("INSERT INTO placement (reason, details) VALUES (?, ?)", key)


def add_all(tx: Transaction, jobs: Sequence[NewJob]) -> range:
    """Add the first jobs of requests, pending or held, and give their numbers, in the same order."""
    return insert_all(
        tx,
        "job (request, request_type, state, reasons, lane, rank, placement)",
        [
            (
                job.request,
                job.request_type.value,
                JobState.HELD.value if job.held_for else JobState.PENDING.value,
                " ".join(job.held_for),
                job.lane,
                job.rank,
                job.placement,
            )
            for job in jobs
        ],
    )


def place_again(tx: Transaction, job: int, request: CardRequest, place: Place, *, lane: int, placement: int) -> None:
    """Move a waiting job to where its corrected request belongs."""
    tx.execute(
        "UPDATE job SET request_type = ?, lane = ?, rank = ?, placement = ? WHERE id = ?",
        (request.request_type.value, lane, place.rank, placement, job),
    )


def placed(reading: Reading, job: int) -> tuple[str, dict[str, str]]:
    """Give why a job waits where it waits: keyword and values."""
    reason, details = reading.all(
        "SELECT p.reason, p.details FROM job AS j JOIN placement AS p ON p.id = j.placement WHERE j.id = ?",
        (job,),
    )[0]
    return reason, msgspec.json.decode(details, type=dict[str, str])


def change_state(
    tx: Transaction,
    job: int,
    event: JobEvent,
    *,
    before: JobState | None = None,
    reasons: tuple[str, ...] = (),
    spoiled: int = 0,
    not_fed: int = 0,
) -> JobState:
    """Apply an event by the transition table, or raise StateError; give the new state.

    ``before`` is the job's state, where it was read in this transaction already.
    """
    state = next_state(before or row_of(tx, job).state, event)
    tx.execute(
        "UPDATE job SET state = ?, reasons = ?, spoiled = spoiled + ?, not_fed = not_fed + ? WHERE id = ?",
        (state.value, " ".join(reasons), spoiled, not_fed, job),
    )
    return state


def delay(tx: Transaction, job: int) -> None:
    """Keep a pending job out of its lane until ``undelay``."""
    tx.execute("UPDATE job SET delayed = 1 WHERE id = ?", (job,))


def undelay(tx: Transaction, job: int | None = None) -> int:
    """Let a delayed job, or all of them, back into their lanes; give their number."""
    if job is None:
        return tx.execute("UPDATE job SET delayed = 0 WHERE delayed = 1")
    return tx.execute("UPDATE job SET delayed = 0 WHERE id = ? AND delayed = 1", (job,))


def put_first(tx: Transaction, job: int) -> None:
    """Give a job the lowest rank of its lane."""
    row = row_of(tx, job)
    lowest = tx.value(
        "SELECT min(rank) FROM job WHERE state = 'pending' AND delayed = 0 AND lane IN"
        " (SELECT l.id FROM lane AS l JOIN lane AS own ON own.name = l.name WHERE own.id = ?)",
        (row.lane,),
    )
    rank = min(row.rank, (lowest if lowest is not None else row.rank) - 1)
    tx.execute("UPDATE job SET rank = ? WHERE id = ?", (rank, job))


def wish_canceled(tx: Transaction, job: int, *, wished: bool = True) -> None:
    """Note the wish to cancel a job whose blank may have moved, or that it is none any more; the outcome decides."""
    tx.execute("UPDATE job SET cancel_wished = ? WHERE id = ?", (int(wished), job))


_VIEW = """
SELECT j.id, s.name, r.request_id, j.issue, iif(j.request_type = 'x-test', r.request_type, j.request_type),
    r.priority, j.state, j.reasons, l.name, r.waiting_since,
    (SELECT count(*) FROM attempt AS a WHERE a.job = j.id AND a.state <> 'VOIDED'), j.spoiled
FROM job AS j JOIN request AS r ON r.id = j.request JOIN source AS s ON s.id = r.source JOIN lane AS l ON l.id = j.lane
"""


def _view(row: tuple[Any, ...]) -> JobView:
    return JobView(
        job_id=JobId(row[0]),
        source=SourceName(row[1]),
        request_id=row[2],
        issue=row[3],
        request_type=RequestType(row[4]),
        priority=row[5],
        state=JobState(row[6]),
        reasons=tuple(row[7].split()),
        lane=row[8],
        waiting_since=date.fromisoformat(row[9]) if row[9] else None,
        attempts=row[10],
        spoiled=row[11],
    )


def view(reading: Reading, job: int) -> JobView:
    """Show one job, or raise StateError where there is none of this number."""
    row = reading.one(f"{_VIEW} WHERE j.id = ?", (job,))
    if row is None:
        raise StateError(
            Sentence("there is no job {job}; no blank was touched.", job=job),
            cure=Sentence("List them with: cardprint jobs list"),
        )
    return _view(row)


def views(reading: Reading, *, state: JobState | None, limit: int, after: int) -> list[JobView]:
    """Show jobs: those pending in the order of their lanes and ranks, all others by number."""
    if state is JobState.PENDING:
        rows = reading.all(
            f"{_VIEW} WHERE j.state = 'pending' AND j.delayed = 0 ORDER BY j.lane, j.rank, j.id LIMIT ? OFFSET ?",
            (limit, after),
        )
    elif state is None:
        rows = reading.all(f"{_VIEW} WHERE j.id > ? ORDER BY j.id LIMIT ?", (after, limit))
    else:
        rows = reading.all(
            f"{_VIEW} WHERE j.state = ? AND j.id > ? ORDER BY j.id LIMIT ?",
            (state.value, after, limit),
        )
    return [_view(row) for row in rows]


def held_for(reading: Reading, reason: str) -> list[int]:
    """Give the jobs that are held, whatever else for, for a reason."""
    rows = reading.all("SELECT id FROM job WHERE state = 'held' AND instr(' ' || reasons || ' ', ?)", (f" {reason} ",))
    return [job for (job,) in rows]


def find(reading: Reading, text: str) -> int | None:
    """Find the latest job of a request by the source's own id, or else by its subject's."""
    row = reading.one(
        "SELECT j.id FROM source AS s JOIN request AS r ON r.source = s.id AND r.request_id = ?"
        " JOIN job AS j ON j.request = r.id ORDER BY j.id DESC LIMIT 1",
        (text,),
    ) or reading.one(
        "SELECT j.id FROM request AS r JOIN job AS j ON j.request = r.id WHERE r.subject_id = ?"
        " ORDER BY j.id DESC LIMIT 1",
        (text,),
    )
    return None if row is None else int(row[0])


def latest_of_request(reading: Reading, request: int) -> int:
    """Give the job of a request's latest issue."""
    return int(reading.value("SELECT id FROM job WHERE request = ? ORDER BY issue DESC LIMIT 1", (request,)))


def last(reading: Reading) -> int:
    """Give the highest number of a job; 0 where there is none."""
    return int(reading.value("SELECT coalesce(max(id), 0) FROM job"))


def kind_of(reading: Reading, job: int) -> str:
    """Give the kind of blank that a job needs."""
    return str(reading.value("SELECT l.kind FROM job AS j JOIN lane AS l ON l.id = j.lane WHERE j.id = ?", (job,)))


_SHOWN = "(request_type <> ? OR state = 'stopped')"


def tallies(reading: Reading) -> dict[str, int]:
    """Count jobs by state, from the kept counters; a test card only while it is in doubt, which concerns everybody."""
    return dict(reading.all(f"SELECT state, sum(jobs) FROM tally WHERE {_SHOWN} GROUP BY state", (TEST,)))


def count(reading: Reading, state: JobState) -> int:
    """Count jobs in a state, as ``tallies`` does."""
    return int(reading.value(f"SELECT sum(jobs) FROM tally WHERE {_SHOWN} AND state = ?", (TEST, state.value)))


def waiting_by_type(reading: Reading) -> dict[str, int]:
    """Count the jobs that still wait for a card, by request type, from the kept counters."""
    return dict(
        reading.all(
            "SELECT request_type, sum(jobs) FROM tally"
            " WHERE state IN ('pending', 'held', 'processing', 'stopped') AND request_type <> ? GROUP BY request_type",
            (TEST,),
        ),
    )
