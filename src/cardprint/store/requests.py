"""Requests as rows: the only table with personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from cardprint.model.requests import CardRequest, RequestType, Verdict
from cardprint.store.rows import insert_all

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "Content",
    "Known",
    "add",
    "add_all",
    "change",
    "columns",
    "content_of",
    "cursor_of",
    "first_issuance_open",
    "first_issuances_open",
    "from_columns",
    "keep_settings",
    "known",
    "known_among",
    "load",
    "set_cursor",
    "settings_of",
    "source_row",
]

_COLUMNS = (
    "request_id, subject_id, request_type, reason, priority, waiting_since, kind, needs, verdict, design, fields, photo"
)


Content = tuple[Any, ...]
"""The digest of a request's content, then its columns: made once for a request, and kept with it until it is stored."""


class Known(msgspec.Struct, frozen=True, kw_only=True):
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


def cursor_of(reading: Reading, name: str) -> str | None:
    """Give how far a source has been read; None before its first page."""
    cursor = reading.value("SELECT cursor FROM source WHERE name = ?", (name,))
    return None if cursor is None else str(cursor)


def set_cursor(tx: Transaction, source: int, cursor: str) -> None:
    """Note how far a source has been read, in the transaction of the page."""
    tx.execute("UPDATE source SET cursor = ? WHERE id = ?", (cursor, source))


def settings_of(reading: Reading, name: str) -> dict[str, str]:
    """Give the file a source was imported with; empty where it is no imported file."""
    text = reading.value("SELECT settings FROM source WHERE name = ?", (name,))
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}


def keep_settings(tx: Transaction, name: str, settings: dict[str, str]) -> None:
    """Remember the file a source was imported with, so that its outcomes can be written beside it."""
    row = source_row(tx, name)
    tx.execute("UPDATE source SET settings = ? WHERE id = ?", (msgspec.json.encode(settings).decode(), row))


def content_of(request: CardRequest) -> Content:
    """Give what is stored of a request, its digest first: the same content, the same digest."""
    since = request.waiting_since
    values = (
        request.request_id,
        request.subject_id,
        request.request_type.value,
        request.reason,
        request.priority,
        since.isoformat() if since else None,
        request.kind,
        " ".join(sorted(request.needs)) if request.needs else "",
        request.verdict.value,
        request.design,
        msgspec.json.encode(dict(request.fields), order="sorted"),
        request.photo,
    )
    return (hashlib.blake2b(msgspec.msgpack.encode(values), digest_size=16).digest(), *values)


def known(reading: Reading, source: int, request_id: str) -> Known | None:
    """Find a request by its identity."""
    return known_among(reading, source, [request_id]).get(request_id)


def known_among(reading: Reading, source: int, request_ids: Sequence[str]) -> dict[str, Known]:
    """Find those of a source's requests that the store knows, by their ids, in one query."""
    # CROSS JOIN keeps the order of the tables: each id is looked up in the index of identities.
    rows = reading.all(
        "SELECT r.request_id, r.id, r.revision, r.digest, j.id, j.state FROM json_each(?) AS e"
        " CROSS JOIN request AS r ON r.source = ? AND r.request_id = e.value"
        " CROSS JOIN job AS j ON j.request = r.id ORDER BY j.issue",
        (_json(request_ids), source),
    )
    # Of a request with several jobs the latest issue comes last and stays.
    return {
        request_id: Known(row=row, revision=revision, digest=digest, job=job, job_state=state)
        for request_id, row, revision, digest, job, state in rows
    }


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()


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


def first_issuances_open(reading: Reading, subject_ids: Sequence[str]) -> set[str]:
    """Give those of some subjects of whom ``first_issuance_open`` is true, in one query."""
    rows = reading.all(
        "SELECT r.subject_id FROM json_each(?) AS e CROSS JOIN request AS r ON r.subject_id = e.value"
        " AND r.request_type = 'FIRST_ISSUANCE' CROSS JOIN job AS j ON j.request = r.id"
        " WHERE j.state NOT IN ('canceled', 'aborted')",
        (_json(subject_ids),),
    )
    return {subject_id for (subject_id,) in rows}


def add(tx: Transaction, source: int, request: CardRequest) -> int:
    """Store a new request and give its row."""
    return add_all(tx, source, [content_of(request)])[0]


def add_all(tx: Transaction, source: int, contents: Sequence[Content]) -> range:
    """Store new requests and give their rows, in the same order."""
    return insert_all(tx, f"request (source, digest, {_COLUMNS})", [(source, *content) for content in contents])


def change(tx: Transaction, row: int, content: Content) -> None:
    """Store a correction."""
    tx.execute(
        f"UPDATE request SET (digest, {_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?),"
        " revision = revision + 1 WHERE id = ?",
        (*content, row),
    )


def columns(table: str) -> str:
    """Name the columns that ``from_columns`` reads, of a table under another name."""
    return ", ".join(f"{table}.{column}" for column in _COLUMNS.split(", "))


def from_columns(values: Sequence[Any]) -> CardRequest:
    """Make a request of its columns."""
    request_id, subject_id, kind_of, reason, priority, since, kind, needs, verdict, design, fields, photo = values
    return CardRequest(
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


def load(reading: Reading, row: int) -> tuple[CardRequest, int]:
    """Give a request and its revision."""
    found = reading.one(f"SELECT {_COLUMNS}, revision FROM request WHERE id = ?", (row,))
    if found is None:
        raise KeyError(row)
    return from_columns(found[:-1]), int(found[-1])
