"""The books: movements are added, balances follow by trigger, nothing is ever edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cardprint.errors import LedgerError
from cardprint.language import Sentence
from cardprint.model.identifiers import BatchId
from cardprint.model.ledger import Account, Batch, MovementKind, StockMovement, check_movement
from cardprint.model.views import BatchView

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "Free",
    "accounts",
    "add_batch",
    "available",
    "balance",
    "batch_of",
    "batch_views",
    "bind_number",
    "book",
    "by_batch",
    "day_counts",
    "discrepancies",
    "free",
    "kinds_balance",
    "resolve",
    "set_discrepancy",
    "settle_discrepancies",
]


_CAN_BECOME_CARDS = "(l.account IN ('vault', 'working') OR substr(l.account, 1, 7) = 'hopper:')"


def add_batch(
    tx: Transaction,
    *,
    name: str,
    kind: str,
    count: int,
    serial_first: str = "",
    serial_last: str = "",
) -> Batch:
    """Add a batch; its name is made up where none is given."""
    number = int(tx.value("SELECT coalesce(max(id), 0) + 1 FROM batch"))
    name = name or f"batch-{number}"
    if tx.one("SELECT 1 FROM batch WHERE name = ?", (name,)):
        raise LedgerError(
            Sentence("there is a batch {name!r} already; nothing was booked.", name=name),
            cure=Sentence("Give another --name."),
        )
    tx.insert(
        "INSERT INTO batch (id, name, kind, count, serial_first, serial_last) VALUES (?, ?, ?, ?, ?, ?)",
        (number, name, kind, count, serial_first, serial_last),
    )
    return Batch(
        batch_id=BatchId(number),
        name=name,
        kind=kind,
        count=count,
        serial_first=serial_first,
        serial_last=serial_last,
    )


def book(tx: Transaction, movement: StockMovement, *, attempt: int | None = None) -> int:
    """Book a single or a pending movement and give its number; LedgerError where the books refuse it."""
    check_movement(movement)
    return tx.insert(
        "INSERT INTO movement (kind, batch, count, from_account, to_account, attempt, reason, by_whom, witness)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            movement.kind.value,
            movement.batch_id,
            movement.count,
            str(movement.source),
            str(movement.target),
            attempt,
            movement.reason,
            movement.by,
            movement.witness,
        ),
    )


def resolve(tx: Transaction, pending: int, kind: MovementKind) -> None:
    """Post or void a pending movement, once."""
    tx.insert(
        "INSERT INTO movement (kind, batch, count, from_account, to_account, resolves)"
        " SELECT ?, batch, count, from_account, to_account, id FROM movement WHERE id = ?",
        (kind.value, pending),
    )


@attrs.frozen(kw_only=True)
class Free:
    """Count the blanks that are not reserved, as one hopper's next card needs to know."""

    batch: int
    """The batch that the hopper gives out next: the one that came first."""
    kind: str
    """Its kind of blank."""
    in_hopper: int
    """Blanks of the kind in the hopper."""
    in_station: int
    """Blanks of the kind that can still become cards: vault, working stock, hoppers."""


def free(reading: Reading, account: Account) -> Free | None:
    """Look for the next blank of a hopper; None where it is empty."""
    front = reading.one(
        "SELECT l.batch, b.kind FROM balance AS l JOIN batch AS b ON b.id = l.batch"
        " WHERE l.account = ? AND l.posted > l.pending ORDER BY l.since, l.batch LIMIT 1",
        (str(account),),
    )
    if front is None:
        return None
    batch, kind = front
    here, all_ = reading.all(
        "SELECT coalesce(sum(iif(l.account = ?, l.posted - l.pending, 0)), 0), coalesce(sum(l.posted - l.pending), 0)"
        f" FROM balance AS l JOIN batch AS b ON b.id = l.batch WHERE b.kind = ? AND {_CAN_BECOME_CARDS}",
        (str(account), kind),
    )[0]
    return Free(batch=batch, kind=kind, in_hopper=here, in_station=all_)


