"""The journal: one line for every change, each bound to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from cardprint.errors import InputError
from cardprint.model.identifiers import JobId
from cardprint.model.views import Change

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "against_head",
    "append",
    "broken_lines",
    "count_events",
    "export",
    "first_intake",
    "head",
    "intake",
    "lines",
    "lines_of_job",
]

_CHUNK = 5_000

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
    text = msgspec.json.encode(dict(data or {}), order="sorted").decode()
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


def against_head(reading: Reading, seq: int, digest: str) -> Iterator[str]:
    """Compare with a head that was kept elsewhere, one sentence where it does not hold."""
    row = reading.one("SELECT hash FROM journal WHERE seq = ?", (seq,))
    last, _ = head(reading)
    if row is None:
        yield f"journal lines {last + 1} to {seq} are cut off: the head that was kept is of line {seq}"
    elif row[0].hex() != digest.strip().lower():
        yield f"journal line {seq} or one before it was rewritten: its hash is not the one that was kept"


def export(reading: Reading, path: Path) -> tuple[int, str]:
    """Write every line with its hash as JSON Lines and give the head."""
    try:
        stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
        with stream:
            names = [*_COLUMNS.split(", "), "hash"]
            for row in reading.iterate(f"SELECT {_COLUMNS}, hash FROM journal ORDER BY seq"):
                line = dict(zip(names, row, strict=True))
                stream.write(json.dumps({**line, "data": json.loads(row[6]), "hash": row[7].hex()}) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", cure="Name a new file.") from error
    seq, digest = head(reading)
    return seq, digest.hex()


def count_events(reading: Reading, *, after: int = 0) -> dict[str, int]:
    """Count the lines behind ``after`` by event."""
    return dict(reading.all("SELECT event, count(*) FROM journal WHERE seq > ? GROUP BY event", (after,)))


def first_intake(reading: Reading) -> float | None:
    """Give the wall time of the first page that was stored; None where none was."""
    at = reading.value("SELECT at FROM journal WHERE event = 'page-stored' ORDER BY seq LIMIT 1")
    return None if at is None else float(at)


def intake(reading: Reading, *, since: float) -> Iterator[tuple[float, int]]:
    """Give the pages that were stored, latest first, as wall time and new requests.

    Reads back from the end and no further than the lines written about ``since``: a clock that was set back costs a few
    pages too many or too few, and a report of figures bears that.
    """
    upto, _ = head(reading)
    while upto > 0:
        rows = reading.all(
            "SELECT at, data FROM journal WHERE seq > ? AND seq <= ? AND event = 'page-stored' ORDER BY seq DESC",
            (upto - _CHUNK, upto),
        )
        yield from ((at, int(json.loads(data).get("counts", {}).get("new", 0))) for at, data in rows)
        upto -= _CHUNK
        oldest = reading.value("SELECT at FROM journal WHERE seq = ?", (upto,))
        if oldest is not None and oldest < since:
            return
