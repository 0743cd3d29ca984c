"""Offices in virtual time, as given and perturbed; what came of it is counted in the world."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint.model import RequestType
from cardprint.simulation.scenario import Arrivals, Backlog, Delivery, Scenario, ScenarioPrinter, read_scenario
from cardprint.station.simulate import Office, simulate


@pytest.mark.no_cover  # long, and other tests meet the same lines
def test_the_office_prints_its_ten_thousand_blanks_in_twenty_five_days() -> None:
    outcome = simulate("office")
    assert (outcome.printed, outcome.working_days) == (10_000, 25)
    assert outcome.waiting == {"FIRST_ISSUANCE": 26_260, "REPLACEMENT": 1_000, "RENEWAL": 0, "OTHER": 0}
    assert outcome.blanks == {"printed": 10_000}
    assert (outcome.discrepancies, outcome.doubled, outcome.lost) == ((), 0, 0)


_dates = st.dates(date(2025, 1, 1), date(2026, 1, 1))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    printers = {
        f"P{number}": ScenarioPrinter(
            seconds_per_card=draw(st.floats(60, 3000)),
            spoil_rate=draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
            broken=draw(st.booleans()),
            per_day=draw(st.none() | st.integers(1, 30)),
            hopper_size=draw(st.integers(1, 40)),
            tier=draw(st.sampled_from(["T0", "T1", "T2", "T3"])),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    }
    backlog = {}
    for request_type in draw(st.sets(st.sampled_from(RequestType))):
        first, last = sorted([draw(_dates), draw(_dates)])
        backlog[request_type] = Backlog(count=draw(st.integers(0, 40)), waiting_from=first, waiting_to=last)
    return Scenario(
        name="drawn",
        seed=draw(st.integers(0, 1000)),
        max_days=4,
        printers=printers,
        backlog=backlog,
        arrivals=tuple(
            Arrivals(request_type=request_type, per_day=draw(st.integers(0, 5)))
            for request_type in draw(st.sets(st.sampled_from(RequestType), max_size=2))
        ),
        deliveries=tuple(Delivery(day=day, count=draw(st.integers(1, 60))) for day in draw(st.sets(st.integers(1, 4)))),
    )


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(scenario=scenarios())
@settings(max_examples=25)
def test_any_office_closes_its_books_and_doubles_nothing(
    scenario: Scenario,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    outcome = simulate(scenario, folder=tmp_path_factory.mktemp("office") / "station")
    delivered = sum(delivery.count for delivery in scenario.deliveries if delivery.day <= outcome.working_days)
    asked = sum(backlog.count for backlog in scenario.backlog.values())
    asked += outcome.working_days * sum(arrivals.per_day for arrivals in scenario.arrivals)
    assert (outcome.discrepancies, outcome.doubled, outcome.lost) == ((), 0, 0)
    assert sum(outcome.blanks.values()) == delivered
    assert outcome.blanks.get("printed", 0) == outcome.printed
    assert outcome.printed + sum(outcome.waiting.values()) == asked


def test_every_card_is_printed_in_the_order_of_lanes_and_of_waiting(tmp_path: Path) -> None:
    scenario = attrs.evolve(
        read_scenario("small"),
        printers={"P1": ScenarioPrinter(seconds_per_card=60.0)},
        deliveries=(Delivery(day=1, count=200),),
        max_days=3,
    )
    with Office(scenario, tmp_path / "station") as office:
        office.work(lambda _: None)
        lines = office.station.journal.lines(limit=100_000)
        printed = [office.station.jobs.show(line.job_id).job for line in lines if line.event == "card-printed"]  # type: ignore[arg-type]
        waiting = office.station.jobs.list(limit=1000)
    assert len(printed) == 200
    first_day = [job for job in printed if str(job.source) == "backlog"]
    assert [job.waiting_since for job in first_day] == sorted(job.waiting_since for job in first_day)  # type: ignore[type-var]
    assert {job.lane for job in printed} == {"first-issuance"}
    last = max(job.waiting_since for job in printed if job.waiting_since)
    still = [job for job in waiting if job.state.value == "pending" and job.lane == "first-issuance"]
    assert all(job.waiting_since is not None and job.waiting_since >= last for job in still)
