"""A station that dies at any step, and another that takes over."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.model import JobState
from support.stations import Bench, requests


def _work_off(bench: Bench, cuts: list[int], jobs: int, blanks: int) -> None:
    """Work until everything is printed, with a crash after each of ``cuts`` steps."""
    station = bench.open()
    station.requests.submit(requests(jobs))
    bench.stock(station, blanks)
    for cut in cuts:
        bench.work(station, steps=cut)
        bench.crash(station)
        station = bench.open()
    for _ in range(4):
        bench.work(station)
        bench.settle(station)
        station.close()
        station = bench.open()
    tally = bench.world.account(bench.job_of)
    report = station.check()
    book, printed = bench.differences(station), station.jobs.count(JobState.COMPLETED)
    held = station.jobs.count(JobState.HELD)
    station.close()
    assert tally.doubled == 0
    assert tally.lost == 0
    assert report.problems == ()
    assert book == []
    assert printed == tally.printed
    # A request that has spoiled as many blanks as it may is held, not lost.
    assert printed + held == jobs


@pytest.mark.no_cover  # long, and other tests meet the same lines
@pytest.mark.parametrize("tier", ["T0", "T1", "T2", "T3"])
def test_a_crash_after_any_step_of_two_cards_doubles_and_loses_nothing(tier: str, tmp_path: Path) -> None:
    whole = Bench(tmp_path / "whole", tier=tier)
    station = whole.open()
    station.requests.submit(requests(2))
    whole.stock(station, 3)
    steps = whole.work(station)
    station.close()
    assert whole.world.printed == 2
    for cut in range(1, steps + 1):
        _work_off(Bench(tmp_path / f"cut-{cut}", tier=tier), [cut], jobs=2, blanks=3)


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(
    tier=st.sampled_from(["T0", "T1", "T2", "T3"]),
    cuts=st.lists(st.integers(1, 40), max_size=5),
    jobs=st.integers(1, 6),
    printers=st.integers(1, 3),
)
def test_any_number_of_crashes_doubles_and_loses_nothing(
    tier: str,
    cuts: list[int],
    jobs: int,
    printers: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("crash") / "station"
    names = [f"P{number}" for number in range(1, printers + 1)]
    _work_off(Bench(folder, *names, tier=tier), cuts, jobs=jobs, blanks=jobs + len(cuts) * printers)


@pytest.mark.parametrize("tier", ["T2", "T3"])
def test_a_printer_with_a_job_table_settles_a_crash_without_a_person(tier: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier=tier)
    station = bench.open()
    station.requests.submit(requests(2))
    bench.stock(station, 2)
    # Opened, looked at, reserved, looked at, intended and submitted.
    bench.work(station, steps=5)
    assert [view.state for view in station.jobs.show(1).attempts] == ["INTENT"]
    bench.crash(station)
    station = bench.open()
    bench.work(station)
    assert station.printers.in_doubt("P1") is None
    assert bench.world.account(bench.job_of).doubled == 0
    assert bench.world.printed == 2
    station.close()
