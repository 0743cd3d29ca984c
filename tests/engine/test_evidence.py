"""What proves a fate, and what does not."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.engine.evidence import concluded_afterwards, concluded_at_once, trusted
from cardprint.model import AttemptOutcome, Capabilities, CardFate, DeviceJob, Observation

BEFORE = Observation(
    serial="A1",
    boot_id="b1",
    pick_count=10,
    reject_count=2,
    path_clear=True,
    queue_empty=True,
)
RICH = Capabilities(
    pick_counter=True,
    pick_counter_survives_power=True,
    path_sensor=True,
    job_table=True,
    job_table_survives_power=True,
    can_fence=True,
    reads_blank_number=True,
)
POOR = Capabilities()

observations = st.builds(
    Observation,
    serial=st.sampled_from([None, "A1", "B2"]),
    boot_id=st.sampled_from([None, "b1", "b2"]),
    pick_count=st.sampled_from([None, 9, 10, 11, 12]),
    reject_count=st.sampled_from([None, 2, 3]),
    path_clear=st.sampled_from([None, True, False]),
    queue_empty=st.sampled_from([None, True, False]),
    job=st.none()
    | st.builds(DeviceJob, state=st.sampled_from(["queued", "active", "done", "failed"]), picked=st.booleans()),
)


def afterwards(after: Observation, can: Capabilities = RICH, *, at_rest: bool = True) -> CardFate | None:
    return concluded_afterwards(BEFORE, after, can, at_rest=at_rest).fate


def test_r1_an_unmoved_counter_with_path_and_queue_empty_proves_that_nothing_was_fed() -> None:
    assert afterwards(BEFORE) is CardFate.NOT_FED


@pytest.mark.parametrize(
    "change",
    [
        {"pick_count": 11},
        {"pick_count": None},
        {"path_clear": False},
        {"path_clear": None},
        {"queue_empty": False},
        {"queue_empty": None},
        {"reject_count": 3},
        {"serial": "B2"},
    ],
)
def test_r1_needs_all_of_its_facts(change: dict[str, object]) -> None:
    assert afterwards(attrs.evolve(BEFORE, **change)) is not CardFate.NOT_FED  # type: ignore[arg-type]


def test_r1_needs_the_fence() -> None:
    assert afterwards(BEFORE, at_rest=False) is None


@pytest.mark.parametrize(("boot", "fate"), [("b1", CardFate.NOT_FED), ("b2", None), (None, None)])
def test_r1_needs_a_counter_that_outlived_the_power_or_the_same_boot(boot: str | None, fate: CardFate | None) -> None:
    forgets = attrs.evolve(RICH, pick_counter_survives_power=False)
    assert afterwards(attrs.evolve(BEFORE, boot_id=boot), forgets) is fate


@pytest.mark.parametrize(
    ("picked", "rejected", "fate"),
    [(11, 2, CardFate.PRINTED), (None, 2, CardFate.PRINTED), (10, 2, None), (12, 2, None), (11, 3, None)],
)
def test_r2_a_job_that_is_done_proves_the_card_unless_a_counter_contradicts(
    picked: int | None,
    rejected: int,
    fate: CardFate | None,
) -> None:
    done = DeviceJob(state="done", picked=True)
    assert afterwards(attrs.evolve(BEFORE, pick_count=picked, reject_count=rejected, job=done)) is fate


def test_r2_the_number_of_another_card_contradicts() -> None:
    before = attrs.evolve(BEFORE, blank_number="N1")
    for number, fate in (("N1", CardFate.PRINTED), ("N2", None)):
        after = attrs.evolve(before, pick_count=11, job=DeviceJob(state="done"), printed_number=number)
        assert concluded_afterwards(before, after, RICH, at_rest=True).fate is fate


@pytest.mark.parametrize(
    ("state", "picked", "rejected", "fate"),
    [
        ("failed", True, 2, CardFate.SPOILED),
        ("failed", False, 3, CardFate.SPOILED),
        ("failed", False, 2, None),
        ("active", True, 3, None),
        ("queued", False, 2, None),
    ],
)
def test_r3_a_job_that_failed_after_the_pick_proves_a_spoiled_blank(
    state: str,
    picked: bool,  # noqa: FBT001
    rejected: int,
    fate: CardFate | None,
) -> None:
    job = DeviceJob(state=state, picked=picked)
    assert afterwards(attrs.evolve(BEFORE, pick_count=11, reject_count=rejected, job=job)) is fate


@given(after=observations, at_rest=st.booleans())
def test_what_a_driver_does_not_declare_proves_nothing(after: Observation, *, at_rest: bool) -> None:
    before = trusted(BEFORE, POOR)
    judgement = concluded_afterwards(before, trusted(after, POOR), POOR, at_rest=at_rest)
    assert judgement.fate is None


@given(after=observations, at_rest=st.booleans())
def test_no_evidence_proves_both_that_a_card_was_made_and_that_none_was_fed(
    after: Observation, *, at_rest: bool
) -> None:
    fate = afterwards(after, at_rest=at_rest)
    if after.pick_count not in {None, 10}:
        assert fate is not CardFate.NOT_FED
    if after.pick_count not in {None, 11}:
        assert fate is not CardFate.PRINTED
    if after.serial != "A1":
        assert fate is None


def at_once(fate: CardFate, after: Observation | None, can: Capabilities) -> CardFate | None:
    return concluded_at_once(AttemptOutcome(fate=fate), BEFORE, after, can).fate


def test_a_drivers_not_fed_counts_only_where_it_is_declared_to_be_definite() -> None:
    definite = attrs.evolve(POOR, definite_not_started=True)
    assert at_once(CardFate.NOT_FED, None, POOR) is None
    assert at_once(CardFate.NOT_FED, None, definite) is CardFate.NOT_FED
    assert at_once(CardFate.NOT_FED, attrs.evolve(BEFORE, pick_count=11), definite) is None


def test_a_drivers_spoiled_counts_only_with_evidence() -> None:
    assert at_once(CardFate.SPOILED, None, RICH) is None
    assert at_once(CardFate.SPOILED, attrs.evolve(BEFORE, pick_count=11), RICH) is None
    assert at_once(CardFate.SPOILED, attrs.evolve(BEFORE, reject_count=3), RICH) is CardFate.SPOILED
    failed = DeviceJob(state="failed", picked=True)
    assert at_once(CardFate.SPOILED, attrs.evolve(BEFORE, job=failed), RICH) is CardFate.SPOILED


def test_a_drivers_printed_holds_unless_something_contradicts_it() -> None:
    assert at_once(CardFate.PRINTED, None, POOR) is CardFate.PRINTED
    assert at_once(CardFate.PRINTED, attrs.evolve(BEFORE, pick_count=11), RICH) is CardFate.PRINTED
    assert at_once(CardFate.PRINTED, BEFORE, RICH) is None
    assert at_once(CardFate.PRINTED, attrs.evolve(BEFORE, pick_count=12), RICH) is None
    assert at_once(CardFate.PRINTED, attrs.evolve(BEFORE, pick_count=11, reject_count=3), RICH) is None
    assert at_once(CardFate.PRINTED, attrs.evolve(BEFORE, pick_count=11, job=DeviceJob(state="failed")), RICH) is None


@given(after=st.none() | observations)
def test_a_driver_that_does_not_know_is_never_believed_to_know(after: Observation | None) -> None:
    assert at_once(CardFate.UNKNOWN, after, RICH) is None
