"""Test cards: jobs in a lane of their printer's own, which no policy, source or counter of people sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cardprint.model.requests import CardRequest, RequestType, Verdict
from cardprint.store import jobs, requests
from cardprint.store.lanes import TESTS, Head

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["add", "asked_by", "under_way", "waiting"]

_SOURCE = "station"


def add(tx: Transaction, printer: str, sample: CardRequest, *, kind: str, by: str) -> int:
    """Add a made-up request with its job in the printer's lane of tests, and give the job's number."""
    tx.execute("INSERT OR IGNORE INTO tally SELECT DISTINCT state, ?, 0 FROM tally", (jobs.TEST,))
    number = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM request"))
    request = attrs.evolve(
        sample,
        request_id=f"x-test-card-{number}",
        request_type=RequestType.OTHER,
        kind=kind,
        needs=frozenset(),
        verdict=Verdict.PRINT_READY,
    )
    row = requests.add(tx, requests.source_row(tx, _SOURCE), request)
    return tx.insert(
        "INSERT INTO job (request, request_type, state, lane, rank, placement) VALUES (?, ?, 'pending', ?, 0, ?)",
        (
            row,
            jobs.TEST,
            jobs.lane_row(tx, f"{TESTS}{printer}", request),
            jobs.placement_row(tx, "x-test-card", {"by": by}),
        ),
    )


def waiting(reading: Reading, printer: str) -> Head | None:
    """Give the test card that waits for a printer, whatever blank lies in its hopper; None where none does."""
    row = reading.one(
        "SELECT j.id, j.request, j.rank, j.lane FROM lane AS l JOIN job AS j ON j.lane = l.id"
        " WHERE l.name = ? AND l.waiting > 0 AND j.state = 'pending' AND j.delayed = 0 ORDER BY j.rank, j.id LIMIT 1",
        (f"{TESTS}{printer}",),
    )
    return None if row is None else Head(job=row[0], request=row[1], rank=row[2], lane=row[3])


def under_way(reading: Reading, printer: str) -> int | None:
    """Give the job of a test card that waits for a printer or is in it; None where none does."""
    head = waiting(reading, printer)
    if head is not None:
        return head.job
    job = reading.value(
        "SELECT j.id FROM attempt AS a JOIN job AS j ON j.id = a.job"
        " WHERE a.printer = ? AND a.state IN ('RESERVED', 'INTENT', 'IN_DOUBT') AND j.request_type = ?",
        (printer, jobs.TEST),
    )
    return None if job is None else int(job)


def asked_by(reading: Reading, job: int) -> str:
    """Give who asked for a test card."""
    return str(
        reading.value(
            "SELECT json_extract(p.details, '$.by') FROM job AS j JOIN placement AS p ON p.id = j.placement"
            " WHERE j.id = ?",
            (job,),
        ),
    )
