"""Where jobs wait, read page by page, and moving them where another placement has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import attrs
import msgspec

from cardprint.model.choosing import Place
from cardprint.model.requests import CardRequest
from cardprint.store import jobs, lanes, requests

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "FIRST",
    "Placed",
    "Progress",
    "move",
    "page",
    "parts",
    "progress",
    "request_ids",
    "requests_of_part",
    "set_progress",
    "since_of_part",
]

_PROGRESS = "placement"
FIRST = -(2**62)
"""Below every rank that priority and date give; who was put first later comes before who was put first earlier."""


@attrs.frozen(kw_only=True)
class Progress:
    """State how far all jobs are placed."""

    digest: str = ""
    """Of the placement."""
    after: int = 0
    """The last job that is placed by it, in the order of their numbers."""
    done: bool = False
    """True where all are."""


@attrs.frozen(kw_only=True)
class Placed:
    """Show where a job is placed now."""

    job: int
    place: Place
    request: CardRequest
    revision: int


def progress(reading: Reading) -> Progress:
    """Give how far the jobs are placed, and by what."""
    text = reading.value("SELECT value FROM meta WHERE name = ?", (_PROGRESS,))
    return Progress(**msgspec.json.decode(text)) if text else Progress()


def set_progress(tx: Transaction, made: Progress) -> None:
    """Keep how far the jobs are placed."""
    text = msgspec.json.encode(attrs.asdict(made)).decode()
    tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_PROGRESS, text))


_UNFINISHED = f"j.state IN ('pending', 'held', 'processing', 'stopped') AND j.request_type <> '{jobs.TEST}'"


def page(reading: Reading, after: int, upto: int) -> list[Placed]:
    """Show the jobs of a range of numbers that may still wait for a blank."""
    rows = reading.all(
        f"SELECT j.id, j.rank, l.name, p.reason, p.details, r.revision, {requests.columns('r')}"
        " FROM job AS j JOIN request AS r ON r.id = j.request JOIN lane AS l ON l.id = j.lane"
        f" JOIN placement AS p ON p.id = j.placement WHERE j.id > ? AND j.id <= ? AND {_UNFINISHED} ORDER BY j.id",
        (after, upto),
    )
    return [
        Placed(
            job=job,
            place=Place(lane=lane, rank=rank, reason=reason, values=msgspec.json.decode(details)),
            request=requests.from_columns(columns),
            revision=revision,
        )
        for job, rank, lane, reason, details, revision, *columns in rows
    ]


def move(tx: Transaction, placed: Placed, place: Place) -> bool:
    """Move a job where a place has it; False, and nothing moves, where it ended or was corrected meanwhile.

    A job that an operator has put first stays before the others of its new lane. A card that is being made was drawn
    from the old lane and counts for the new one.
    """
    row = tx.one(
        "SELECT j.lane, j.state FROM job AS j JOIN request AS r ON r.id = j.request"
        f" WHERE j.id = ? AND r.revision = ? AND {_UNFINISHED}",
        (placed.job, placed.revision),
    )
    if row is None:
        return False
    old, state = row
    new = jobs.lane_row(tx, place.lane, placed.request)
    first = tx.value("SELECT max(seq) FROM journal WHERE job = ? AND event = 'job-put-first'", (placed.job,))
    tx.execute(
        "UPDATE job SET lane = ?, rank = ?, placement = ? WHERE id = ?",
        (
            new,
            place.rank if first is None else FIRST - first,
            jobs.placement_row(tx, place.reason, place.values),
            placed.job,
        ),
    )
    if state in {"processing", "stopped"} and new != old:
        tx.execute("UPDATE lane SET drawn = drawn - 1 WHERE id = ?", (old,))
        tx.execute("UPDATE lane SET drawn = drawn + 1 WHERE id = ?", (new,))
    return True


def parts(reading: Reading, kind: str) -> list[tuple[int, str, int]]:
    """Give the parts of lanes for a kind of blank in which somebody waits: row, lane's name, how many."""
    return reading.all(
        "SELECT id, name, waiting FROM lane WHERE kind = ? AND waiting > 0 AND substr(name, 1, length(?)) <> ?"
        " ORDER BY name, id",
        (kind, lanes.TESTS, lanes.TESTS),
    )


_BEHIND = (
    "j.lane = ? AND j.state = 'pending' AND j.delayed = 0 AND (j.rank, j.id) > (?, ?) ORDER BY j.rank, j.id LIMIT ?"
)


def since_of_part(
    reading: Reading, part: int, behind: tuple[int, int], limit: int
) -> list[tuple[int, int, date | None]]:
    """Give those who wait in a part of a lane, in order, from behind a rank and job: rank, job, since when."""
    rows = reading.all(
        f"SELECT j.rank, j.id, r.waiting_since FROM job AS j JOIN request AS r ON r.id = j.request WHERE {_BEHIND}",
        (part, *behind, limit),
    )
    return [(rank, job, date.fromisoformat(since) if since else None) for rank, job, since in rows]


def requests_of_part(
    reading: Reading, part: int, behind: tuple[int, int], limit: int
) -> list[tuple[int, int, CardRequest]]:
    """Give those who wait in a part of a lane as ``since_of_part`` does, with what they ask for."""
    rows = reading.all(
        f"SELECT j.rank, j.id, {requests.columns('r')} FROM job AS j JOIN request AS r ON r.id = j.request"
        f" WHERE {_BEHIND}",
        (part, *behind, limit),
    )
    return [(rank, job, requests.from_columns(columns)) for rank, job, *columns in rows]


def request_ids(reading: Reading, numbers: Sequence[int]) -> dict[int, str]:
    """Give the sources' own ids of some jobs' requests."""
    marks = ", ".join("?" * len(numbers))
    return dict(
        reading.all(
            f"SELECT j.id, r.request_id FROM job AS j JOIN request AS r ON r.id = j.request WHERE j.id IN ({marks})",
            numbers,
        ),
    )
