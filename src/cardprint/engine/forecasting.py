"""The live figures of a forecast: what waits, what is there, what the printers make and who comes in."""

from __future__ import annotations

from datetime import timedelta

from cardprint.engine.parts import Parts, business_date
from cardprint.errors import InputError
from cardprint.language import Sentence
from cardprint.model.configuration import PrinterConfig
from cardprint.model.forecast import Figures
from cardprint.store import Reading, awaited, journal, ledger, lines, places, printers

__all__ = ["live_figures"]

_DAYS = 30


def live_figures(
    parts: Parts,
    *,
    kind: str,
    arrivals: int | None = None,
    cards_per_day: int | None = None,
    ribbon: int | None = None,
) -> Figures:
    """Gather what a forecast goes by; what is given takes the place of what would be measured.

    ``cards_per_day`` is for each printer without a limit a day and without a measure. Raises InputError where nobody
    knows how many cards a printer makes.
    """
    with parts.database.reading() as reading:
        able = [
            printer
            for printer in parts.config.printers
            if printer.enabled and printer.kind == kind and not printers.row_of(reading, printer.name).quarantine
        ]
        # A source does not say for which kind of blank its requests are.
        only = all(printer.kind == kind for printer in parts.config.printers)
        at_sources = lines.backlogs(reading) if only else 0
        return Figures(
            kind=kind,
            waiting=sum(count for _, _, count in places.parts(reading, kind))
            + awaited.kind_count(reading, kind)
            + at_sources,
            at_sources=at_sources,
            arrivals=_arrivals(reading, parts) if arrivals is None else arrivals,
            blanks=ledger.kinds_balance(reading, kind),
            ribbon=_ribbon(able) if ribbon is None else ribbon,
            rates=tuple(_rate(reading, parts, printer, cards_per_day) for printer in able),
        )


def _rate(reading: Reading, parts: Parts, printer: PrinterConfig, otherwise: int | None) -> int:
    """Give a printer's cards a day: its limit, else the mean of the days on which it worked, rounded down."""
    if printer.duty.per_day is not None:
        return printer.duty.per_day
    fed = printers.fed_before(reading, printer.name, parts.day(reading).isoformat(), limit=_DAYS)
    if fed:
        return sum(fed.values()) // len(fed)
    if otherwise is None:
        raise InputError(
            Sentence("nobody knows yet how many cards {name} makes in a day; nothing was changed.", name=printer.name),
            cure=Sentence("Say it: --cards-per-day 200, or set per_day in [printers.{name}].", name=printer.name),
        )
    return otherwise


def _ribbon(able: list[PrinterConfig]) -> int | None:
    cards = [
        printer.cards_per_ribbon * printer.ribbons
        for printer in able
        if printer.cards_per_ribbon is not None and printer.ribbons is not None
    ]
    return sum(cards) if cards and len(cards) == len(able) else None


def _arrivals(reading: Reading, parts: Parts) -> int:
    """Give the requests that come in on a day of work, rounded up.

    The first day brought the backlog and does not count.
    """
    today, first = parts.day(reading), journal.first_intake(reading)
    if first is None:
        return 0
    begun = max(business_date(parts.config, first), today - timedelta(days=_DAYS + 1))
    came: dict[str, int] = {}
    for at, new in journal.intake(reading, since=parts.clock.now() - (_DAYS + 2) * 86_400):
        day = business_date(parts.config, at)
        if begun < day < today:
            came[day.isoformat()] = came.get(day.isoformat(), 0) + new
    worked = {
        day
        for printer in parts.config.printers
        for day in printers.fed_before(reading, printer.name, today.isoformat(), limit=_DAYS)
        if day > begun.isoformat()
    }
    days = len(worked | came.keys())
    return -(-sum(came.values()) // days) if days else 0
