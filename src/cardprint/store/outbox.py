"""Reports owed to the sources, and records refused from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cardprint.model.pages import OutcomeReport, Rejected
from cardprint.model.syncing import RejectView

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["add", "add_reject", "mark", "owed", "owed_count", "owing_sources", "reject_count", "rejects"]


def add(
    tx: Transaction,
    job: int,
    *,
    outcome: str,
    attempt: str = "",
    card_number: str = "",
    business_date: str = "",
) -> None:
    """Owe the job's source a report; the same report is owed once, and of a test card none."""
    key = f"{attempt or f'job-{job}'}:{outcome}"
    tx.execute(
        "INSERT INTO outbox (key, source, job, outcome, attempt, card_number, business_date, since, grant_id)"
        " SELECT ?, r.source, j.id, ?, ?, ?, ?, ?, coalesce("
        "(SELECT g.grant_id FROM issued_grant AS g WHERE g.request = r.id AND g.returned = 0), '')"
        " FROM job AS j JOIN request AS r ON r.id = j.request WHERE j.id = ?"
        " AND j.request_type <> 'x-test' ON CONFLICT (key) DO NOTHING",
        (key, outcome, attempt, card_number, business_date, tx.now, job),
    )


def owing_sources(reading: Reading) -> list[str]:
    """Name the sources that are owed a report."""
    rows = reading.all(
        "SELECT s.name FROM source AS s WHERE EXISTS"
        " (SELECT 1 FROM outbox AS o WHERE o.source = s.id AND o.state = 'owed') ORDER BY s.id",
    )
    return [name for (name,) in rows]


def owed(reading: Reading, source: str, limit: int, *, after: int = 0) -> list[tuple[int, OutcomeReport]]:
    """Give the oldest reports owed to a source behind a row, with their rows."""
    return [
        (
            row[0],
            OutcomeReport(
                key=row[1],
                request_id=row[2],
                outcome=row[3],
                attempt_id=row[4],
                card_number=row[5],
                business_date=row[6],
                grant_id=row[7],
            ),
        )
        for row in reading.all(
            "SELECT o.id, o.key, r.request_id, o.outcome, o.attempt, o.card_number, o.business_date, o.grant_id"
            " FROM outbox AS o JOIN job AS j ON j.id = o.job JOIN request AS r ON r.id = j.request"
            " WHERE o.state = 'owed' AND o.source = (SELECT id FROM source WHERE name = ?)"
            " AND o.id > ? ORDER BY o.id LIMIT ?",
            (source, after, limit),
        )
    ]


def mark(tx: Transaction, rows: Sequence[int], state: str) -> None:
    """Note a source's answer: ``accepted`` or ``refused``."""
    for row in rows:
        tx.execute("UPDATE outbox SET state = ? WHERE id = ? AND state = 'owed'", (state, row))


def owed_count(reading: Reading, source: str = "") -> int:
    """Count the reports still owed, to one source or to all."""
    if not source:
        return int(reading.value("SELECT count(*) FROM outbox WHERE state = 'owed'"))
    return int(
        reading.value(
            "SELECT count(*) FROM outbox WHERE state = 'owed' AND source = (SELECT id FROM source WHERE name = ?)",
            (source,),
        )
    )


def add_reject(tx: Transaction, source: int, reject: Rejected) -> None:
    """Keep a refused record's place and fault; never its data."""
    tx.insert(
        "INSERT INTO reject (source, line, field, rule, shape) VALUES (?, ?, ?, ?, ?)",
        (source, reject.line, reject.column, reject.rule, reject.shape),
    )


def rejects(reading: Reading, source: str = "") -> Iterator[RejectView]:
    """Give the refused records, oldest first, of one source or of all."""
    for row in reading.iterate(
        "SELECT s.name, j.line, j.field, j.rule, j.shape FROM reject AS j JOIN source AS s ON s.id = j.source"
        " WHERE ? IN ('', s.name) ORDER BY j.id",
        (source,),
    ):
        yield RejectView(source=row[0], line=row[1], column=row[2], rule=row[3], shape=row[4])


def reject_count(reading: Reading) -> int:
    """Count the refused records."""
    return int(reading.value("SELECT count(*) FROM reject"))
