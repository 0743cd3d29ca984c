"""The invariants as SQL: each query gives the rows that break it (guarantees, "The ledger")."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from cardprint.store import journal
from cardprint.store.connection import wal_reset_bug

if TYPE_CHECKING:
    from cardprint.store.database import Reading

__all__ = ["INVARIANTS", "advice", "integrity_problems", "violations"]

_BOOKED = """
SELECT account, batch, sum(posted) AS posted, sum(pending) AS pending FROM (
    SELECT from_account AS account, batch,
        -iif(kind IN ('single', 'post'), count, 0) AS posted,
        CASE kind WHEN 'pending' THEN count WHEN 'single' THEN 0 ELSE -count END AS pending
    FROM movement
    UNION ALL
    SELECT to_account, batch, iif(kind IN ('single', 'post'), count, 0), 0 FROM movement
) GROUP BY account, batch
"""

_TESTS = "SELECT t.id FROM job AS t WHERE t.request_type = 'x-test'"

INVARIANTS: dict[str, tuple[str, str]] = {
    "I1": (
        "a kept balance differs from the sum of its movements",
        f"SELECT 1 FROM ({_BOOKED}) AS m LEFT JOIN balance AS b USING (account, batch)"
        " WHERE coalesce(b.posted, 0) <> m.posted OR coalesce(b.pending, 0) <> m.pending",
    ),
    "I2": (
        "an account is below zero",
        "SELECT 1 FROM balance WHERE pending < 0"
        " OR (account NOT IN ('supplier', 'found') AND (posted < 0 OR posted < pending))",
    ),
    "I3": (
        "the pending movements of a hopper are not the reserved attempts of its printer",
        "SELECT 1 FROM (SELECT account, sum(pending) AS pending FROM balance GROUP BY account) AS b"
        " WHERE b.pending <> (SELECT count(*) FROM attempt AS a"
        " WHERE a.state = 'RESERVED' AND 'hopper:' || a.printer = b.account)",
    ),
    "I4": (
        "the cards inside a printer are not its attempts between intent and outcome, or more than one",
        "SELECT 1 FROM (SELECT substr(account, 12) AS printer, sum(posted) AS posted FROM balance"
        " WHERE substr(account, 1, 11) = 'in-machine:' GROUP BY account) AS b"
        " WHERE b.posted > 1 OR b.posted <> (SELECT count(*) FROM attempt AS a"
        " WHERE a.printer = b.printer AND a.state IN ('INTENT', 'IN_DOUBT'))",
    ),
    "I5": (
        "the printed account is not the attempts that printed, or a concluded attempt did not leave its machine once",
        "SELECT 1 WHERE (SELECT coalesce(sum(posted), 0) FROM balance WHERE account = 'printed')"
        " <> (SELECT count(*) FROM attempt WHERE fate = 'PRINTED' AND corrected = '')"
        " UNION ALL SELECT 1 FROM attempt AS a WHERE a.state = 'CONCLUDED' AND NOT EXISTS"
        " (SELECT 1 FROM movement AS m WHERE m.attempt = a.id AND m.kind = 'single'"
        " AND substr(m.from_account, 1, 11) = 'in-machine:' AND m.from_account = 'in-machine:' || a.printer)",
    ),
    "I6": (
        "received and found do not equal what is in all the other accounts",
        "SELECT 1 WHERE (SELECT coalesce(sum(posted), 0) FROM balance) <> 0"
        " UNION ALL SELECT 1 FROM balance GROUP BY batch HAVING sum(posted) <> 0",
    ),
    "I9": (
        "a card number is bound to two attempts or to the wrong batch",
        "SELECT 1 FROM attempt AS a JOIN blank_number AS n ON n.number = a.card_number"
        " WHERE a.fate = 'PRINTED' AND (n.attempt <> a.id OR n.batch <> a.batch)",
    ),
    "job-state": (
        "a job's state contradicts its attempts",
        "SELECT 1 FROM job AS j WHERE"
        " (j.state = 'completed') <> EXISTS (SELECT 1 FROM attempt AS a WHERE a.job = j.id AND a.fate = 'PRINTED')"
        " OR (j.state = 'processing') <> EXISTS (SELECT 1 FROM attempt AS a WHERE a.job = j.id"
        " AND a.state IN ('RESERVED', 'INTENT'))"
        " OR (j.state = 'stopped') <> EXISTS (SELECT 1 FROM attempt AS a WHERE a.job = j.id AND a.state = 'IN_DOUBT')",
    ),
    "counters": (
        "a kept counter differs from the slow count",
        "SELECT 1 FROM tally AS t WHERE t.jobs <> (SELECT count(*) FROM job AS j"
        " WHERE j.state = t.state AND j.request_type = t.request_type)"
        " UNION ALL SELECT 1 FROM lane AS l WHERE l.waiting <> (SELECT count(*) FROM job AS j"
        " WHERE j.lane = l.id AND j.state = 'pending' AND j.delayed = 0)"
        " UNION ALL SELECT 1 WHERE (SELECT coalesce(sum(blanks), 0) FROM day) <> (SELECT coalesce(sum(count), 0)"
        " FROM movement WHERE kind = 'single' AND (to_account IN ('printed', 'missing')"
        " OR substr(to_account, 1, 8) = 'spoiled:'))",
    ),
    "outbox": (
        "a printed card is not in the outbox",
        # NOT IN is made once into an index; a correlated NOT EXISTS would read the outbox anew for every card.
        "SELECT 1 FROM attempt AS a WHERE a.fate = 'PRINTED'"
        " AND a.job NOT IN (SELECT o.job FROM outbox AS o WHERE o.outcome = 'printed')"
        f" AND a.job NOT IN ({_TESTS})",
    ),
    "test-card": (
        "a test card is booked as a good one, or a source is owed a report of it",
        "SELECT 1 FROM attempt AS a WHERE a.fate = 'PRINTED' AND a.corrected <> 'x-test-card'"
        f" AND a.job IN ({_TESTS}) UNION ALL SELECT 1 FROM outbox AS o WHERE o.job IN ({_TESTS})",
    ),
}
"""Name to (what it means where a row comes back, query)."""


def violations(reading: Reading) -> dict[str, int]:
    """Count what breaks each invariant; all zero where the books are right. I8 is the journal's chain."""
    found = {name: int(reading.value(f"SELECT count(*) FROM ({query})")) for name, (_, query) in INVARIANTS.items()}
    found["I8"] = sum(1 for _ in journal.broken_lines(reading))
    return found


def integrity_problems(reading: Reading) -> list[str]:
    """Ask SQLite itself: pages, indexes, foreign keys."""
    problems = [row[0] for row in reading.all("PRAGMA integrity_check(20)") if row[0] != "ok"]
    return problems + [f"{row[0]} row {row[1]} refers to nothing" for row in reading.all("PRAGMA foreign_key_check")]


def advice(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> list[str]:
    """Say what is worth knowing of the SQLite at hand."""
    number = ".".join(map(str, version))
    if not wal_reset_bug(version):
        return [f"SQLite {number} is free of the WAL-reset bug."]
    return [
        f"SQLite {number} can lose commits when a checkpoint meets commits of other connections (its WAL-reset bug, "
        "fixed in 3.44.6, 3.50.7 and 3.51.3); this station checkpoints only where that cannot happen: nothing to do.",
    ]
