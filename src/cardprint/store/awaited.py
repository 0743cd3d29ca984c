"""Requests whose photo is still to come from their source."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import attrs

from cardprint.store import lanes

if TYPE_CHECKING:
    from cardprint.store.database import Reading

__all__ = [
    "AWAITED",
    "NO_PHOTO",
    "UNREADABLE",
    "Awaited",
    "all_of",
    "counts",
    "kind_count",
    "kinds",
    "may_come",
    "still_wants",
    "waiting",
]

AWAITED = "x-photo-awaited"
"""Why a job is held whose photo its source has named and not brought."""
NO_PHOTO = "x-photo-missing"
"""Why a job is held that has no photo, and of which none can be had."""
UNREADABLE = "x-photo-unreadable"
"""Why a job is held whose photo is none."""
_WAITS = f"j.state = 'held' AND instr(j.reasons, '{AWAITED}') > 0"  # As the index has it.


@attrs.frozen(kw_only=True)
class Awaited:
    """Name a photo that is still to come, and whose it is."""

    job: int
    photo: str
    since: date | None


def all_of(reading: Reading, source: str) -> list[Awaited]:
    """Give all of a source's requests that wait for a photo."""
    return [
        Awaited(job=job, photo=photo, since=None)
        for job, photo in reading.all(
            # By their index: else all requests that the source ever had are looked at.
            "SELECT j.id, r.photo FROM job AS j INDEXED BY job_awaits_photo JOIN request AS r ON r.id = j.request"
            f" JOIN source AS s ON s.id = r.source WHERE {_WAITS} AND s.name = ?",
            (source,),
        )
    ]


def kinds(reading: Reading, source: str) -> list[str]:
    """Give the kinds of blank for which requests of a source wait for their photos."""
    found = reading.all(
        "SELECT DISTINCT l.kind FROM lane AS l WHERE EXISTS (SELECT 1 FROM job AS j"
        " JOIN request AS r ON r.id = j.request"
        f" JOIN source AS s ON s.id = r.source WHERE j.lane = l.id AND {_WAITS} AND s.name = ?) ORDER BY l.kind",
        (source,),
    )
    return [kind for (kind,) in found]


def waiting(reading: Reading, source: str, kind: str, count: int) -> dict[str, list[Awaited]]:
    """Give the first ``count`` of a source's requests that wait for a photo, of each lane for a kind of blank."""
    lines: dict[str, list[tuple[int, int, str, str | None]]] = {}
    for lane, name in reading.all("SELECT id, name FROM lane WHERE kind = ? ORDER BY name", (kind,)):
        lines.setdefault(name, []).extend(
            reading.all(
                "SELECT j.rank, j.id, r.photo, r.waiting_since FROM job AS j JOIN request AS r ON r.id = j.request"
                f" JOIN source AS s ON s.id = r.source WHERE j.lane = ? AND {_WAITS} AND s.name = ?"
                " ORDER BY j.rank, j.id LIMIT ?",
                (lane, source, count),
            )
        )
    return {
        name: [
            Awaited(job=job, photo=photo, since=date.fromisoformat(since) if since else None)
            for _, job, photo, since in sorted(line)[:count]
        ]
        for name, line in lines.items()
        if line and not name.startswith(lanes.TESTS)
    }


def still_wants(reading: Reading, awaited: Awaited) -> bool:
    """Say whether a job still waits for that photo, and for no other one."""
    return (
        reading.value(
            f"SELECT 1 FROM job AS j JOIN request AS r ON r.id = j.request WHERE j.id = ? AND {_WAITS} AND r.photo = ?",
            (awaited.job, awaited.photo),
        )
        is not None
    )


def counts(reading: Reading) -> dict[int, int]:
    """Count for each source the requests whose photos are still to come."""
    return dict(
        reading.all(
            "SELECT r.source, count(*) FROM job AS j JOIN request AS r ON r.id = j.request"
            f" WHERE {_WAITS} GROUP BY r.source"
        )
    )


def kind_count(reading: Reading, kind: str) -> int:
    """Count the requests for a kind of blank whose photos are still to come."""
    return int(
        reading.value(
            f"SELECT count(*) FROM job AS j JOIN lane AS l ON l.id = j.lane WHERE {_WAITS} AND l.kind = ?", (kind,)
        )
    )


def may_come(reading: Reading, request: int) -> str:
    """Give the photo that a request names and that its source can be asked for; empty where there is none.

    A source that is read has a cursor; what a program handed in has none, and nobody to ask. Nor has a file that was
    imported, whose place is kept.
    """
    photo = reading.value(
        "SELECT r.photo FROM request AS r JOIN source AS s ON s.id = r.source"
        " WHERE r.id = ? AND s.cursor <> '' AND s.settings = ''",
        (request,),
    )
    return photo or ""
