"""The outbox: reports go to their sources until they are acknowledged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

import attrs

from cardprint.engine.parts import Parts
from cardprint.errors import CardprintError
from cardprint.model.pages import OutcomeReport, Receipt
from cardprint.plugin import DataSource
from cardprint.store import outbox

__all__ = ["Told", "deliver", "tell"]

_log = logging.getLogger(__name__)
_AT_ONCE = 100
_Owed = tuple[int, OutcomeReport]


@attrs.frozen(kw_only=True)
class Told:
    """State what became of the reports that were owed to a source."""

    accepted: int = 0
    """It has them."""
    refused: int = 0
    """It will never take them."""
    error: CardprintError | None = None
    """Why it could not be told more; None: it was told all, or asks for patience."""


def deliver(parts: Parts, source_of: Callable[[str], DataSource | None]) -> int:
    """Send what is owed and give the number that was accepted; a source that fails is asked another time."""
    with parts.database.reading() as reading:
        names = outbox.owing_sources(reading)
    return sum(tell(parts, name, source).accepted for name in names if (source := source_of(name)) is not None)


def tell(parts: Parts, name: str, source: DataSource) -> Told:
    """Send a source what it is owed, in the order of each request's own outcomes.

    A report goes out once those of the same request that came before it are acknowledged or refused for good. The same
    report may be sent twice, if the station dies in between; its key lets the source count it once.
    """
    told, after = Told(), 0
    waiting: set[str] = set()
    """Requests of which a report is to come again later, so that the next ones must wait."""
    while True:
        with parts.database.reading() as reading:
            owed = outbox.owed(reading, name, _AT_ONCE, after=after)
        if not owed:
            return told
        after = owed[-1][0]
        for wave in _waves(owed):
            due = [each for each in wave if each[1].request_id not in waiting]
            if not due:
                continue
            try:
                receipts = source.acknowledge([report for _, report in due])
            except CardprintError as error:
                _log.warning("source %s cannot be told yet: %s", name, type(error).__name__)
                return attrs.evolve(told, error=error)
            accepted, refused = _noted(parts, due, receipts)
            told = attrs.evolve(told, accepted=told.accepted + len(accepted), refused=told.refused + len(refused))
            if not accepted and not refused:
                return told
            waiting |= {report.request_id for row, report in due if row not in {*accepted, *refused}}


def _waves(owed: Sequence[_Owed]) -> Iterator[list[_Owed]]:
    """Give the first report of every request, then the second of each, and so on."""
    left = list(owed)
    while left:
        wave = {report.request_id: (row, report) for row, report in reversed(left)}
        taken = {row for row, _ in wave.values()}
        yield [each for each in left if each[0] in taken]
        left = [each for each in left if each[0] not in taken]


def _noted(parts: Parts, due: Sequence[_Owed], receipts: Sequence[Receipt]) -> tuple[list[int], list[int]]:
    """Write down what a source has answered; gives the rows that it has, and those that it will never take."""
    accepted, refused = (
        [row for (row, _), given in zip(due, receipts, strict=False) if given is receipt]
        for receipt in (Receipt.ACCEPTED, Receipt.REFUSED)
    )
    with parts.database.transaction(parts.clock.now()) as tx:
        outbox.mark(tx, accepted, "accepted")
        outbox.mark(tx, refused, "refused")
        tx.note("reports-sent", accepted=len(accepted), refused=len(refused))
    parts.committed()
    return accepted, refused
