"""What people do at a printer beside cards: a cleaning card, a service, a swapped machine (decisions 11)."""

from __future__ import annotations

import attrs

from cardprint.engine.parts import Parts
from cardprint.engine.stock import StockRoom
from cardprint.errors import InputError, StateError
from cardprint.language import Sentence
from cardprint.model.attempts import AttemptState
from cardprint.model.configuration import PrinterConfig
from cardprint.model.ledger import hopper
from cardprint.store import Reading, attempts, printers

__all__ = ["clean", "in_doubt", "known", "must_be_counted", "seen_to", "service"]


def clean(parts: Parts, name: str, *, cards: int = 1, by: str) -> None:
    """Move the baseline of a printer's pick counter by cleaning cards that have passed the machine.

    Raises StateError, and changes nothing, while a card of the printer is open or its hopper must be counted: a
    cleaning card would explain what only a count may.
    """
    seen_to(parts, name, by)
    if cards < 1:
        raise InputError(
            Sentence("{cards} cleaning cards cannot be; nothing was changed.", cards=cards),
            cure=Sentence("Give at least 1."),
        )
    with parts.database.transaction(parts.clock.now()) as tx:
        _no_card_open(tx, name)
        printers.know(tx, name)
        row = printers.row_of(tx, name)
        if row.reconcile:
            raise must_be_counted(name)
        if row.pick_baseline is not None:
            # Where there is none yet, the counter is first read after the cleaning card.
            printers.change(tx, attrs.evolve(row, pick_baseline=row.pick_baseline + cards))
        tx.note("printer-cleaned", printer=name, cards=cards, by=by)
    parts.committed()


def service(
    parts: Parts,
    name: str,
    count: int,
    *,
    swapped: bool = False,
    by: str,
    witness: str = "",
) -> int:
    """Measure a printer's counter anew after a service or a swap; give the difference of the count of its hopper.

    A new baseline could hide a difference, so the hopper is counted in the same transaction, as ``recount`` does.
    Raises StateError, and changes nothing, while a card of the printer is open.
    """
    kind = seen_to(parts, name, by).kind
    if count < 0:
        raise InputError(
            Sentence("{count} blanks cannot be counted; nothing was changed.", count=count),
            cure=Sentence("Give 0 or more."),
        )
    with parts.database.transaction(parts.clock.now()) as tx:
        _no_card_open(tx, name)
        difference = StockRoom(parts).count_in(tx, hopper(name), count, kind=kind, by=by, witness=witness)
        tx.note(
            "printer-serviced",
            printer=name,
            reason="swapped" if swapped else "serviced",
            count=count,
            difference=difference,
            by=by,
            witness=witness,
        )
    parts.committed()
    return difference


def must_be_counted(name: str) -> StateError:
    """Say that a printer waits for a count."""
    return StateError(
        Sentence("the hopper of printer {name} must be counted first; nothing was changed.", name=name),
        cure=Sentence("Count it: cardprint stock recount hopper:{name} COUNT --by NAME --witness NAME", name=name),
    )


def known(parts: Parts, name: str) -> PrinterConfig:
    """Give a printer's configuration; StateError where there is none of this name."""
    config = parts.printer(name)
    if config is None:
        names = ", ".join(printer.name for printer in parts.config.printers) or Sentence("none")
        raise StateError(
            Sentence("there is no printer {name!r}; nothing was changed.", name=name),
            cure=Sentence("Known: {known}.", known=names),
        )
    return config


def seen_to(parts: Parts, name: str, by: str) -> PrinterConfig:
    """Give a printer's configuration; StateError where nobody says who sees to it."""
    config = known(parts, name)
    if not by.strip():
        raise StateError(
            Sentence("to see to printer {name} needs a name; nothing was changed.", name=name),
            cure=Sentence("Add: --by NAME"),
        )
    return config


def _no_card_open(reading: Reading, name: str) -> None:
    """Refuse while it may be that the counter and a card of ours move."""
    attempt = attempts.printer_of_open(reading, name)
    if attempt is None:
        return
    if attempt.state is AttemptState.IN_DOUBT:
        raise in_doubt(name)
    raise StateError(
        Sentence("printer {name} is making a card; nothing was changed.", name=name),
        cure=Sentence("Wait for it, or let it take no other: cardprint printers pause {name} --by NAME", name=name),
    )


def in_doubt(name: str) -> StateError:
    """Say that a printer waits for somebody who looks for its card."""
    return StateError(
        Sentence("a card of printer {name} is in doubt; nothing was changed.", name=name),
        cure=Sentence("Say what became of it first: cardprint jobs resolve"),
    )
