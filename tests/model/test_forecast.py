"""What runs out when: closed form against working day after day."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.model.forecast import Figures, forecast, gains

HORIZON = 400
small = st.integers(0, 60)
figures = st.builds(
    Figures,
    waiting=small,
    arrivals=st.integers(0, 6),
    blanks=small,
    ribbon=st.none() | small,
    rates=st.lists(st.integers(0, 5), max_size=3).map(tuple),
)


def days(had: Figures, stock: int) -> Iterator[tuple[int, int]]:
    """Work day after day on a stock; give the stock left and the people who wait at the end of each."""
    waiting = had.waiting
    yield stock, waiting
    for _ in range(HORIZON):
        waiting += had.arrivals
        made = min(waiting, had.cards_per_day, stock)
        waiting, stock = waiting - made, stock - made
        yield stock, waiting


def first(found: Iterator[bool]) -> int | None:
    return next((day for day, there in enumerate(found) if there), None)


def lasts(had: Figures, stock: int) -> int | None:
    return first(left == 0 for left, _ in days(had, stock))


def test_the_office_with_ten_thousand_blanks_is_bound_by_blanks() -> None:
    seen = forecast(Figures(waiting=36_260, blanks=10_000, rates=(200, 200)))
    assert seen.binds == "blanks"
    assert (seen.blanks_until, seen.waiting_until, seen.clears, seen.blanks_short) == (25, 91, 91, 26_260)
    blanks, printer = gains(seen.figures)
    assert (blanks.count, blanks.served, blanks.forecast.blanks_until) == (1000, 1000, 28)
    assert (printer.count, printer.served) == (200, 0)
    assert (printer.forecast.blanks_until, printer.forecast.waiting_until) == (17, 61)


def test_two_ribbons_of_500_bind_before_4421_records_are_worked_off() -> None:
    seen = forecast(Figures(waiting=4421, blanks=10_000, ribbon=1000, rates=(200,)))
    assert (seen.binds, seen.ribbon_until, seen.ribbon_short, seen.blanks_until) == ("ribbon", 5, 3421, None)
    assert gains(seen.figures)[0].served == 0


def test_with_enough_of_all_the_printers_say_how_long_it_takes() -> None:
    assert forecast(Figures(waiting=500, blanks=500, rates=(200,))).binds == "printers"
    assert forecast(Figures(waiting=150, blanks=500, rates=(200,))).binds == ""


def test_without_a_printer_nothing_ends() -> None:
    seen = forecast(Figures(waiting=5, blanks=10))
    assert (seen.binds, seen.blanks_until, seen.waiting_until, seen.clears) == ("printers", None, None, None)
    assert [gain.what for gain in gains(seen.figures)] == ["blanks"]


@pytest.mark.parametrize(
    ("waiting", "blanks", "arrivals", "ribbon", "rate"),
    [(-1, 0, 0, 0, 0), (0, -1, 0, 0, 0), (0, 0, -1, 0, 0), (0, 0, 0, -1, 0), (0, 0, 0, 0, -1)],
)
def test_nothing_can_be_less_than_none(waiting: int, blanks: int, arrivals: int, ribbon: int, rate: int) -> None:
    with pytest.raises(ValueError, match="must be >= 0"):
        Figures(waiting=waiting, blanks=blanks, arrivals=arrivals, ribbon=ribbon, rates=(rate,))


@given(had=figures)
def test_each_day_is_the_one_that_working_day_after_day_gives(had: Figures) -> None:
    seen, plenty = forecast(had), 10**9
    assert seen.blanks_until == lasts(had, had.blanks)
    assert seen.ribbon_until == (None if had.ribbon is None else lasts(had, had.ribbon))
    assert seen.clears == first(waiting == 0 for _, waiting in days(had, plenty))
    assert seen.waiting_until == first(waiting == 0 for _, waiting in days(attrs.evolve(had, arrivals=0), plenty))


@given(had=figures)
def test_what_binds_is_what_ends_the_work_while_somebody_waits(had: Figures) -> None:
    stock = had.blanks if had.ribbon is None else min(had.blanks, had.ribbon)
    worked = list(days(had, stock))
    ended = next(((left, waiting) for left, waiting in worked if left == 0 or waiting == 0), None)
    binds = forecast(had).binds
    if had.cards_per_day == 0:
        assert binds == ("printers" if had.waiting or had.arrivals else "")
    elif ended is not None and ended[1] == 0:
        day = worked.index(ended)
        assert binds == ("printers" if day > 1 else "")
    else:
        assert binds == ("blanks" if had.ribbon is None or had.blanks <= had.ribbon else "ribbon")


def not_sooner(one: int | None, other: int | None) -> bool:
    return other is None or (one is not None and one <= other)


@given(had=figures, more=st.integers(0, 30))
def test_more_blanks_last_longer_and_serve_no_fewer(had: Figures, more: int) -> None:
    then = attrs.evolve(had, blanks=had.blanks + more)
    before, after = forecast(had), forecast(then)
    assert not_sooner(before.blanks_until, after.blanks_until)
    assert then.served >= had.served
    assert after.blanks_short <= before.blanks_short
    assert (after.waiting_until, after.clears) == (before.waiting_until, before.clears)


@given(had=figures, rate=st.integers(0, 5))
def test_one_more_printer_is_never_slower_and_never_makes_blanks_last_longer(had: Figures, rate: int) -> None:
    before, after = forecast(had), forecast(attrs.evolve(had, rates=(*had.rates, rate)))
    assert not_sooner(after.waiting_until, before.waiting_until)
    assert not_sooner(after.clears, before.clears)
    assert not_sooner(after.blanks_until, before.blanks_until)
    assert after.blanks_short == before.blanks_short
