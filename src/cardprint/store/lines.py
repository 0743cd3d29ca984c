"""The lines to the sources: when each was last up, what is owed over it, and what was refused for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cardprint.model.syncing import DeadLetter, SourceView
from cardprint.store import awaited, grants

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["answered", "backlogs", "dead_letters", "resend", "silent", "views"]

_LETTERS = (
    "SELECT o.key, s.name, r.request_id, o.job, o.outcome, o.attempt, o.business_date FROM outbox AS o"
    " JOIN source AS s ON s.id = o.source JOIN job AS j ON j.id = o.job JOIN request AS r ON r.id = j.request"
)


def answered(tx: Transaction, source: int, backlog: int | None) -> None:
    """Note that a source has answered, and how many requests it says wait there, not given to this station."""
    tx.execute(
        "UPDATE source SET answered = ?, trouble = '', backlog = coalesce(?, backlog) WHERE id = ?",
        (tx.now, backlog, source),
    )


def silent(tx: Transaction, source: int, trouble: str) -> None:
    """Note why a source could not be asked or told."""
    tx.execute("UPDATE source SET trouble = ? WHERE id = ?", (trouble, source))


def views(reading: Reading, names: tuple[str, ...]) -> tuple[SourceView, ...]:
    """Show the sources of these names in their order, and before them any other that is owed a report."""
    known = {row[0]: row[1:] for row in reading.all("SELECT name, id, cursor, answered, trouble, backlog FROM source")}
    owed = {
        row[0]: row[1:]
        for row in reading.all(
            "SELECT source, count(*), min(since), max(since IS NULL) FROM outbox WHERE state = 'owed' GROUP BY source"
        )
    }
    dead = reading.all("SELECT source, count(*) FROM outbox WHERE state = 'refused' GROUP BY source")
    refused: dict[int, int] = dict(dead)
    leases, photos = grants.live(reading), awaited.counts(reading)
    others = tuple(name for name, (row, *_) in known.items() if name not in names and row in owed)
    found = []
    for name in (*others, *names):
        row, cursor, answered_at, trouble, backlog = known.get(name, (None, None, None, "", None))
        count, since, unknown = owed.get(row, (0, None, 0))
        leased, until = leases.get(row, (0, ""))
        found.append(
            SourceView(
                name=name,
                answered=answered_at,
                trouble=trouble,
                cursor=cursor or "",
                backlog=backlog,
                owed=count,
                owed_since=None if unknown else since,
                refused=refused.get(row, 0),
                leased=leased,
                leased_until=until,
                awaited=photos.get(row, 0),
            )
        )
    return tuple(found)


def backlogs(reading: Reading) -> int:
    """Sum what sources said waits there."""
    return int(reading.value("SELECT coalesce(sum(backlog), 0) FROM source"))


def dead_letters(reading: Reading, source: str = "") -> list[DeadLetter]:
    """Give the reports that a source has refused for good, oldest first, of one source or of all."""
    return [
        DeadLetter(
            key=row[0],
            source=row[1],
            request_id=row[2],
            job_id=row[3],
            outcome=row[4],
            attempt_id=row[5],
            business_date=row[6],
        )
        for row in reading.iterate(
            f"{_LETTERS} WHERE o.state = 'refused' AND ? IN ('', s.name) ORDER BY o.id", (source,)
        )
    ]


def resend(tx: Transaction, keys: tuple[str, ...], source: str = "") -> int:
    """Owe refused reports again, those of the keys or else all of a source, and give their number."""
    if keys:
        return sum(
            tx.execute("UPDATE outbox SET state = 'owed', since = ? WHERE key = ? AND state = 'refused'", (tx.now, key))
            for key in keys
        )
    return tx.execute(
        "UPDATE outbox SET state = 'owed', since = ? WHERE state = 'refused'"
        " AND (? = '' OR source = (SELECT id FROM source WHERE name = ?))",
        (tx.now, source, source),
    )
