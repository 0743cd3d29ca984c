"""How long blanks, ribbon and printers last against the people who wait: exact, in whole cards and working days."""

from __future__ import annotations

import attrs

__all__ = ["Figures", "Forecast", "Gain", "forecast", "gains"]

MORE_BLANKS = 1000
_not_negative = attrs.validators.ge(0)


@attrs.frozen(kw_only=True)
class Figures:
    """State what a forecast for one kind of blank goes by."""

    kind: str = "standard"
    """The kind of blank."""
    waiting: int = attrs.field(validator=_not_negative)
    """People who wait for a card of it now, here and at the sources."""
    at_sources: int = attrs.field(default=0, validator=_not_negative)
    """Those of them whose requests still lie at the sources, as these said last."""
    arrivals: int = attrs.field(default=0, validator=_not_negative)
    """People who come in on a day, before that day's first card."""
    blanks: int = attrs.field(validator=_not_negative)
    """Blanks in the station."""
    ribbon: int | None = attrs.field(default=None, validator=attrs.validators.optional(_not_negative))
    """Cards for which there is ribbon; None: nobody said."""
    rates: tuple[int, ...] = attrs.field(default=(), validator=attrs.validators.deep_iterable(_not_negative))
    """Cards a day of each printer that works."""

    @property
    def cards_per_day(self) -> int:
        """Cards a day of all printers."""
        return sum(self.rates)

    @property
    def served(self) -> int:
        """People of those who wait now for whom there is a blank and ribbon."""
        return min(self.waiting, self.blanks, self.waiting if self.ribbon is None else self.ribbon)


@attrs.frozen(kw_only=True)
class Forecast:
    """Say what runs out when; day 1 is the first that is worked."""

    figures: Figures
    """What it goes by."""
    binds: str
    """What ends or limits the work first: ``blanks``, ``ribbon``, ``printers``; empty where all is done in a day."""
    blanks_until: int | None
    """The day on which the last blank is used, were there ribbon enough; None: they last."""
    ribbon_until: int | None
    """The day on which the ribbon ends, were there blanks enough; None: it lasts, or nobody said how much there is."""
    waiting_until: int | None
    """The day on which all who wait now would have a card, were there blanks and ribbon enough; None: no printer."""
    clears: int | None
    """The day after which nobody waits, newcomers included, were there blanks and ribbon enough; None: never."""
    blanks_short: int
    """People of those who wait now for whom there is no blank."""
    ribbon_short: int
    """People of those who wait now for whom there is no ribbon; 0 where nobody said how much there is."""


@attrs.frozen(kw_only=True)
class Gain:
    """Say what more of something buys."""

    what: str
    """``blanks`` or ``printers``."""
    count: int
    """How many more: blanks, or cards a day of one more printer."""
    served: int
    """How many more of those who wait now would get a card."""
    forecast: Forecast
    """What would run out when."""


def _ceil(cards: int, a_day: int) -> int:
    return -(-cards // a_day)


def _used_up(figures: Figures, stock: int) -> int | None:
    """Give the first day by whose end so many cards are both possible and asked for; None: there is no such day."""
    if stock == 0:
        return 0
    if figures.cards_per_day == 0:
        return None
    possible, beyond = _ceil(stock, figures.cards_per_day), stock - figures.waiting
    if beyond <= 0:
        return possible
    return None if figures.arrivals == 0 else max(possible, _ceil(beyond, figures.arrivals))


def _clears(figures: Figures) -> int | None:
    if figures.waiting == 0:
        return 0
    more = figures.cards_per_day - figures.arrivals
    return _ceil(figures.waiting, more) if more > 0 else None


def forecast(figures: Figures) -> Forecast:
    """Say what runs out when.

    By the end of day d the printers can have made ``cards_per_day * d`` cards, and ``waiting + arrivals * d`` have been
    asked for; the smaller is what was made, until a stock ends. Cards that spoil are left out.
    """
    blanks_until = _used_up(figures, figures.blanks)
    ribbon_until = None if figures.ribbon is None else _used_up(figures, figures.ribbon)
    clears, rate = _clears(figures), figures.cards_per_day
    return Forecast(
        figures=figures,
        binds=_binding(figures, clears),
        blanks_until=blanks_until,
        ribbon_until=ribbon_until,
        waiting_until=_ceil(figures.waiting, rate) if rate else (None if figures.waiting else 0),
        clears=clears,
        blanks_short=max(0, figures.waiting - figures.blanks),
        ribbon_short=0 if figures.ribbon is None else max(0, figures.waiting - figures.ribbon),
    )


def _binding(figures: Figures, clears: int | None) -> str:
    stock, name = figures.blanks, "blanks"
    if figures.ribbon is not None and figures.ribbon < stock:
        stock, name = figures.ribbon, "ribbon"
    if figures.cards_per_day == 0:
        return "printers" if figures.waiting or figures.arrivals else ""
    if clears is None or stock < figures.waiting + figures.arrivals * clears:
        return name
    return "printers" if clears > 1 else ""


def gains(figures: Figures) -> tuple[Gain, ...]:
    """Say what 1,000 more blanks and one more printer, as quick as the others on average, would buy."""
    printer = figures.cards_per_day // len(figures.rates) if figures.rates else 0
    more = [
        ("blanks", MORE_BLANKS, attrs.evolve(figures, blanks=figures.blanks + MORE_BLANKS)),
        ("printers", printer, attrs.evolve(figures, rates=(*figures.rates, printer))),
    ]
    return tuple(
        Gain(what=what, count=count, served=then.served - figures.served, forecast=forecast(then))
        for what, count, then in more
        if count
    )