def by_batch(reading: Reading, account: Account, kind: str | None = None) -> list[tuple[int, int]]:
    """Give (batch, available) of an account, first come first, of one kind of blank or of all."""
    return [
        (batch, count)
        for batch, count, batch_kind in reading.all(
            "SELECT l.batch, l.posted - l.pending, b.kind FROM balance AS l JOIN batch AS b ON b.id = l.batch"
            " WHERE l.account = ? AND l.posted > l.pending ORDER BY l.since, l.batch",
            (str(account),),
        )
        if kind is None or batch_kind == kind
    ]


def available(reading: Reading, account: Account, kind: str | None = None) -> int:
    """Count the blanks of an account that are not reserved."""
    return sum(count for _, count in by_batch(reading, account, kind))


def balance(reading: Reading, account: Account) -> int:
    """Count the blanks of an account, reserved ones too."""
    return int(reading.value("SELECT coalesce(sum(posted), 0) FROM balance WHERE account = ?", (str(account),)))


def accounts(reading: Reading) -> dict[str, int]:
    """Give every account's count, supplier and found as what came from them (positive)."""
    return {
        name: abs(total) if name in {"supplier", "found"} else total
        for name, total in reading.all("SELECT account, sum(posted) FROM balance GROUP BY account ORDER BY account")
    }


def day_counts(reading: Reading, day: str, outcome: str) -> dict[str, int]:
    """Give what was printed, spoiled or missing on a business day, reason to blanks."""
    return dict(
        reading.all("SELECT reason, blanks FROM day WHERE (business_date, outcome) = (?, ?)", (day, outcome)),
    )


def kinds_balance(reading: Reading, kind: str) -> int:
    """Count the blanks of a kind that can still become cards: vault, working stock, hoppers."""
    return int(
        reading.value(
            "SELECT coalesce(sum(l.posted - l.pending), 0) FROM balance AS l JOIN batch AS b ON b.id = l.batch"
            f" WHERE b.kind = ? AND {_CAN_BECOME_CARDS}",
            (kind,),
        ),
    )


def batch_of(reading: Reading, batch: int) -> Batch:
    """Give a batch."""
    row = reading.one("SELECT id, name, kind, count, serial_first, serial_last FROM batch WHERE id = ?", (batch,))
    if row is None:
        raise LedgerError(Sentence("there is no batch {batch}; nothing was booked.", batch=batch))
    return Batch(
        batch_id=BatchId(row[0]),
        name=row[1],
        kind=row[2],
        count=row[3],
        serial_first=row[4],
        serial_last=row[5],
    )


def batch_views(reading: Reading) -> tuple[BatchView, ...]:
    """Show where the blanks of every batch are."""
    places: dict[int, dict[str, int]] = {}
    for batch, account, posted in reading.all(
        "SELECT batch, account, posted FROM balance WHERE posted <> 0 AND account NOT IN ('supplier', 'found')"
        " ORDER BY batch, account",
    ):
        places.setdefault(batch, {})[account] = posted
    return tuple(
        BatchView(batch_id=row[0], name=row[1], kind=row[2], count=row[3], accounts=places.get(row[0], {}))
        for row in reading.all("SELECT id, name, kind, count FROM batch ORDER BY id")
    )


def bind_number(tx: Transaction, number: str, batch: int, attempt: int) -> bool:
    """Bind a card's number to the attempt that used it; False where it is bound to another already (I9)."""
    bound = tx.value("SELECT attempt FROM blank_number WHERE number = ?", (number,))
    if bound is None:
        tx.execute("INSERT INTO blank_number VALUES (?, ?, ?)", (number, batch, attempt))
    return bound in {None, attempt}


def set_discrepancy(tx: Transaction, account: str, rule: str, book: int, world: str) -> bool:
    """Keep a difference between book and world until somebody settles it; False where it was known."""
    return bool(
        tx.execute(
            "INSERT INTO discrepancy (account, rule, book, world) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (account, rule, book, world),
        ),
    )


def settle_discrepancies(tx: Transaction, account: str) -> int:
    """Settle what is open about an account, since it was counted."""
    return tx.execute("UPDATE discrepancy SET settled = 1 WHERE account = ? AND settled = 0", (account,))


def discrepancies(reading: Reading) -> list[tuple[str, str, int, str]]:
    """Give what nobody has settled: account, rule, book, world."""
    rows = reading.all("SELECT account, rule, book, world FROM discrepancy WHERE settled = 0 ORDER BY id")
    return [(account, rule, book, world) for account, rule, book, world in rows]
