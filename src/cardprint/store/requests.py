"""Requests as rows: the only table with personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from cardprint.model.requests import CardRequest, RequestType, Verdict

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["Known", "add", "change", "digest_of", "first_issuance_open", "known", "load", "photos_in_use", "source_row"]

_COLUMNS = (
    "request_id, subject_id, request_type, reason, priority, waiting_since, kind, needs, verdict, design, fields, photo"
)


@attrs.frozen(kw_only=True)
class Known:
    """Show what the store knows of a request that comes again."""

    row: int
    """Its row."""
    revision: int
    """1, and one more with every correction."""
    digest: bytes
    """Of its content."""
    job: int
    """The job of its latest issue."""
    job_state: str
    """That job's state."""


def source_row(tx: Transaction, name: str) -> int:
    """Give the row of a source, made where it is new."""
    row = tx.value("SELECT id FROM source WHERE name = ?", (name,))
    return int(row) if row is not None else tx.insert("INSERT INTO source (name) VALUES (?)", (name,))


def _values(request: CardRequest) -> tuple[Any, ...]:
    return (
        request.request_id,
        request.subject_id,
        request.request_type.value,
        request.reason,
        request.priority,
        request.waiting_since.isoformat() if request.waiting_since else None,
        request.kind,
        " ".join(sorted(request.needs)),
        request.verdict.value,
        request.design,
        msgspec.json.encode(dict(request.fields), order="sorted"),
        request.photo,
    )


def digest_of(request: CardRequest) -> bytes:
    """Name a request's content: the same content, the same digest."""
    return hashlib.blake2b(msgspec.msgpack.encode(_values(request)), digest_size=16).digest()


def known(reading: Reading, source: int, request_id: str) -> Known | None:
    """Find a request by its identity."""
    row = reading.one(
        "SELECT r.id, r.revision, r.digest, j.id, j.state FROM request AS r JOIN job AS j ON j.request = r.id"
        " WHERE r.source = ? AND r.request_id = ? ORDER BY j.issue DESC LIMIT 1",
        (source, request_id),
    )
    return None if row is None else Known(row=row[0], revision=row[1], digest=row[2], job=row[3], job_state=row[4])


def first_issuance_open(reading: Reading, subject_id: str, *, besides: int = 0) -> bool:
    """Say whether the subject has a first issuance, waiting or printed, under another request of any source."""
    return (
        reading.one(
            "SELECT 1 FROM request AS r JOIN job AS j ON j.request = r.id WHERE r.subject_id = ?"
            " AND r.request_type = 'FIRST_ISSUANCE' AND r.id <> ? AND j.state NOT IN ('canceled', 'aborted') LIMIT 1",
            (subject_id, besides),
        )
        is not None
    )


def add(tx: Transaction, source: int, request: CardRequest) -> int:
    """Store a new request and give its row."""
    return tx.insert(
        f"INSERT INTO request (source, digest, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (source, digest_of(request), *_values(request)),
    )


def change(tx: Transaction, row: int, request: CardRequest) -> None:
    """Store a correction."""
    tx.execute(
        f"UPDATE request SET (digest, {_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?),"
        " revision = revision + 1 WHERE id = ?",
        (digest_of(request), *_values(request), row),
    )


def load(reading: Reading, row: int) -> tuple[CardRequest, int]:
    """Give a request and its revision."""
    found = reading.one(f"SELECT {_COLUMNS}, revision FROM request WHERE id = ?", (row,))
    if found is None:
        raise KeyError(row)
    (request_id, subject_id, kind_of, reason, priority, since, kind, needs, verdict, design, fields, photo, rev) = found
    request = CardRequest(
        request_id=request_id,
        subject_id=subject_id,
        request_type=RequestType(kind_of),
        reason=reason,
        priority=priority,
        waiting_since=date.fromisoformat(since) if since else None,
        kind=kind,
        needs=frozenset(needs.split()),
        verdict=Verdict(verdict),
        design=design,
        fields=msgspec.json.decode(fields, type=dict[str, str]),
        photo=photo,
    )
    return request, int(rev)


def photos_in_use(reading: Reading, names: Iterable[str]) -> set[str]:
    """Give those of the photos that a request refers to."""
    return {name for name in names if reading.one("SELECT 1 FROM request WHERE photo = ? LIMIT 1", (name,))}
