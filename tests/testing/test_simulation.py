"""The office in which processes die at every call: nothing breaks, and every planted bug is seen."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import islice

import attrs
import pytest

from cardprint.testing.simulation import (
    Operator,
    Plan,
    Trouble,
    TroubleKind,
    doubles,
    draw_far_plan,
    draw_lying_plan,
    draw_mixed_plan,
    draw_plan,
    run,
    shrink,
    singles,
)
from cardprint.testing.simulation.mutants import MUTANTS, planted
from cardprint.testing.simulation.plan import TIERS

SLICE = 60
"""Runs of one part of the random slice; there are eight parts."""
ENOUGH = 4_000
"""Seeds within which every planted bug must show."""
# The other histories show coverage which lines a run meets; looking at every line makes a run twice as slow.
unmeasured = pytest.mark.no_cover


@pytest.mark.parametrize("part", range(8))
def test_no_promise_is_broken_whatever_dies_when(part: int) -> None:
    reports = [run(draw_mixed_plan(seed)) for seed in range(part * SLICE, (part + 1) * SLICE)]
    assert [(report.seed, report.violations) for report in reports if report.violations] == []
    assert sum(report.crashes for report in reports) > 3 * SLICE
    assert sum(report.mistakes for report in reports) == sum(report.mistakes_found for report in reports)


@pytest.mark.parametrize("part", range(2))
def test_no_promise_is_broken_far_from_the_centre(part: int) -> None:
    plans = [draw_far_plan(seed) for seed in range(part * SLICE, (part + 1) * SLICE)]
    reports = [run(plan) for plan in plans]
    assert [(report.seed, report.violations) for report in reports if report.violations] == []
    assert sum(report.crashes for report in reports) > 3 * SLICE
    assert run(plans[0]) == reports[0]


@unmeasured
@pytest.mark.parametrize("part", range(4))
def test_a_death_at_every_call_breaks_no_promise(part: int) -> None:
    # A prime stride meets every kind of death at calls of every kind; the long run leaves out none.
    plans = list(islice(singles(), 7 * part, None, 53))
    reports = [run(plan) for plan in plans]
    assert [(plan, report.violations) for plan, report in zip(plans, reports, strict=True) if report.violations] == []
    assert {plan.tiers[0] for plan in plans} == set(TIERS)
    assert all(report.crashes == 1 for report in reports)


@unmeasured
def test_a_death_at_every_call_of_a_card_with_a_chip_breaks_no_promise() -> None:
    plans = list(islice(singles(printers=1, chips=True), 0, None, 61))
    reports = [run(plan) for plan in plans]
    assert [(plan, report.violations) for plan, report in zip(plans, reports, strict=True) if report.violations] == []
    assert {plan.tiers[0] for plan in plans} == set(TIERS)


@unmeasured
def test_a_second_death_during_recovery_breaks_no_promise() -> None:
    plans = list(islice(doubles(), 0, None, 997))
    reports = [run(plan) for plan in plans]
    assert [(plan, report.violations) for plan, report in zip(plans, reports, strict=True) if report.violations] == []
    assert sum(report.crashes == 2 for report in reports) > len(plans) // 2


@unmeasured
@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_planted_bug_is_seen(name: str) -> None:
    draw = MUTANTS[name].draw
    with planted(name):
        assert any(run(draw(seed)).violations for seed in range(ENOUGH))


def test_a_store_that_a_lying_disk_has_robbed_feeds_no_printer_that_knows_better() -> None:
    reports = [run(draw_lying_plan(seed)) for seed in range(SLICE)]
    assert [(report.seed, report.violations) for report in reports if report.violations] == []
    assert sum(report.halted for report in reports) > SLICE // 3


@unmeasured
def test_a_process_that_was_overtaken_changes_nothing_and_moves_nothing() -> None:
    quiet = Plan(seed=0, tiers=("T1", "T2"), jobs=3, to_the_end=False)
    stalls = [
        attrs.evolve(quiet, troubles=(Trouble(kind=TroubleKind.STALL, after=after, amount=amount),))
        for after in range(1, run(attrs.evolve(quiet, to_the_end=True)).calls, 9)
        for amount in (1.0, 4.0, 30.0)
    ]
    reports = [run(plan) for plan in stalls]
    assert [(plan, report.violations) for plan, report in zip(stalls, reports, strict=True) if report.violations] == []
    assert all(report.stalls == 1 for report in reports)


FOUND_ONCE = {
    "a reservation in a commit that failed and was durable all the same, held by nobody": Plan(
        seed=1000352,
        tiers=("T1",),
        jobs=2,
        troubles=(
            Trouble(kind=TroubleKind.KILL, after=58),
            Trouble(kind=TroubleKind.OFFICE_POWER, after=21, mode="some"),
            Trouble(kind=TroubleKind.SYNC_ERROR, after=150),
            Trouble(kind=TroubleKind.WRITE_ERROR, after=23),
        ),
        faults=((),),
    ),
}


@pytest.mark.parametrize("name", FOUND_ONCE)
def test_what_was_found_once_is_found_no_more(name: str) -> None:
    assert run(FOUND_ONCE[name]).violations == ()


def test_a_bug_is_taken_out_again() -> None:
    with planted("submit-before-intent"):
        assert run(draw_plan(0)).violations
    assert not run(draw_plan(0)).violations


def test_a_seed_replays_exactly() -> None:
    for seed in range(20):
        plan = draw_plan(seed)
        assert run(plan) == run(plan)
    assert len({run(draw_plan(seed)).trace for seed in range(20)}) == 20


@unmeasured
def test_a_failing_plan_is_shrunk_and_still_fails() -> None:
    with planted("doubt-is-not-fed"):
        plan = next(plan for plan in map(draw_plan, range(ENOUGH)) if run(plan).violations)
        small = shrink(plan, lambda smaller: bool(run(smaller).violations))
        assert run(small).violations
    assert len(small.troubles) + sum(map(len, small.faults)) <= len(plan.troubles) + sum(map(len, plan.faults))
    assert small.jobs <= plan.jobs
    assert small != plan


@unmeasured
@pytest.mark.parametrize("tier", ["T2", "T3"])
def test_a_printer_with_a_job_table_settles_every_death_of_the_process_by_rule(tier: str) -> None:
    quiet = Plan(seed=0, tiers=(tier,), jobs=1, operator=Operator.ABSENT)
    for after in range(1, run(quiet).calls + 1, 3):
        report = run(attrs.evolve(quiet, troubles=(Trouble(kind=TroubleKind.KILL, after=after),)))
        assert report.violations == ()
        assert report.by_rule == report.doubts


def test_the_command_counts_and_names_the_first_seed_that_fails() -> None:
    command = [sys.executable, "-m", "cardprint.testing.simulation", "--json", "--processes", "1"]
    well = subprocess.run([*command, "--runs", "20", "--seed", "7"], capture_output=True, text=True, check=True)
    value = json.loads(well.stdout)
    assert value["runs"] == 20
    assert value["violations"] == 0
    assert value["crashes"] > 20
    assert set(value["resolved_by_rule"]) <= set(value["doubts"]) <= set(TIERS)
    bad = subprocess.run([*command, "--mutant", "two-transactions"], capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    value = json.loads(bad.stdout)
    assert value["violations"] >= 1
    assert "Trouble" in value["smallest"]
    with planted("two-transactions"):
        assert list(run(draw_plan(value["first_seed"])).violations) == value["first_violations"]
