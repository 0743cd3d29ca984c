"""Many rows in few statements: a page of requests costs less than half of what its rows cost one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardprint.store.database import Transaction

__all__ = ["insert_all"]

_AT_ONCE = 50
"""Rows of one statement. More are not quicker, and a statement of each size is kept prepared."""


@cache
def _statement(into: str, width: int, rows: int) -> str:
    marks = f"({', '.join('?' * width)})"
    return f"INSERT INTO {into} VALUES {', '.join([marks] * rows)}"


def insert_all(tx: Transaction, into: str, rows: Sequence[tuple[object, ...]]) -> range:
    """Insert rows into a table, named with its columns, and give their numbers, in the order of the rows.

    SQLite numbers rows one after the other, and nobody else writes meanwhile.
    """
    last = 0
    for begin in range(0, len(rows), _AT_ONCE):
        part = rows[begin : begin + _AT_ONCE]
        last = tx.insert(_statement(into, len(part[0]), len(part)), list(chain.from_iterable(part)))
    return range(last - len(rows) + 1, last + 1)
