"""Lanes by declared rules; order, shares and floors in dated stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.builtin.quota import Floor, Quota, QuotaSettings, Rule, Stage
from cardprint.errors import ConfigurationError
from cardprint.model import CardRequest, LaneView, RequestType, StockView
from cardprint.registry.settings import Where, convert

DAY = date(2026, 7, 1)
NAMES = ("a", "b", "c", "d")
RULES = tuple(Rule(lane=name, reasons=(name,)) for name in NAMES[:-1])


def quota(*stages: Stage) -> Quota:
    return Quota(QuotaSettings(rules=RULES, otherwise="d", stages=stages))


def sharing(weights: Mapping[str, int]) -> Quota:
    return quota(Stage(order=(NAMES,), weights=weights))


def stock(blanks: int = 10_000, day: date = DAY) -> StockView:
    return StockView(kind="standard", in_hopper=min(blanks, 100), in_station=blanks, business_date=day)


def views(waiting: Mapping[str, int], drawn: Mapping[str, int] | None = None) -> tuple[LaneView, ...]:
    counts = drawn or {}
    return tuple(
        LaneView(name=name, waiting=count, head_since=None, drawn=counts.get(name, 0))
        for name, count in waiting.items()
    )


def drawn_in_turn(policy: Quota, waiting: Mapping[str, int], cards: int, blanks: int = 10_000) -> list[str]:
    """Give the lanes of so many cards, each counted and taken from its lane."""
    left, counts, given_to = dict(waiting), dict.fromkeys(waiting, 0), []
    for number in range(cards):
        lane = policy.draw(views(left, counts), stock(blanks - number)).lane
        if lane is None:
            break
        left[lane] -= 1
        counts[lane] += 1
        given_to.append(lane)
    return given_to


weights = st.fixed_dictionaries({}, optional={name: st.integers(1, 9) for name in NAMES})
waiting_counts = st.dictionaries(st.sampled_from([*NAMES, "elsewhere"]), st.integers(0, 3))
drawn_counts = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10**6))


@st.composite
def policies(draw: st.DrawFn) -> Quota:
    """Any order of the lanes in steps, some of them never, with nested floors."""
    names = draw(st.permutations(NAMES))
    never = names[: draw(st.integers(0, 3))]
    order: list[tuple[str, ...]] = []
    for name in names[len(never) :]:
        joined: bool = draw(st.booleans())
        if order and joined:
            order[-1] += (name,)
        else:
            order.append((name,))
    served = [name for step in order for name in step]
    floors, kept = [], list(draw(st.permutations(served)))
    for blanks in sorted(draw(st.sets(st.integers(1, 20), max_size=2)), reverse=True):
        kept = kept[: draw(st.integers(1, len(kept)))]
        floors.append(Floor(blanks=blanks, lanes=tuple(kept)))
    return quota(Stage(order=tuple(order), never=tuple(never), weights=draw(weights), floors=tuple(floors)))


# Where requests wait.


def request(kind: RequestType = RequestType.FIRST_ISSUANCE, reason: str = "") -> CardRequest:
    return CardRequest(request_id="r1", subject_id="s1", request_type=kind, reason=reason, fields={"name": "Geno"})


def test_the_first_rule_that_fits_places_a_request() -> None:
    policy = Quota(
        QuotaSettings(
            rules=(
                Rule(lane="victims", reasons=("disaster-victim",)),
                Rule(lane="first", types=(RequestType.FIRST_ISSUANCE,)),
                Rule(lane="lost", types=(RequestType.REPLACEMENT,), reasons=("lost", "stolen")),
            ),
            stages=(Stage(order=("first", "victims", "lost", "other")),),
        ),
    )
    assert policy.place(request(reason="disaster-victim")).lane == "victims"
    assert policy.place(request()).lane == "first"
    assert policy.place(request(RequestType.REPLACEMENT, reason="stolen")).lane == "lost"
    nothing_fits = policy.place(request(RequestType.RENEWAL, reason="lost"))
    assert (nothing_fits.lane, nothing_fits.reason) == ("other", "x-by-no-rule")


def test_without_settings_it_serves_as_first_time_first_does() -> None:
    policy = Quota()
    assert {kind: policy.place(request(kind)).lane for kind in RequestType} == {
        RequestType.FIRST_ISSUANCE: "first-issuance",
        RequestType.REPLACEMENT: "replacement",
        RequestType.RENEWAL: "renewal",
        RequestType.OTHER: "other",
    }
    assert policy.draw(views({"other": 1, "renewal": 1, "replacement": 1}), stock()).lane == "replacement"


def test_a_place_tells_nothing_of_the_person() -> None:
    place = Quota().place(request())
    assert set(place.values) == {"rule", "type", "reason", "priority", "since"}


# Whose turn it is.


def test_a_step_waits_while_one_before_it_can_be_served() -> None:
    policy = quota(Stage(order=("b", ("a", "c"), "d")))
    assert drawn_in_turn(policy, {"a": 1, "b": 2, "c": 1, "d": 1}, 9) == ["b", "b", "a", "c", "d"]


def test_lanes_of_one_step_share_smoothly() -> None:
    assert "".join(drawn_in_turn(sharing({"a": 5, "b": 1, "c": 1}), dict.fromkeys("abc", 99), 14)) == "aaabaacaaabaac"


@given(weights=weights, cards=st.integers(0, 120))
def test_no_lane_is_ever_a_whole_card_away_from_its_share(weights: dict[str, int], cards: int) -> None:
    given_to = drawn_in_turn(sharing(weights), dict.fromkeys(NAMES, 1000), cards)
    total = sum(weights.get(name, 1) for name in NAMES)
    assert len(given_to) == cards
    for name in NAMES:
        assert abs(given_to.count(name) * total - cards * weights.get(name, 1)) < total


@given(weights=weights, counts=drawn_counts, others=st.randoms(use_true_random=False))
def test_no_lane_that_shares_waits_forever_whoever_comes_and_goes(
    weights: dict[str, int], counts: dict[str, int], others: Random
) -> None:
    policy, drawn = sharing(weights), {name: counts.get(name, 0) % 50 for name in NAMES}
    # Once every other lane has had more for its weight than `a` will have with one more, it is `a`'s turn.
    due = (drawn["a"] + 1) / weights.get("a", 1)
    bound = sum(max(0, int(due * weights.get(name, 1)) + 1 - drawn[name]) for name in NAMES[1:])
    for _ in range(bound + 1):
        waiting = {"a": 1} | {name: others.randint(0, 1) for name in NAMES[1:]}
        lane = policy.draw(views(waiting, drawn), stock()).lane
        if lane == "a":
            return
        assert lane is not None
        drawn[lane] += 1
    pytest.fail("lane a was never drawn")


@given(policy=policies(), waiting=waiting_counts, drawn=drawn_counts, blanks=st.integers(1, 25))
def test_a_draw_goes_to_somebody_who_waits_and_is_served_or_to_nobody(
    policy: Quota, waiting: dict[str, int], drawn: dict[str, int], blanks: int
) -> None:
    stage = policy._stages[0]
    answer = policy.draw(views(waiting, drawn), stock(blanks))
    kept = [set(floor.lanes) for floor in stage.floors if blanks <= floor.blanks]
    served = {
        name for step in stage.steps for name in step if waiting.get(name) and all(name in lanes for lanes in kept)
    }
    if answer.lane is None:
        assert not served
    else:
        assert answer.lane in served
        steps = [served & set(step) for step in stage.steps]
        assert answer.lane in next(step for step in steps if step)


@given(policy=policies(), waiting=waiting_counts, blanks=st.integers(1, 25))
def test_the_last_blanks_go_to_nobody_but_those_they_are_kept_for(
    policy: Quota, waiting: dict[str, int], blanks: int
) -> None:
    for number, lane in enumerate(drawn_in_turn(policy, waiting, blanks, blanks)):
        for floor in policy._stages[0].floors:
            assert lane in floor.lanes or blanks - number > floor.blanks


@given(
    policy=policies(),
    waiting=waiting_counts,
    drawn=drawn_counts,
    blanks=st.integers(1, 25),
    shuffle=st.randoms(use_true_random=False),
)
def test_a_draw_is_the_same_however_often_and_in_whatever_order_it_is_asked(
    policy: Quota, waiting: dict[str, int], drawn: dict[str, int], blanks: int, shuffle: Random
) -> None:
    lanes = list(views(waiting, drawn))
    first = policy.draw(tuple(lanes), stock(blanks))
    shuffle.shuffle(lanes)
    assert policy.draw(tuple(lanes), stock(blanks)) == first
    assert Quota(policy._settings).draw(tuple(lanes), stock(blanks)) == first


# Floors.


def test_the_last_blanks_are_kept_although_somebody_else_comes_first() -> None:
    policy = quota(Stage(order=("a", "b", "c", "d"), floors=(Floor(blanks=500, lanes=("b",)),)))
    waiting = views({"a": 3, "b": 2})
    assert policy.draw(waiting, stock(501)).lane == "a"
    answer = policy.draw(waiting, stock(500))
    assert (answer.lane, answer.reason, answer.values["passed"]) == ("b", "x-kept-for-lane", "a")
    nobody = policy.draw(views({"a": 3}), stock(500))
    assert (nobody.lane, nobody.reason) == (None, "x-kept-for-others")
    assert nobody.values == {"lanes": "b", "floor": "500", "left": "500", "kind": "standard"}


def test_of_two_floors_the_lower_one_keeps_more_people_out() -> None:
    floors = (Floor(blanks=500, lanes=("a", "b")), Floor(blanks=100, lanes=("b",)))
    policy = quota(Stage(order=("c", "a", "b", "d"), floors=floors))
    waiting = views({"a": 1, "b": 1, "c": 1})
    assert [policy.draw(waiting, stock(blanks)).lane for blanks in (501, 500, 101, 100)] == ["c", "a", "a", "b"]


def test_where_two_lanes_are_equally_due_the_one_named_first_is_drawn() -> None:
    assert drawn_in_turn(quota(Stage(order=(("c", "a"), "b", "d"))), {"a": 2, "c": 2}, 4) == ["c", "a", "c", "a"]


def test_a_floor_of_one_kind_keeps_no_blank_of_another() -> None:
    policy = quota(Stage(order=("a", "b", "c", "d"), floors=(Floor(blanks=500, lanes=("b",), kind="chip"),)))
    assert policy.draw(views({"a": 3, "b": 2}), stock(5)).lane == "a"


# Stages.


def test_a_stage_is_in_force_from_its_day_on_and_keeps_what_it_does_not_say() -> None:
    policy = quota(
        Stage(order=("a", "b", "c"), never=("d",)),
        Stage(effective=DAY, floors=(Floor(blanks=10, lanes=("b",)),)),
        Stage(effective=DAY + timedelta(days=30), order=("d", "c", "b", "a"), never=(), floors=()),
    )
    everybody = views({"a": 1, "b": 1, "c": 1, "d": 1})
    eve = DAY - timedelta(days=1)
    assert policy.draw(everybody, stock(5, eve)).lane == "a"
    assert policy.draw(everybody, stock(5, DAY)).lane == "b"
    assert policy.draw(everybody, stock(5, DAY + timedelta(days=30))).lane == "d"
    assert (policy.stage(eve), policy.stage(DAY)) == ("always", "2026-07-01")


def test_a_lane_that_is_never_served_says_so() -> None:
    policy = quota(Stage(order=("a", "b", "c"), never=("d",)))
    answer = policy.draw(views({"d": 4}), stock())
    assert (answer.lane, answer.reason) == (None, "x-lane-not-served")
    assert answer.values == {"lane": "d", "effective": "always"}


def test_nobody_is_served_before_the_first_stage() -> None:
    policy = quota(Stage(effective=DAY, order=NAMES))
    answer = policy.draw(views({"a": 1}), stock(day=DAY - timedelta(days=1)))
    assert (answer.lane, answer.reason, answer.values) == (None, "x-before-first-stage", {"effective": "2026-07-01"})


def test_order_shares_and_floors_are_no_part_of_the_placement() -> None:
    one, other = sharing({"a": 2}), quota(Stage(order=("d", "c", "b"), never=("a",)))
    assert one.placement() == other.placement()
    moved = Quota(QuotaSettings(rules=RULES[::-1], otherwise="d", stages=one._settings.stages))
    assert one.placement() != moved.placement()


# Settings.


def table(*stages: Mapping[str, object], rules: Sequence[Mapping[str, object]] | None = None) -> dict[str, object]:
    given = [{"lane": name, "reasons": [name]} for name in NAMES[:-1]] if rules is None else rules
    return {"rules": given, "otherwise": "d", "stages": list(stages)}


def test_settings_are_read_as_a_circular_is_written() -> None:
    settings = convert(
        table(
            {"order": ["a", ["b", "c"]], "never": ["d"], "weights": {"b": 2}},
            {"effective": DAY, "floors": [{"blanks": 500, "lanes": ["a"]}]},
        ),
        QuotaSettings,
        Where(table="policy"),
    )
    assert settings.stages[1] == Stage(effective=DAY, floors=(Floor(blanks=500, lanes=("a",)),))
    assert Quota(settings).draw(views({"b": 1, "c": 1}), stock()).lane == "b"


GOOD = {"order": ["a", "b", "c", "d"]}


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ([{"order": ["a", "b", "c"]}], "`stages`: 'stages' number 1: lane d is not named"),
        ([{"order": ["a", "b", "c", "d", "a"]}], "`stages`: 'stages' number 1: lane a is named twice"),
        ([{"order": ["a", "b", "c", "d", "e"]}], "no rule leads to lane e; there are a, b, c, d"),
        ([GOOD, {"effective": DAY, "never": ["a"]}], "'stages' number 2: lane a is named twice"),
        ([GOOD, {"order": ["d", "c", "b", "a"]}], "'stages' number 2: effective must be a later day"),
        ([{**GOOD, "effective": DAY}, {"effective": DAY}], "'stages' number 2: effective must be a later day"),
        ([{**GOOD, "effective": "soon"}], "`stages[0].effective`: needs a date, not text"),
        ([{**GOOD, "weights": {"a": 0}}], "`stages[0].weights`: 'weights' gives lane a 0"),
        ([{**GOOD, "weights": {"e": 1}}], "no rule leads to lane e"),
        ([{**GOOD, "floors": [{"blanks": 0, "lanes": ["a"]}]}], "`stages[0].floors[0].blanks`"),
        ([{**GOOD, "floors": [{"blanks": 9, "lanes": []}]}], "`stages[0].floors[0].lanes`"),
        ([{"order": ["a", "b", "c"], "never": ["d"], "floors": [{"blanks": 9, "lanes": ["d"]}]}], "which is in never"),
        (
            [{**GOOD, "floors": [{"blanks": 9, "lanes": ["a"]}, {"blanks": 20, "lanes": ["b"]}]}],
            "floors of 9 and 20 contradict each other",
        ),
        ([], "`stages`"),
    ],
)
def test_stages_that_cannot_be_are_refused_by_key(stages: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        convert(table(*stages), QuotaSettings, Where(table="policy"))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"reasons": ["lost"]}], "`rules[0].lane`: is missing"),
        ([{"lane": "Lost Cards"}], "`rules[0].lane`: 'lane' must be 1 to 64 of"),
        ([{"lane": "a", "types": ["FIRST"]}], "`rules[0].types[0]`: needs one of FIRST_ISSUANCE"),
        ([{"lane": "a", "reason": "lost"}], "`rules[0].reason`: there is no such key"),
    ],
)
def test_rules_that_cannot_be_are_refused_by_key(rules: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        convert(table(GOOD, rules=rules), QuotaSettings, Where(table="policy"))
    assert said in str(refused.value)
