"""Who would get the next blanks, said."""

from __future__ import annotations

from itertools import zip_longest

from cardprint.language import Sentence as _
from cardprint.model.outlook import Comparison, NextCard, Outlook
from cardprint.station.told.table import Table

__all__ = ["of_comparison", "of_outlook"]


def of_outlook(outlook: Outlook) -> list[str | Table]:
    """Say who is next."""
    rows = [(number, *_named(card), card.reason) for number, card in enumerate(outlook.cards, start=1)]
    return [Table(rows, "", "job", "request", "lane", "decision"), *_ended(outlook)]


def of_comparison(compared: Comparison) -> list[str | Table]:
    """Say who is next under two policies, beside each other."""
    rows = [
        (number, *_named(mine), *_named(theirs))
        for number, (mine, theirs) in enumerate(zip_longest(compared.today.cards, compared.other.cards), start=1)
    ]
    return [
        Table(rows, "", "job today", "request", "lane", "job then", "request", "lane"),
        *([_("Today it ends here: {sentence}", sentence=compared.today.sentence)] if compared.today.ended else []),
        *_ended(compared.other),
        _(
            "{seen.replaced} of {count} would not be made, {seen.moved} sooner or later.",
            seen=compared,
            count=len(compared.today.cards),
        ),
        _(
            "{seen.placed_otherwise} of {seen.waiting} waiting would wait elsewhere. Nothing was changed.",
            seen=compared,
        ),
    ]


def _named(card: NextCard | None) -> tuple[object, str, str]:
    return ("", "", "") if card is None else (card.job_id, card.request_id, card.lane)


def _ended(outlook: Outlook) -> list[str]:
    return [_("Then it ends here: {sentence}", sentence=outlook.sentence)] if outlook.ended else []
