"""Lanes: what a draw sees, and the head it takes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import attrs

from cardprint.model.choosing import Lanes, LaneView

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["Head", "drawn", "first_jobs", "heads", "position", "undrawn", "views"]


@attrs.frozen(kw_only=True)
class Head:
    """Name the first job of a lane."""

    job: int
    request: int
    rank: int
    lane: int


def _servable(reading: Reading, kind: str, abilities: frozenset[str]) -> list[tuple[int, str, int, int]]:
    return [
        (row, name, waiting, count)
        for row, name, needs, waiting, count in reading.all(
            "SELECT id, name, needs, waiting, drawn FROM lane WHERE kind = ? AND waiting > 0 ORDER BY name, id",
            (kind,),
        )
        if abilities.issuperset(needs.split())
    ]


def heads(
    reading: Reading,
    name: str,
    *,
    kind: str,
    abilities: frozenset[str],
    count: int = 1,
) -> list[Head]:
    """Give the first jobs of the lane's parts that a printer can serve, in order."""
    found = [
        Head(job=job, request=request, rank=rank, lane=lane)
        for lane, lane_name, _, _ in _servable(reading, kind, abilities)
        if lane_name == name
        for job, request, rank in reading.all(
            "SELECT id, request, rank FROM job WHERE lane = ? AND state = 'pending' AND delayed = 0"
            " ORDER BY rank, id LIMIT ?",
            (lane, count),
        )
    ]
    return sorted(found, key=lambda head: (head.rank, head.job))[:count]


def views(reading: Reading, *, kind: str, abilities: frozenset[str]) -> Lanes:
    """Show the lanes in which someone waits whom a printer with this blank and these abilities could serve."""
    lanes: dict[str, tuple[int, int]] = {}
    for _, name, waiting, count in _servable(reading, kind, abilities):
        before = lanes.get(name, (0, 0))
        lanes[name] = (before[0] + waiting, before[1] + count)
    views = []
    for name, (waiting, count) in lanes.items():
        first = heads(reading, name, kind=kind, abilities=abilities)
        since = reading.value("SELECT waiting_since FROM request WHERE id = ?", (first[0].request,)) if first else None
        views.append(
            LaneView(
                name=name,
                waiting=waiting,
                head_since=date.fromisoformat(since) if since else None,
                drawn=count,
            ),
        )
    return tuple(views)


def first_jobs(reading: Reading) -> list[int]:
    """Give the job at the head of every lane in which someone waits, by the lanes' names."""
    names = reading.all("SELECT DISTINCT name FROM lane WHERE waiting > 0 ORDER BY name")
    return [
        reading.value(
            "SELECT id FROM job WHERE state = 'pending' AND delayed = 0 AND lane IN"
            " (SELECT id FROM lane WHERE name = ?) ORDER BY rank, id LIMIT 1",
            (name,),
        )
        for (name,) in names
    ]


def drawn(tx: Transaction, lane: int) -> None:
    """Count a card drawn from a lane."""
    tx.execute("UPDATE lane SET drawn = drawn + 1 WHERE id = ?", (lane,))


def position(reading: Reading, job: int) -> int | None:
    """Give a job's place in its lane, 1 for the head; None where it does not wait."""
    row = reading.one("SELECT lane, rank FROM job WHERE id = ? AND state = 'pending' AND delayed = 0", (job,))
    if row is None:
        return None
    lane, rank = row
    ahead = reading.value(
        "SELECT count(*) FROM job WHERE state = 'pending' AND delayed = 0 AND lane IN"
        " (SELECT l.id FROM lane AS l JOIN lane AS own ON own.name = l.name WHERE own.id = ?)"
        " AND (rank < ? OR (rank = ? AND id < ?))",
        (lane, rank, rank, job),
    )
    return int(ahead) + 1


def undrawn(tx: Transaction, lane: int) -> None:
    """Take a count back: the blank went to nobody after all."""
    tx.execute("UPDATE lane SET drawn = drawn - 1 WHERE id = ?", (lane,))
