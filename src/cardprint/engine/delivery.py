"""The outbox: reports go to their sources until they are acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable

from cardprint.engine.parts import Parts
from cardprint.errors import CardprintError
from cardprint.model.pages import Receipt
from cardprint.plugin import DataSource
from cardprint.store import outbox

__all__ = ["deliver"]

_log = logging.getLogger(__name__)
_AT_ONCE = 100


def deliver(parts: Parts, source_of: Callable[[str], DataSource | None]) -> int:
    """Send what is owed and give the number that was accepted; a source that fails is asked another time.

    The same report may be sent twice, if the station dies in between; its key lets the source count it once.
    """
    with parts.database.reading() as reading:
        names = outbox.owing_sources(reading)
    return sum(_to_source(parts, name, source) for name in names if (source := source_of(name)) is not None)


def _to_source(parts: Parts, name: str, source: DataSource) -> int:
    accepted = 0
    while True:
        with parts.database.reading() as reading:
            owed = outbox.owed(reading, name, _AT_ONCE)
        if not owed:
            return accepted
        try:
            receipts = source.acknowledge([report for _, report in owed])
        except CardprintError as error:
            _log.warning("source %s cannot be told yet: %s", name, type(error).__name__)
            return accepted
        rows = {
            receipt: [row for (row, _), given in zip(owed, receipts, strict=False) if given is receipt]
            for receipt in Receipt
        }
        with parts.database.transaction(parts.clock.now()) as tx:
            outbox.mark(tx, rows[Receipt.ACCEPTED], "accepted")
            outbox.mark(tx, rows[Receipt.REFUSED], "refused")
            tx.note("reports-sent", accepted=len(rows[Receipt.ACCEPTED]), refused=len(rows[Receipt.REFUSED]))
        parts.committed()
        accepted += len(rows[Receipt.ACCEPTED])
        if len(rows[Receipt.ACCEPTED]) + len(rows[Receipt.REFUSED]) < len(owed):
            return accepted
