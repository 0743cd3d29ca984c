"""Strategies for hypothesis: requests, lanes and stock as an office may have them, and odder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cardprint.model import CardRequest, LaneView, RequestType, StockView, Verdict

__all__ = ["for_all", "lane_views", "lanes", "requests", "stock_views"]

_CARDS = 10_000_000
"""More than any office has."""
_NAMES = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
_TEXTS = st.text(max_size=20)


def requests() -> SearchStrategy[CardRequest]:
    """Give requests of all types, with texts of any script; nobody in them exists."""
    return st.builds(
        CardRequest,
        request_id=st.text(min_size=1, max_size=20),
        subject_id=st.text(min_size=1, max_size=20),
        request_type=st.sampled_from(RequestType),
        reason=st.sampled_from(["", "lost", "damaged", "data-change"]),
        priority=st.integers(0, 9),
        waiting_since=st.none() | st.dates(),
        kind=_NAMES,
        needs=st.frozensets(_NAMES, max_size=3),
        verdict=st.sampled_from(Verdict),
        design=st.just("") | _NAMES,
        fields=st.dictionaries(_NAMES, _TEXTS, max_size=4),
    )


def lane_views(names: SearchStrategy[str] = _NAMES) -> SearchStrategy[LaneView]:
    """Give single lanes, often empty ones."""
    return st.builds(
        LaneView,
        name=names,
        waiting=st.just(0) | st.integers(0, 3) | st.integers(0, _CARDS),
        head_since=st.none() | st.dates(),
        drawn=st.integers(0, 5) | st.integers(0, _CARDS),
    )


def lanes(names: SearchStrategy[str] = _NAMES) -> SearchStrategy[tuple[LaneView, ...]]:
    """Give the lanes of a station, each name once, in any order."""
    return st.lists(lane_views(names), max_size=8, unique_by=lambda lane: lane.name).map(tuple)


def stock_views() -> SearchStrategy[StockView]:
    """Give stocks from the last blank to all that there are."""
    counts = st.integers(1, 3) | st.integers(1, _CARDS)
    return st.builds(
        lambda kind, hopper, elsewhere, day: StockView(
            kind=kind, in_hopper=hopper, in_station=hopper + elsewhere, business_date=day
        ),
        _NAMES,
        counts,
        counts.map(lambda count: count - 1),
        st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    )


def for_all(*strategies: SearchStrategy[object]) -> Callable[[Callable[..., None]], None]:
    """Run a check on many examples at once, where it stands in a test; no example is too slow by the clock."""

    def run(check: Callable[..., None]) -> None:
        # Here and not at import: the profile that holds is the one of the running tests.
        settings(deadline=None)(given(*strategies)(check))()

    return run
