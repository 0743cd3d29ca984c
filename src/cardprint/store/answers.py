"""What people said of cards in doubt, until the owner of the printers takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from cardprint.errors import StateError
from cardprint.model.attempts import CardFate

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = ["Answer", "give", "left", "mark", "state_of"]


@attrs.frozen(kw_only=True)
class Answer:
    """Hold what a person said of one attempt."""

    attempt: int
    """Whose card."""
    fate: CardFate
    """What became of it; UNKNOWN: found nowhere."""
    by: str
    """Who looked."""
    witness: str = ""
    """The second person."""
    card_number: str = ""
    """The number, or the code, that was scanned."""
    row: int = 0
    """Its row; 0 where it was not written."""


def give(tx: Transaction, answer: Answer) -> int:
    """Leave an answer for the owner; StateError where another one waits already."""
    if tx.value("SELECT 1 FROM answer WHERE attempt = ? AND state = 'open'", (answer.attempt,)):
        raise StateError(
            "an answer about this card waits to be taken already; nothing was changed.",
            cure="Wait for the station, or see: cardprint jobs resolve --json",
        )
    return tx.insert(
        "INSERT INTO answer (attempt, fate, card_number, by_whom, witness) VALUES (?, ?, ?, ?, ?)",
        (answer.attempt, answer.fate.value, answer.card_number, answer.by, answer.witness),
    )


def left(reading: Reading) -> list[Answer]:
    """Give the answers that nobody has taken, oldest first."""
    return [
        Answer(row=row[0], attempt=row[1], fate=CardFate(row[2]), card_number=row[3], by=row[4], witness=row[5])
        for row in reading.all(
            "SELECT id, attempt, fate, card_number, by_whom, witness FROM answer WHERE state = 'open' ORDER BY id",
        )
    ]


def mark(tx: Transaction, answer: Answer, state: str, detail: str = "") -> None:
    """Say that an answer was taken or refused."""
    tx.execute("UPDATE answer SET state = ?, detail = ? WHERE id = ?", (state, detail, answer.row))


def state_of(reading: Reading, row: int) -> tuple[str, str]:
    """Give an answer's state, and why it was refused."""
    found = reading.one("SELECT state, detail FROM answer WHERE id = ?", (row,))
    return ("refused", "it is gone") if found is None else (found[0], found[1])
