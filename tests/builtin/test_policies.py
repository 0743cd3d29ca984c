from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.builtin.policies import LANES, Fifo, FirstTimeFirst, FirstTimeFirstSettings
from cardprint.model import CardRequest, LaneView, RequestType, StockView
from cardprint.plugin import AllocationPolicy

STOCK = StockView(kind="standard", in_hopper=1, in_station=1, business_date=date(2026, 1, 5))

names = st.sampled_from([*LANES.values(), "all", "elsewhere"])
lanes = st.lists(
    st.builds(
        LaneView,
        name=names,
        waiting=st.integers(0, 3),
        head_since=st.none() | st.dates(),
        drawn=st.integers(0, 1000),
    ),
    unique_by=lambda lane: lane.name,
).map(tuple)
requests = st.builds(
    CardRequest,
    request_id=st.text(min_size=1, max_size=8),
    subject_id=st.text(min_size=1, max_size=8),
    request_type=st.sampled_from(RequestType),
    priority=st.integers(0, 9),
    waiting_since=st.none() | st.dates(),
)
policies = st.sampled_from([FirstTimeFirst(), Fifo()])


def lane(name: str, waiting: int) -> LaneView:
    return LaneView(name=name, waiting=waiting, head_since=None, drawn=0)


def test_first_issuance_is_drawn_while_anybody_waits_for_a_first_card() -> None:
    drawn = FirstTimeFirst().draw((lane("other", 9), lane("replacement", 40), lane("first-issuance", 1)), STOCK)
    assert drawn.lane == "first-issuance"
    assert drawn.reason == "x-lane-first"
    assert drawn.values == {"lane": "first-issuance", "waiting": "1"}


def test_replacement_comes_before_renewal_and_renewal_before_other() -> None:
    waiting = {"first-issuance": 1, "replacement": 1, "renewal": 1, "other": 1}
    order = []
    for _ in range(4):
        drawn = FirstTimeFirst().draw(tuple(lane(name, count) for name, count in waiting.items()), STOCK)
        assert drawn.lane is not None
        waiting[drawn.lane] = 0
        order.append(drawn.lane)
    assert order == ["first-issuance", "replacement", "renewal", "other"]


def test_settings_change_the_order_of_the_lanes() -> None:
    policy = FirstTimeFirst(FirstTimeFirstSettings(order=("renewal", "first-issuance", "replacement", "other")), None)
    assert policy.draw((lane("first-issuance", 1), lane("renewal", 1)), STOCK).lane == "renewal"


@pytest.mark.parametrize(
    "order", [(), ("first-issuance",), (*LANES.values(), "other"), ("first-issuance", "replacement", "renewal", "x")]
)
def test_an_order_that_forgets_or_repeats_a_lane_is_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="each of these lanes once"):
        FirstTimeFirstSettings(order=order)


@pytest.mark.parametrize("policy", [FirstTimeFirst(), Fifo()])
@pytest.mark.parametrize("empty", [(), (lane("all", 0), lane("first-issuance", 0))])
def test_nobody_is_drawn_where_nobody_waits(policy: AllocationPolicy, empty: tuple[LaneView, ...]) -> None:
    drawn = policy.draw(empty, STOCK)
    assert drawn.lane is None
    assert drawn.reason == "x-nobody-waits"


@given(policy=policies, views=lanes, shuffle=st.randoms(use_true_random=False))
def test_a_draw_depends_on_what_waits_and_not_on_how_it_is_listed(
    policy: AllocationPolicy, views: tuple[LaneView, ...], shuffle: Random
) -> None:
    other = list(views)
    shuffle.shuffle(other)
    assert policy.draw(views, STOCK) == policy.draw(tuple(other), STOCK)


@given(policy=policies, views=lanes)
def test_a_draw_goes_to_a_lane_with_somebody_waiting_and_to_none_only_if_there_is_none(
    policy: AllocationPolicy, views: tuple[LaneView, ...]
) -> None:
    waiting = {view.name for view in views if view.waiting}
    drawn = policy.draw(views, STOCK)
    assert drawn.lane in waiting if waiting else drawn.lane is None


@given(views=lanes)
def test_no_lane_is_drawn_while_one_before_it_waits(views: tuple[LaneView, ...]) -> None:
    order = list(LANES.values())
    drawn = FirstTimeFirst().draw(views, STOCK).lane
    waiting = [name for name in order if any(view.name == name and view.waiting for view in views)]
    if waiting:
        assert drawn == waiting[0]


@given(policy=policies, request=requests)
def test_the_same_request_is_always_placed_the_same(policy: AllocationPolicy, request: CardRequest) -> None:
    assert policy.place(request) == type(policy)().place(request)


@given(one=requests, two=requests)
def test_inside_a_lane_priority_goes_before_waiting_date(one: CardRequest, two: CardRequest) -> None:
    policy = FirstTimeFirst()

    def key(request: CardRequest) -> tuple[int, date]:
        return -request.priority, request.waiting_since or date.max

    if key(one) < key(two):
        assert policy.place(one).rank <= policy.place(two).rank
    if one.priority > two.priority:
        assert policy.place(one).rank < policy.place(two).rank


@given(one=requests, two=requests)
def test_fifo_leaves_the_order_to_arrival(one: CardRequest, two: CardRequest) -> None:
    first, second = Fifo().place(one), Fifo().place(two)
    assert (first.lane, first.rank) == (second.lane, second.rank) == ("all", 0)


@given(request=requests)
def test_a_place_tells_nothing_of_the_person(request: CardRequest) -> None:
    place = FirstTimeFirst().place(request)
    assert place.lane == LANES[request.request_type]
    assert set(place.values) == {"priority", "since"}
