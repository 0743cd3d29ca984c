"""The suite of allocation policies: rules P1 to P10."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cardprint.model import CardRequest, Draw, Lanes, Place, RequestType, StockView
from cardprint.model.choosing import RANK_MAX, RANK_MIN
from cardprint.plugin import AllocationPolicy
from cardprint.testing.rules import RuleBrokenError, expect, rule
from cardprint.testing.strategies import for_all, lanes, requests, stock_views
from cardprint.testing.suite import Suite
from cardprint.testing.watch import touched

__all__ = ["AllocationPolicySuite"]

_KEYWORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TELLING = 8
"""Characters from which a text is long enough not to be in another by chance."""
_NOBODY = "x-nobody-waits"


class AllocationPolicySuite(Suite):
    """Prove an allocation policy; subclass it and give the fixture ``make_policy``."""

    @pytest.fixture
    def make_policy(self) -> Callable[[], AllocationPolicy]:
        """Give a function that makes the policy, with a ForbiddenClock in its context."""
        raise NotImplementedError

    @pytest.fixture
    def lanes(self, make_policy: Callable[[], AllocationPolicy]) -> SearchStrategy[Lanes]:
        """Give a strategy of lanes: those that the policy itself gives, and those that another has left behind."""
        policy = make_policy()
        own = {
            policy.place(CardRequest(request_id="R-1", subject_id="S-1", request_type=kind, priority=priority)).lane
            for kind in RequestType
            for priority in (0, 9)
        }
        return lanes(st.sampled_from([*sorted(own), "elsewhere"]) | st.text("abc-", min_size=1, max_size=4))

    @rule(
        "P1",
        why="A request is placed again after every start and every change; it must not lose its place by that.",
        example="Lane and rank by the request's own type, priority and date; nothing counted, nothing drawn by lot.",
    )
    def test_a_place_depends_on_the_request_alone(self, make_policy: Callable[[], AllocationPolicy]) -> None:
        """`place` answers the same for the same request, each time and in each process, and changes nothing in it."""
        policy = make_policy()

        @for_all(requests())
        def _check(request: CardRequest) -> None:
            before = copy.deepcopy(request)
            place = policy.place(request)
            expect(request == before, "place changed the request")
            expect(policy.place(request) == place, "the second answer is another one")
            expect(make_policy().place(before) == place, "another instance answers otherwise")

    @rule(
        "P2",
        why="The rank is a column of the store's index, and the index takes no other number.",
        example="`waiting_rank(request.priority, request.waiting_since)`.",
    )
    def test_a_place_is_a_lane_and_a_rank_that_can_be_stored(self, make_policy: Callable[[], AllocationPolicy]) -> None:
        """`place` names a lane, and its rank is an integer of 64 bits with a sign."""
        policy = make_policy()

        @for_all(requests())
        def _check(request: CardRequest) -> None:
            answer: object = policy.place(request)
            expect(isinstance(answer, Place), f"it is a {type(answer).__name__}")
            place = policy.place(request)
            lane: object = place.lane
            expect(isinstance(lane, str) and lane, "the lane has no name")
            expect(type(place.rank) is int, f"the rank is a {type(place.rank).__name__}")
            expect(RANK_MIN <= place.rank <= RANK_MAX, "the rank has more than 64 bits")

    @rule(
        "P3",
        why="A blank that goes to an empty lane goes to nobody, and the printer waits.",
        example="`waiting = [lane for lane in lanes if lane.waiting]` comes first.",
    )
    def test_a_draw_is_from_a_lane_in_which_someone_waits(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """`draw` names a lane in which someone waits, or None."""
        policy = make_policy()

        @for_all(lanes, stock_views())
        def _check(views: Lanes, stock: StockView) -> None:
            drawn = policy.draw(views, stock).lane
            waiting = {lane.name for lane in views if lane.waiting > 0}
            expect(drawn is None or drawn in waiting, "it drew from a lane in which nobody waits")

    @rule(
        "P4",
        why="The decision is stored with its reason; who asks why must be able to see it come out again.",
        example="Shares by `drawn`, which the lanes carry, and not by a counter of the policy's own.",
    )
    def test_a_draw_depends_on_lanes_and_stock_alone(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """`draw` answers the same for the same lanes and stock, each time and in each process."""
        policy = make_policy()

        @for_all(lanes, stock_views())
        def _check(views: Lanes, stock: StockView) -> None:
            drawn = policy.draw(views, stock)
            expect(policy.draw(views, stock) == drawn, "the second answer is another one")
            expect(make_policy().draw(views, stock) == drawn, "another instance answers otherwise")

    @rule(
        "P5",
        why="The store lists lanes as it likes, and otherwise after an update.",
        example="`min(waiting, key=...)` with the name as the last part of the key.",
    )
    def test_a_draw_does_not_depend_on_the_order_of_the_list(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """`draw` answers the same in whatever order the lanes are listed."""
        policy = make_policy()

        @for_all(lanes, stock_views(), st.randoms(use_true_random=False))
        def _check(views: Lanes, stock: StockView, chance: random.Random) -> None:
            other = list(views)
            chance.shuffle(other)
            expect(policy.draw(tuple(other), stock) == policy.draw(views, stock), "another order, another answer")

    @rule(
        "P6",
        why="Reasons are stored for years and told in a sentence when somebody asks.",
        example="`x-lane-first` with `values={'lane': ..., 'waiting': ...}`.",
    )
    def test_each_answer_has_a_keyword_as_its_reason(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """Each answer has a keyword as its reason, and texts as its values."""
        policy = make_policy()
        for_all(requests())(lambda request: _explained(policy.place(request)))
        for_all(lanes, stock_views())(lambda views, stock: _explained(policy.draw(views, stock)))

    @rule(
        "P7",
        why="An error in `place` holds a request up at the door; one in `draw` lets the printer stand.",
        example="Lanes of another policy, undated requests, an empty tuple of lanes.",
    )
    def test_no_request_lanes_or_stock_make_it_fail(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """No request, no lanes and no stock make a policy raise."""
        policy = make_policy()
        for_all(requests())(lambda request: _without_fail(lambda: policy.place(request)))
        for_all(lanes, stock_views())(lambda views, stock: _without_fail(lambda: policy.draw(views, stock)))

    @rule(
        "P8",
        why="A printer that stands while people wait must be able to say what for.",
        example="A reserve that is kept back: `Draw(lane=None, reason='x-reserve-kept')`.",
        exceptions="None: keeping a blank back is allowed, saying that nobody waits is not.",
    )
    def test_a_blank_is_left_only_for_a_reason(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """`draw` answers `x-nobody-waits` exactly where nobody waits."""
        policy = make_policy()

        @for_all(lanes, stock_views())
        def _check(views: Lanes, stock: StockView) -> None:
            drawn = policy.draw(views, stock)
            if any(lane.waiting > 0 for lane in views):
                expect(drawn.reason != _NOBODY, "somebody waits, and it says that nobody does")
            else:
                expect((drawn.lane, drawn.reason) == (None, _NOBODY), f"nobody waits, and it says {drawn.reason!r}")

    @rule(
        "P9",
        why="Lanes and reasons stand in reports, in the journal and on screens.",
        example="A lane by type of request or by district, not by person.",
    )
    def test_a_place_tells_nothing_of_the_person(self, make_policy: Callable[[], AllocationPolicy]) -> None:
        """Lane, reason and values hold no person's number and no field's value."""
        policy = make_policy()

        @for_all(requests(), st.integers(10**15, 10**16 - 1))
        def _check(request: CardRequest, number: int) -> None:
            person = CardRequest(
                request_id=request.request_id,
                subject_id=str(number),
                request_type=request.request_type,
                priority=request.priority,
                waiting_since=request.waiting_since,
                fields={**request.fields, "name": f"Orang {number}"},
            )
            place = policy.place(person)
            told = [place.lane, place.reason, *place.values, *place.values.values()]
            private = [person.subject_id, *(text for text in person.fields.values() if len(text) >= _TELLING)]
            expect(not any(text in word for word in told for text in private), "it tells of the person")

    @rule(
        "P10",
        why="A draw happens inside the transaction that reserves a blank, with the store's lock held.",
        example="What a policy needs is in its settings, its arguments, or read when it is made.",
    )
    def test_a_policy_touches_nothing_and_asks_no_time(
        self, make_policy: Callable[[], AllocationPolicy], lanes: SearchStrategy[Lanes]
    ) -> None:
        """`place` and `draw` touch no file and no network, and ask no time."""
        policy = make_policy()

        @for_all(requests(), lanes, stock_views())
        def _check(request: CardRequest, views: Lanes, stock: StockView) -> None:
            answers = policy.place(request), policy.draw(views, stock)  # What is imported once is imported now.
            with touched() as heard:
                again = policy.place(request), policy.draw(views, stock)
            expect(again == answers, "the second answers are others")
            expect(not heard, f"it did: {', '.join(sorted(set(heard)))}")


def _explained(answer: Place | Draw) -> None:
    reason: object = answer.reason
    expect(isinstance(reason, str) and _KEYWORD.fullmatch(reason), f"{reason!r} is no keyword")
    texts: list[object] = [*answer.values, *answer.values.values()]
    expect(all(isinstance(text, str) for text in texts), "a value is no text")


def _without_fail(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception as error:
        raise RuleBrokenError(f"{type(error).__name__} escaped") from error
