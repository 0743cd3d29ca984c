"""Lanes: what a draw sees, and the head it takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import attrs
import msgspec

from cardprint.model.choosing import LaneView

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "TESTS",
    "Head",
    "Servable",
    "count_anew",
    "counts",
    "drawn",
    "first_jobs",
    "heads",
    "position",
    "servable",
    "undrawn",
    "view_of",
    "waiting",
]

_COUNTS = "draws"
TESTS = "x-test:"
"""How a printer's lane of test cards begins; no draw sees these lanes."""


@attrs.frozen(kw_only=True)
class Head:
    """Name the first job of a lane."""

    job: int
    request: int
    rank: int
    lane: int


@attrs.frozen(kw_only=True)
class Servable:
    """Show a lane as one printer sees it, with what only the store needs to draw from it."""

    view: LaneView
    """What the policy sees."""
    parts: tuple[int, ...]
    """The rows in which those wait whom the printer can serve."""
    head: Head | None
    """Whose turn it is; None where the count and the jobs do not agree."""


_FIRST = (
    "SELECT j.rank, j.id, j.request, r.waiting_since FROM job AS j JOIN request AS r ON r.id = j.request"
    " WHERE j.lane = ? AND j.state = 'pending' AND j.delayed = 0 ORDER BY j.rank, j.id LIMIT 1"
)


def servable(reading: Reading, *, kind: str, abilities: frozenset[str], counted_for: str = "") -> dict[str, Servable]:
    """Give, by name, the lanes in which someone waits whom a printer with this blank and these abilities can serve."""
    # Sorted here: for a handful of rows SQLite's sorter costs five times the rest of the query.
    rows = sorted(
        (name, row, needs, waiting, drawn_)
        for row, name, needs, waiting, drawn_ in reading.all(
            "SELECT id, name, needs, waiting, drawn FROM lane WHERE kind = ?", (kind,)
        )
    )
    parts: dict[str, list[int]] = {}
    waits: dict[str, int] = {}
    for name, row, needs, waiting, _ in rows:
        if waiting > 0 and not name.startswith(TESTS) and abilities.issuperset(needs.split()):
            parts.setdefault(name, []).append(row)
            waits[name] = waits.get(name, 0) + waiting
    if not parts:
        return {}
    drawn_of = _since_counted(reading, counted_for, ((row, name, count) for name, row, _, _, count in rows))
    found = {}
    for name, rows_ in parts.items():
        first = min(((*line, row) for row in rows_ for line in reading.all(_FIRST, (row,))), default=None)
        head, since = None, None
        if first is not None:
            rank, job, request, since, row = first
            head = Head(job=job, request=request, rank=rank, lane=row)
        view = LaneView(
            name=name,
            waiting=waits[name],
            head_since=date.fromisoformat(since) if since else None,
            drawn=drawn_of[name],
        )
        found[name] = Servable(view=view, parts=tuple(rows_), head=head)
    return found


def heads(reading: Reading, lane: Servable, *, count: int = 1) -> tuple[Head, ...]:
    """Give the first jobs of a lane, in order."""
    if count == 1 or lane.head is None:
        return () if lane.head is None else (lane.head,)
    found = [
        Head(job=job, request=request, rank=rank, lane=part)
        for part in lane.parts
        for job, request, rank in reading.all(
            "SELECT id, request, rank FROM job WHERE lane = ? AND state = 'pending' AND delayed = 0"
            " ORDER BY rank, id LIMIT ?",
            (part, count),
        )
    ]
    return tuple(sorted(found, key=lambda head: (head.rank, head.job))[:count])


def _counted_before(reading: Reading, counted_for: str) -> dict[str, int] | None:
    """Give what was drawn from each part before the count began; None where a count for this has not begun."""
    text = reading.value("SELECT value FROM meta WHERE name = ?", (_COUNTS,))
    began, before = msgspec.json.decode(text, type=tuple[str, dict[str, int]]) if text else ("", {})
    return before if began == counted_for else None


def count_anew(tx: Transaction, counted_for: str) -> None:
    """Count the cards drawn from zero, unless they are counted for this already; no row of a lane changes."""
    if _counted_before(tx, counted_for) is None:
        before = {str(row): count for row, count in tx.all("SELECT id, drawn FROM lane WHERE drawn <> 0")}
        text = msgspec.json.encode((counted_for, before)).decode()
        tx.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_COUNTS, text))


def counts(reading: Reading, kind: str, counted_for: str) -> dict[str, int]:
    """Count the cards of a kind drawn from each lane since they are counted for this, from emptied parts too."""
    rows = reading.all("SELECT id, name, drawn FROM lane WHERE kind = ?", (kind,))
    return _since_counted(reading, counted_for, rows)


def _since_counted(reading: Reading, counted_for: str, rows: Iterable[tuple[int, str, int]]) -> dict[str, int]:
    before = _counted_before(reading, counted_for)
    found: dict[str, int] = {}
    for row, name, drawn_ in rows:
        since = 0 if before is None else drawn_ - before.get(str(row), 0)
        found[name] = found.get(name, 0) + since
    return {name: max(count, 0) for name, count in found.items()}


def _since(reading: Reading, request: int) -> date | None:
    since = reading.value("SELECT waiting_since FROM request WHERE id = ?", (request,))
    return date.fromisoformat(since) if since else None


def view_of(reading: Reading, job: int, counted_for: str) -> LaneView:
    """Show the lane of a waiting job as if nobody waited in another."""
    name, kind, request = reading.all(
        "SELECT l.name, l.kind, j.request FROM job AS j JOIN lane AS l ON l.id = j.lane WHERE j.id = ?",
        (job,),
    )[0]
    waiting = reading.value("SELECT sum(waiting) FROM lane WHERE (name, kind) = (?, ?)", (name, kind))
    return LaneView(
        name=name,
        waiting=max(int(waiting), 1),
        head_since=_since(reading, request),
        drawn=counts(reading, kind, counted_for)[name],
    )


def first_jobs(reading: Reading) -> list[int]:
    """Give the job at the head of every lane in which someone waits, by the lanes' names."""
    names = reading.all(
        "SELECT DISTINCT name FROM lane WHERE waiting > 0 AND substr(name, 1, length(?)) <> ? ORDER BY name",
        (TESTS, TESTS),
    )
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


def waiting(reading: Reading) -> dict[str, int]:
    """Give how many wait in each lane, by kept counters; without lanes in which nobody does, or test cards."""
    return dict(
        reading.all(
            "SELECT name, sum(waiting) FROM lane WHERE waiting > 0 AND substr(name, 1, length(?)) <> ?"
            " GROUP BY name ORDER BY name",
            (TESTS, TESTS),
        ),
    )
