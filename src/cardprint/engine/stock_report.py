"""The books as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from cardprint.engine.allocation import TEST_CARD
from cardprint.engine.parts import Parts
from cardprint.language import Sentence, template
from cardprint.model.ledger import AccountKind, hopper
from cardprint.model.views import DayReport, StockReport
from cardprint.store import Reading, ledger, printers

__all__ = [
    "account_totals",
    "books_close",
    "business_day",
    "day_report",
    "discrepancy_sentences",
    "stock_report",
    "threshold_warnings",
]

_SENTENCES = {
    "x-empty-by-device": template("{account}: the printer says empty, the book says {book}"),
    "x-pick-counter": template("{account}: the printer's counter says {world} cards used, the book says {book}"),
    "x-printer-swapped": template("{account}: another printer answers here than the one the book knows"),
    "x-number-of-another-card": template("{account}: a card reported a number that another card has"),
}


def account_totals(reading: Reading) -> dict[str, int]:
    """Give where the blanks are, without the sources they came from and without empty accounts."""
    sources = {AccountKind.SUPPLIER.value, AccountKind.FOUND.value}
    return {name: count for name, count in ledger.accounts(reading).items() if count and name not in sources}


def discrepancy_sentences(reading: Reading) -> tuple[str, ...]:
    """Give what nobody has settled, each with the next command."""
    return tuple(
        Sentence(
            "{what}. Count it: cardprint stock recount {account} COUNT --by NAME",
            what=Sentence(
                _SENTENCES.get(rule, template("{account}: {rule}")), account=account, rule=rule, book=book, world=world
            ),
            account=account,
        )
        for account, rule, book, world in ledger.discrepancies(reading)
    )


def threshold_warnings(reading: Reading, parts: Parts) -> tuple[str, ...]:
    """Give the hoppers of enabled printers that run low, and a business date that is ahead of the clock."""
    stored, today = printers.business_date(reading), parts.today().isoformat()
    ahead = (
        Sentence(
            "The business date is {date}, and this computer's clock says {today}. If the clock is right: "
            "cardprint stock day --by NAME --witness NAME",
            date=stored,
            today=today,
        ),
    )
    return (ahead if stored > today else ()) + tuple(
        Sentence(
            "{printer.name}: {held} blanks in the hopper, fewer than {printer.threshold}", printer=printer, held=held
        )
        for printer in parts.config.printers
        if printer.enabled and (held := ledger.balance(reading, hopper(printer.name))) < printer.threshold
    )


def business_day(reading: Reading, parts: Parts) -> str:
    """Give the office's day: the stored one, or the clock's where that is later; it never goes back."""
    return max(printers.business_date(reading), parts.today().isoformat())


def day_report(reading: Reading, parts: Parts) -> DayReport:
    """Show what the office's day made of blanks, from kept counters."""
    day = business_day(reading, parts)
    spoiled = ledger.day_counts(reading, day, "spoiled")
    # A test card is booked as printed and taken out again in one transaction: it is nobody's card.
    printed = sum(ledger.day_counts(reading, day, "printed").values()) - spoiled.get(TEST_CARD, 0)
    return DayReport(
        business_date=day,
        printed=printed,
        spoiled=spoiled,
        missing=sum(ledger.day_counts(reading, day, "missing").values()),
    )


def books_close(accounts: Mapping[str, int]) -> bool:
    """Say whether what came from outside equals what is in all the other accounts."""
    outside = accounts.get("supplier", 0) + accounts.get("found", 0)
    return 2 * outside == sum(accounts.values())


def stock_report(reading: Reading, parts: Parts) -> StockReport:
    """Give the whole stock, closed over all accounts (decisions 23)."""
    accounts = ledger.accounts(reading)
    closes = books_close(accounts)
    received, found = accounts.pop("supplier", 0), accounts.pop("found", 0)
    return StockReport(
        received=received,
        found=found,
        accounts={name: count for name, count in accounts.items() if count},
        batches=ledger.batch_views(reading),
        closes=closes,
        discrepancies=discrepancy_sentences(reading),
        warnings=threshold_warnings(reading, parts),
        one_person=parts.config.people <= 1,
        today=day_report(reading, parts),
    )
