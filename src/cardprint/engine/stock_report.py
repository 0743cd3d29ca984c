"""The books as people read them."""

from __future__ import annotations

from cardprint.engine.parts import Parts
from cardprint.model.ledger import AccountKind, hopper
from cardprint.model.views import StockReport
from cardprint.store import Reading, ledger

__all__ = ["account_totals", "discrepancy_sentences", "stock_report", "threshold_warnings"]

_SENTENCES = {
    "x-empty-by-device": "{account}: the printer says empty, the book says {book}",
    "x-pick-counter": "{account}: the printer's counter says {world} cards used, the book says {book}",
    "x-printer-swapped": "{account}: another printer answers here than the one the book knows",
    "x-number-of-another-card": "{account}: a card reported a number that another card has",
}


def account_totals(reading: Reading) -> dict[str, int]:
    """Give where the blanks are, without the sources they came from and without empty accounts."""
    sources = {AccountKind.SUPPLIER.value, AccountKind.FOUND.value}
    return {name: count for name, count in ledger.accounts(reading).items() if count and name not in sources}


def discrepancy_sentences(reading: Reading) -> tuple[str, ...]:
    """Give what nobody has settled, each with the next command."""
    return tuple(
        _SENTENCES.get(rule, "{account}: " + rule).format(account=account, book=book, world=world)
        + f". Count it: cardprint stock recount {account} COUNT --by NAME"
        for account, rule, book, world in ledger.discrepancies(reading)
    )


def threshold_warnings(reading: Reading, parts: Parts) -> tuple[str, ...]:
    """Give the hoppers of enabled printers that run low."""
    return tuple(
        f"{printer.name}: {held} blanks in the hopper, fewer than {printer.threshold}"
        for printer in parts.config.printers
        if printer.enabled and (held := ledger.balance(reading, hopper(printer.name))) < printer.threshold
    )


def stock_report(reading: Reading, parts: Parts) -> StockReport:
    """Give the whole stock, closed over all accounts (decisions 23)."""
    accounts = ledger.accounts(reading)
    received, found = accounts.pop("supplier", 0), accounts.pop("found", 0)
    return StockReport(
        received=received,
        found=found,
        accounts={name: count for name, count in accounts.items() if count},
        batches=ledger.batch_views(reading),
        closes=received + found == sum(accounts.values()),
        discrepancies=discrepancy_sentences(reading),
        warnings=threshold_warnings(reading, parts),
        one_person=parts.config.people <= 1,
    )
