"""What a forecast says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cardprint.language import Sentence as _
from cardprint.model.forecast import Forecast, Gain

__all__ = ["of_forecast"]

_BINDING = {"blanks": _("Blanks bind."), "ribbon": _("Ribbon binds."), "printers": _("Printers bind.")}


def of_forecast(seen: Forecast, gains: Sequence[Gain]) -> list[str]:
    """Say what runs out when, and what more of it buys."""
    return [*_lines(seen), *map(_gain, gains)]


def _day(day: int | None) -> str:
    return _("for good") if day is None else _("until day {day}", day=day)


def _lines(seen: Forecast) -> Iterator[str]:
    had = seen.figures
    yield _(
        "{had.waiting:,} wait, {had.arrivals:,} come in a day, {printers} printers make {had.cards_per_day:,}.",
        had=had,
        printers=len(had.rates),
    )
    if had.at_sources:
        yield _("{had.at_sources:,} of them still lie at the sources.", had=had)
    yield _BINDING[seen.binds] if seen.binds else _("Nothing binds.")
    yield _(
        "{had.blanks:,} blanks last {lasting}; {seen.blanks_short:,} are short for those who wait.",
        had=had,
        seen=seen,
        lasting=_day(seen.blanks_until),
    )
    if had.ribbon is None:
        yield _("Nobody said how much ribbon there is: --ribbon CARDS.")
    else:
        yield _(
            "Ribbon for {had.ribbon:,} cards lasts {lasting}; for {seen.ribbon_short:,} it is short.",
            had=had,
            seen=seen,
            lasting=_day(seen.ribbon_until),
        )
    if seen.waiting_until is None:
        yield _("No printer works.")
    else:
        yield _("Those who wait today would take until day {seen.waiting_until}, were there enough of all.", seen=seen)
        never = seen.clears is None
        yield (
            _("With newcomers it never ends.") if never else _("Nobody would wait after day {seen.clears}.", seen=seen)
        )


def _gain(gain: Gain) -> str:
    then = gain.forecast
    blanks = _("{gain.count:,} more blanks", gain=gain)
    return _(
        "{what}: {gain.served:,} more cards for them; blanks last {lasting}, those who wait take {taking}.",
        what=blanks if gain.what == "blanks" else _("One more printer of {gain.count:,} a day", gain=gain),
        gain=gain,
        lasting=_day(then.blanks_until),
        taking=_day(then.waiting_until),
    )
