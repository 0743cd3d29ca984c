"""Cards that came out good: found again by a scan, verified, handed over, corrected, and issued anew."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cardprint.errors import StateError
from cardprint.language import Sentence
from cardprint.store.attempts import AttemptRow, row_of

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "add_issue",
    "by_scan",
    "code_digest",
    "code_is",
    "correct",
    "hand_over",
    "is_handed_over",
    "of_job",
    "unverified",
    "verify",
]

_GOOD = "fate = 'PRINTED' AND corrected = ''"


def code_digest(reading: Reading, code: str) -> str:
    """Give what is kept of a code: it may name a person, so that the station's salt goes into it."""
    if not code:
        return ""
    salt = str(reading.value("SELECT value FROM meta WHERE name = 'salt'"))
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()[:32]


def code_is(reading: Reading, attempt: int, scanned: str) -> bool:
    """Say whether what was scanned is the code on an attempt's card."""
    kept = reading.value("SELECT code FROM attempt WHERE id = ?", (attempt,))
    return bool(kept) and kept == code_digest(reading, scanned)


def of_job(reading: Reading, job: int) -> AttemptRow:
    """Give the attempt of a job's good card; StateError where it has none."""
    row = reading.value(f"SELECT id FROM attempt WHERE job = ? AND {_GOOD}", (job,))
    if row is None:
        raise StateError(
            Sentence("job {job} has no good card; nothing was changed.", job=job),
            cure=Sentence("See what became of it: cardprint jobs show {job}", job=job),
        )
    return row_of(reading, row)


def by_scan(reading: Reading, scanned: str) -> AttemptRow | None:
    """Find the good card with this number or this code; None where there is none, or more than one."""
    number = reading.value("SELECT attempt FROM blank_number WHERE number = ?", (scanned,))
    rows = reading.all(
        f"SELECT id FROM attempt WHERE (id = ? OR code = ?) AND {_GOOD} LIMIT 2",
        (number, code_digest(reading, scanned)),
    )
    return row_of(reading, rows[0][0]) if len(rows) == 1 else None


def verify(tx: Transaction, attempt: int, by: str) -> None:
    """Note that a scan of the card equalled the attempt."""
    tx.execute("UPDATE attempt SET verified_by = ? WHERE id = ? AND verified_by = ''", (by, attempt))


def hand_over(tx: Transaction, attempt: int, by: str) -> None:
    """Note that the person has the card."""
    tx.execute("UPDATE attempt SET handed_over_by = ? WHERE id = ?", (by, attempt))


def is_handed_over(reading: Reading, attempt: int) -> bool:
    """Say whether the person has the card."""
    return bool(reading.value("SELECT handed_over_by FROM attempt WHERE id = ?", (attempt,)))


def correct(tx: Transaction, attempt: int, reason: str) -> None:
    """Put a correction beside an attempt's fate."""
    tx.execute(f"UPDATE attempt SET corrected = ? WHERE id = ? AND {_GOOD}", (reason, attempt))


def add_issue(tx: Transaction, job: int) -> int:
    """Add the next issue of a job's request, linked to the job and waiting where it waited; give its number."""
    return tx.insert(
        "INSERT INTO job (request, issue, request_type, state, lane, rank, placement, linked_job)"
        " SELECT request, (SELECT max(issue) + 1 FROM job AS i WHERE i.request = j.request), request_type, 'pending',"
        " lane, rank, placement, id FROM job AS j WHERE id = ?",
        (job,),
    )


def unverified(reading: Reading, limit: int) -> list[int]:
    """Give the jobs whose good cards nobody has scanned, the latest first, out of the last thousand tries."""
    rows = reading.all(
        "SELECT job FROM attempt WHERE id > (SELECT coalesce(max(id), 0) - 1000 FROM attempt)"
        f" AND {_GOOD} AND verified_by = '' ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [job for (job,) in rows]
