"""Bugs in ledger, journal, outbox and store, to be planted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import attrs

from cardprint.engine import act
from cardprint.engine.cards import Card, CardDesk
from cardprint.model import CardFate, Step
from cardprint.model.ledger import Account, AccountKind, StockMovement, hopper
from cardprint.store import Database, Transaction, ledger
from cardprint.store.connection import SETTINGS
from cardprint.testing.simulation import connection
from cardprint.testing.simulation.planting import replaced

__all__ = [
    "after_the_commit",
    "extra_after_wal",
    "missing_is_printed",
    "no_rewriting",
    "on_after_io_error",
    "posted_twice",
    "spoiled_to_hopper",
    "synchronous",
    "two_transactions",
    "void_keeps_pending",
]


def two_transactions() -> AbstractContextManager[None]:
    """Book the card's movement after the outcome's commit."""
    conclude, book = CardDesk.conclude, ledger.book
    owed: list[tuple[StockMovement, int | None]] = []

    def later(tx: Transaction, movement: StockMovement, *, attempt: int | None = None) -> int:
        if movement.source.kind is AccountKind.IN_MACHINE:
            owed.append((movement, attempt))
            return 0
        return book(tx, movement) if attempt is None else book(tx, movement, attempt=attempt)

    def wrong(
        self: CardDesk, card: Card, conclusion: act.Conclusion, steps: Sequence[Step], *, following: Any
    ) -> Card | None:
        owed.clear()
        found = conclude(self, card, conclusion, steps, following=following)
        for movement, attempt in owed:
            with self._parts.database.transaction(0.0) as tx:
                book(tx, movement, attempt=attempt)
        return found

    stack = ExitStack()
    stack.enter_context(replaced(ledger, "book", later))
    stack.enter_context(replaced(CardDesk, "conclude", wrong))
    return stack  # type: ignore[return-value]


def after_the_commit(owner: Any, name: str) -> AbstractContextManager[None]:
    """Do in a transaction of its own, after the one it belongs to, what ``owner.name`` does in it."""
    write, real = CardDesk._write, getattr(owner, name)
    owed: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    inside: list[bool] = []

    def later(tx: Transaction, *given: Any, **named: Any) -> None:
        if inside:
            owed.append((given, named))
        else:
            real(tx, *given, **named)

    @contextmanager
    def wrong(self: CardDesk) -> Iterator[Transaction]:
        owed.clear()
        inside.append(True)
        try:
            with write(self) as tx:
                yield tx
        finally:
            inside.clear()
        for given, named in owed:
            with self._parts.database.transaction(self._parts.clock.now()) as tx:
                real(tx, *given, **named)

    stack = ExitStack()
    stack.enter_context(replaced(CardDesk, "_write", wrong))
    stack.enter_context(replaced(owner, name, later))
    return stack  # type: ignore[return-value]


def posted_twice() -> AbstractContextManager[None]:
    book = ledger.book

    def wrong(tx: Transaction, movement: StockMovement, *, attempt: int | None = None) -> int:
        row = book(tx, movement) if attempt is None else book(tx, movement, attempt=attempt)
        if movement.target.kind is AccountKind.PRINTED:
            book(tx, attrs.evolve(movement, source=hopper(movement.source.place)))
        return row

    return replaced(ledger, "book", wrong)


def spoiled_to_hopper() -> AbstractContextManager[None]:
    targets = {fate: account for fate, account in act._TARGETS.items() if fate is not CardFate.SPOILED}
    return replaced(act, "_TARGETS", targets)


def void_keeps_pending() -> AbstractContextManager[None]:
    resolve = ledger.resolve

    def wrong(tx: Transaction, movement: int, kind: Any) -> Any:
        return resolve(tx, movement, kind) if kind.value == "post" else None

    return replaced(ledger, "resolve", wrong)


def missing_is_printed() -> AbstractContextManager[None]:
    return replaced(act, "_TARGETS", {**act._TARGETS, CardFate.SPOILED: Account(AccountKind.PRINTED)})


def _settings(*settings: str) -> AbstractContextManager[None]:
    return replaced(connection, "SETTINGS", settings)


def synchronous(level: str) -> AbstractContextManager[None]:
    return _settings(*(f"synchronous = {level}" if each.startswith("synchronous") else each for each in SETTINGS))


def extra_after_wal() -> AbstractContextManager[None]:
    first, *rest = (each for each in SETTINGS if not each.startswith("synchronous"))
    return _settings(first, *rest, "synchronous = EXTRA")


def no_rewriting() -> AbstractContextManager[None]:
    def wrong(self: Database, *, rewrite: bool = False) -> bool:
        return True

    return replaced(Database, "_checkpoint_as_owner", wrong)


def on_after_io_error() -> AbstractContextManager[None]:
    def wrong(self: Database, error: BaseException) -> None:
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    stack = ExitStack()
    stack.enter_context(replaced(Database, "_undo", wrong))
    stack.enter_context(no_rewriting())
    return stack  # type: ignore[return-value]
