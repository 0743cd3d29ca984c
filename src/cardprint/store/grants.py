"""Grants: a source's leave to print a request, perhaps until a date; one at a time holds for a request."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["LAPSED", "add", "give_back", "has_lapsed", "live", "renew", "request_of", "restore", "use_up"]

LAPSED = "x-lease-expired"
"""Why a job is held whose grant ended before its card was begun."""
_USED = 2
"""In place of 1 for one that went back: a good card was made under it."""


def add(tx: Transaction, source: int, grant_id: str, row: int, until: date | None) -> bool:
    """Keep a grant, a one-way row, in place of an earlier one of the request; say whether it is new.

    One that is known takes the new date.
    """
    if tx.value("SELECT 1 FROM issued_grant WHERE (source, grant_id) = (?, ?)", (source, grant_id)) is not None:
        renew(tx, source, grant_id, until)
        return False
    tx.execute("UPDATE issued_grant SET returned = 1 WHERE request = ? AND returned = 0", (row,))
    tx.execute(
        "INSERT INTO issued_grant (source, grant_id, request, until) VALUES (?, ?, ?, ?)",
        (source, grant_id, row, _text(until)),
    )
    return True


def renew(tx: Transaction, source: int, grant_id: str, until: date | None) -> None:
    """Let a grant hold until another date; one that was given back stays so."""
    tx.execute(
        "UPDATE issued_grant SET until = ? WHERE (source, grant_id) = (?, ?) AND returned = 0",
        (_text(until), source, grant_id),
    )


def request_of(reading: Reading, source: int, grant_id: str, *, live: bool = True) -> str | None:
    """Give the id of the request of a source's grant; None where there is none or, with ``live``, it went back."""
    request_id = reading.value(
        "SELECT r.request_id FROM issued_grant AS g JOIN request AS r ON r.id = g.request"
        " WHERE (g.source, g.grant_id) = (?, ?) AND g.returned <= ?",
        (source, grant_id, 0 if live else _USED),
    )
    return None if request_id is None else str(request_id)


def give_back(tx: Transaction, source: int, grant_id: str) -> None:
    """Mark a grant as given back."""
    tx.execute("UPDATE issued_grant SET returned = 1 WHERE (source, grant_id) = (?, ?)", (source, grant_id))


def use_up(tx: Transaction, request: int) -> None:
    """Note that a good card was made under the grant of a request: nothing waits for its end any more."""
    tx.execute("UPDATE issued_grant SET returned = ? WHERE request = ? AND returned = 0", (_USED, request))


def restore(tx: Transaction, request: int) -> None:
    """Let the grant hold again under which a card was made that was no good after all, where no later one holds."""
    tx.execute(
        "UPDATE issued_grant SET returned = 0 WHERE request = ? AND returned = ?"
        " AND NOT EXISTS (SELECT 1 FROM issued_grant AS g WHERE g.request = issued_grant.request AND g.returned = 0)",
        (request, _USED),
    )


def live(reading: Reading) -> dict[int, tuple[int, str]]:
    """Give for each source how many grants wait for their cards, and the first date on which one ends."""
    rows = reading.all(
        "SELECT source, count(*), min(nullif(until, '')) FROM issued_grant WHERE returned = 0 GROUP BY source"
    )
    return {source: (count, until or "") for source, count, until in rows}


def has_lapsed(reading: Reading, request: int, day: date) -> bool:
    """Say whether the grant that holds for a request ended before a business date."""
    return (
        reading.value(
            "SELECT 1 FROM issued_grant WHERE request = ? AND returned = 0 AND until <> '' AND until < ?",
            (request, day.isoformat()),
        )
        is not None
    )


def _text(until: date | None) -> str:
    return until.isoformat() if until else ""
