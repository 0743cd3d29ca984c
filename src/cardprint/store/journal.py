"""The journal: one line for every change, each bound to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cardprint.model.identifiers import JobId
from cardprint.model.views import Change

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["append", "broken_lines", "count_events", "head", "lines", "lines_of_job"]

_NO_LINE = b"\0" * 32
_COLUMNS = "seq, at, event, job, attempt, printer, data"


def _hash(before: bytes, row: tuple[Any, ...]) -> bytes:
    seq, at, event, job, attempt, printer, data = row
    digest = hashlib.sha256(before)
    digest.update(struct.pack(">qdq", seq, at, -1 if job is None else job))
    for text in (event, attempt, printer, data):
        encoded = text.encode()
        digest.update(struct.pack(">I", len(encoded)))
        digest.update(encoded)
    return digest.digest()


def append(
    tx: Transaction,
    event: str,
    *,
    job: int | None = None,
    attempt: str = "",
    printer: str = "",
    data: Mapping[str, object] | None = None,
) -> int:
    """Write a line and give its number; it holds no personal data: job numbers, counts and keywords only."""
    seq, before = head(tx)
    text = json.dumps(dict(data or {}), sort_keys=True, separators=(",", ":"))
    row = (seq + 1, tx.now, event, job, attempt, printer, text)
    tx.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, _hash(before, row)))
    return seq + 1


def head(reading: Reading) -> tuple[int, bytes]:
    """Give the last line's number and hash; keep them elsewhere and everything up to there can be proved."""
    row = reading.one("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    return (row[0], row[1]) if row else (0, _NO_LINE)


def _change(row: tuple[Any, ...]) -> Change:
    seq, at, event, job, attempt, printer, data = row
    return Change(
        seq=seq,
        at=at,
        event=event,
        job_id=None if job is None else JobId(job),
        attempt_id=attempt,
        printer=printer,
        data=json.loads(data),
    )


def lines(reading: Reading, *, after: int = 0, limit: int = 100) -> list[Change]:
    """Give lines in order, from behind ``after``."""
    rows = reading.all(f"SELECT {_COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [_change(row) for row in rows]


def lines_of_job(reading: Reading, job: int) -> list[Change]:
    """Give the lines about one job, oldest first."""
    return [_change(row) for row in reading.all(f"SELECT {_COLUMNS} FROM journal WHERE job = ? ORDER BY seq", (job,))]


def broken_lines(reading: Reading, *, after: int = 0) -> Iterator[str]:
    """Find lines that were altered, removed or reordered, one sentence each.

    A cut-off end leaves no trace in the file itself: compare with a head kept elsewhere.
    """
    before, expected = _NO_LINE, after + 1
    if after:
        row = reading.one("SELECT hash FROM journal WHERE seq = ?", (after,))
        if row is None:
            yield f"journal line {after} is gone"
            return
        before = row[0]
    for *values, stored in reading.iterate(
        f"SELECT {_COLUMNS}, hash FROM journal WHERE seq > ? ORDER BY seq",
        (after,),
    ):
        if values[0] != expected:
            yield f"journal lines {expected} to {values[0] - 1} are gone"
        if _hash(before, tuple(values)) != stored:
            yield f"journal line {values[0]} or the one before it was altered"
        before, expected = stored, values[0] + 1


def count_events(reading: Reading, *, after: int = 0) -> dict[str, int]:
    """Count the lines behind ``after`` by event."""
    return dict(reading.all("SELECT event, count(*) FROM journal WHERE seq > ? GROUP BY event", (after,)))
