"""A grant gives leave to print a request until its date: what holds when it ends, is renewed, or comes again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cardprint import CardRequest, Station
from cardprint.engine.intake import Intake
from cardprint.errors import LedgerError, StateError
from cardprint.model import (
    CardFate,
    Cursor,
    Granted,
    GrantRenewed,
    GrantReturned,
    Item,
    OutcomeReport,
    Page,
    Verdict,
    VerdictChanged,
)
from cardprint.model.jobs import JobState
from cardprint.store import lines, outbox
from support.stations import Bench

MONDAY = date(2026, 1, 5)
DAY = 86_400.0


def request(name: str) -> CardRequest:
    return CardRequest(request_id=name, subject_id=f"subject-{name}")


def granted(name: str, grant_id: str, until: date | None = MONDAY) -> Granted:
    return Granted(request=request(name), grant_id=grant_id, until=until)


def take_in(station: Station, *items: Item) -> None:
    Intake(station._parts, "centre").store(Page(items=items, cursor=Cursor("c")))


def reports(station: Station) -> list[OutcomeReport]:
    with station._database.reading() as reading:
        return [report for _, report in outbox.owed(reading, "centre", 1000)]


def told(station: Station) -> list[tuple[str, str, str]]:
    return [(report.request_id, report.outcome, report.grant_id) for report in reports(station)]


def until_event(bench: Bench, station: Station, event: str) -> None:
    station.step()
    while [change.event for change in station.journal.lines()][-1] != event:
        bench.turn(station, steps=1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "station")


@pytest.fixture
def station(bench: Bench) -> Iterator[Station]:
    with bench.open() as station:
        bench.stock(station, 10)
        yield station


def test_a_card_is_begun_on_the_last_day_of_its_lease_and_the_report_names_the_lease(
    bench: Bench, station: Station
) -> None:
    take_in(station, granted("r1", "L-1"))
    bench.work(station)
    assert bench.world.printed == 1
    assert told(station) == [("r1", "printed", "L-1")]


def test_no_card_is_begun_after_the_lease_and_none_waits_behind_it(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"), granted("r2", "L-2", None))
    bench.clock.sleep(DAY)
    bench.work(station)
    assert [(job.state, job.reasons) for job in station.jobs.list()] == [
        (JobState.HELD, ("x-lease-expired",)),
        (JobState.COMPLETED, ()),
    ]
    assert told(station) == [("r2", "printed", "L-2")]
    assert station.check().ok


def test_an_ended_lease_is_no_persons_to_release(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    bench.clock.sleep(DAY)
    bench.work(station)
    with pytest.raises(StateError, match="lease of job 1 has ended"):
        station.jobs.release(1, by="a")
    assert "cardprint sync" in station.jobs.why(1).cure


@pytest.mark.parametrize(
    "renewal", [GrantRenewed(grant_id="L-1", until=MONDAY + timedelta(9)), granted("r1", "L-2", None)]
)
def test_a_renewed_lease_lets_its_request_be_printed(renewal: Item, bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    bench.clock.sleep(DAY)
    bench.work(station)
    take_in(station, renewal)
    bench.turn(station)
    assert bench.world.printed == 1


def test_a_lease_that_ends_between_reservation_and_intent_frees_the_blank(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    until_event(bench, station, "attempt-reserved")
    bench.clock.jump(DAY)
    bench.turn(station)
    assert station.jobs.list()[0].reasons == ("x-lease-expired",)
    assert (bench.world.printed, bench.differences(station)) == (0, [])


def test_a_lease_that_ends_over_a_card_lets_it_be_finished_and_reported(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    until_event(bench, station, "attempt-intent")
    bench.clock.jump(DAY)
    bench.turn(station)
    assert told(station) == [("r1", "printed", "L-1")]


def test_a_clock_that_is_set_back_brings_no_ended_lease_to_life(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"), granted("r2", "L-2", None))
    bench.clock.jump(DAY)
    bench.work(station)
    bench.clock.jump(-DAY)
    take_in(station, granted("r3", "L-3"))
    bench.turn(station)
    assert [job.reasons for job in station.jobs.list()] == [("x-lease-expired",), (), ("x-lease-expired",)]


def test_a_returned_lease_that_is_granted_anew_prints_once_and_each_report_names_its_own(
    bench: Bench, station: Station
) -> None:
    take_in(station, granted("r1", "L-1"), GrantReturned(grant_id="L-1"), granted("r1", "L-1"))
    assert [job.state for job in station.jobs.list()] == [JobState.CANCELED]
    take_in(station, granted("r1", "L-2"))
    bench.work(station)
    take_in(station, granted("r1", "L-2"), GrantReturned(grant_id="L-1"))
    bench.turn(station)
    assert told(station) == [("r1", "canceled", "L-1"), ("r1", "printed", "L-2")]
    assert bench.world.printed == 1
    assert [(job.issue, job.state) for job in station.jobs.list()] == [(1, JobState.CANCELED), (2, JobState.COMPLETED)]


def test_a_grant_over_a_reserved_blank_takes_back_the_wish_to_cancel(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    until_event(bench, station, "attempt-reserved")
    take_in(station, GrantReturned(grant_id="L-1"))
    take_in(station, granted("r1", "L-2"))
    bench.turn(station)
    assert told(station) == [("r1", "printed", "L-2")]


def test_a_card_that_is_finished_after_its_lease_was_returned_is_reported_under_none(
    bench: Bench, station: Station
) -> None:
    take_in(station, granted("r1", "L-1"))
    until_event(bench, station, "attempt-intent")
    take_in(station, GrantReturned(grant_id="L-1"))
    bench.turn(station)
    assert told(station) == [("r1", "printed", "")]


def test_a_grant_makes_no_second_card_where_the_first_one_is_missing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T0")
    station = bench.open()
    bench.stock(station, 5)
    take_in(station, granted("r1", "L-1"))
    bench.work(station, steps=5)
    bench.crash(station)
    with bench.open() as again:
        again.step()
        again.jobs.resolve(1, CardFate.UNKNOWN, by="Sari", witness="Budi")
        bench.turn(again)
        take_in(again, GrantReturned(grant_id="L-1"), granted("r1", "L-2"))
        assert [job.state for job in again.jobs.list()] == [JobState.CANCELED]


def test_holding_a_job_whose_card_is_missing_does_not_make_it_printable(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T0")
    station = bench.open()
    bench.stock(station, 5)
    take_in(station, granted("r1", "L-1"))
    bench.work(station, steps=5)
    bench.crash(station)
    with bench.open() as again:
        again.step()
        again.jobs.resolve(1, CardFate.UNKNOWN, by="Sari", witness="Budi")
        bench.turn(again)
        again.jobs.hold(1, by="Sari")
        with pytest.raises(StateError, match="the card of job 1 is missing"):
            again.jobs.release(1, by="Sari")


def test_a_business_date_that_ran_ahead_goes_back_when_people_ask(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"), granted("r2", "L-2", None))
    bench.clock.jump(400 * DAY)
    bench.work(station)
    with pytest.raises(LedgerError, match="2027-02-09 is not ahead of the clock; nothing was changed"):
        station.stock.put_day_right(by="Sari")
    bench.clock.jump(-400 * DAY)
    assert any("2027-02-09" in warning for warning in station.status().warnings)
    assert station.stock.put_day_right(by="Sari") == MONDAY
    assert not any("2027" in warning for warning in station.status().warnings)
    bench.turn(station)
    assert [job.state for job in station.jobs.list()] == [JobState.COMPLETED] * 2
    assert station.journal.lines()[-1].event == "card-printed"
    assert station.check().ok


def test_status_shows_what_is_leased_and_until_when_and_a_bad_card_holds_its_lease_again(
    bench: Bench, station: Station
) -> None:
    def leased() -> list[tuple[int, str]]:
        with station._database.reading() as reading:
            return [(view.leased, view.leased_until) for view in lines.views(reading, ("centre",))]

    take_in(station, granted("r1", "L-1"), granted("r2", "L-2", MONDAY + timedelta(3)), granted("r3", "L-3", None))
    assert leased() == [(3, "2026-01-05")]
    take_in(station, GrantReturned(grant_id="L-3"))
    bench.work(station)
    assert leased() == [(0, "")]
    station.jobs.spoil(2, reason="misprint", by="Sari")
    assert leased() == [(1, "2026-01-08")]
    bench.clock.sleep(5 * DAY)
    bench.turn(station)
    assert bench.world.printed == 2
    assert told(station)[-1] == ("r2", "spoiled", "L-2")


@pytest.mark.parametrize("verdict", [Verdict.REVOKED, Verdict.DUPLICATE])
def test_no_grant_makes_printable_what_is_revoked_or_a_duplicate(
    verdict: Verdict, bench: Bench, station: Station
) -> None:
    bad = attrs.evolve(request("r1"), verdict=verdict)
    take_in(station, Granted(request=bad, grant_id="L-1"))
    take_in(station, Granted(request=bad, grant_id="L-2"))
    bench.work(station)
    assert [job.state for job in station.jobs.list()] == [JobState.CANCELED]


def test_what_is_not_verified_any_more_is_not_let_go_by_a_renewed_lease(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"))
    bench.clock.sleep(DAY)
    bench.work(station)
    take_in(station, VerdictChanged(request_id="r1", verdict=Verdict.UNVERIFIED))
    take_in(station, GrantRenewed(grant_id="L-1", until=None))
    bench.turn(station)
    assert station.jobs.list()[0].reasons == ("x-verdict-unverified",)
    take_in(station, VerdictChanged(request_id="r1", verdict=Verdict.PRINT_READY))
    bench.turn(station)
    assert bench.world.printed == 1


def test_the_second_of_two_grants_in_a_page_is_the_one_that_holds(bench: Bench, station: Station) -> None:
    take_in(station, granted("r1", "L-1"), granted("r1", "L-2"))
    take_in(station, GrantReturned(grant_id="L-2"))
    bench.work(station)
    assert bench.world.printed == 0


def test_what_a_person_here_has_canceled_waits_for_a_person_when_it_is_granted_anew(
    bench: Bench, station: Station
) -> None:
    take_in(station, granted("r1", "L-1"))
    station.jobs.cancel(1, by="Sari")
    take_in(station, granted("r1", "L-2"))
    bench.work(station)
    assert [(job.state, job.reasons) for job in station.jobs.list()][1] == (JobState.HELD, ("x-operator",))
    station.jobs.release(2, by="Sari")
    bench.turn(station)
    assert bench.world.printed == 1


def test_a_grant_of_another_request_is_a_reject_and_two_sources_may_use_one_name(
    bench: Bench, station: Station
) -> None:
    take_in(station, granted("r1", "L-1"), granted("r2", "L-1"))
    take_in(station, granted("r3", "L-1"))
    Intake(station._parts, "elsewhere").store(Page(items=(granted("r9", "L-1"),), cursor=Cursor("c")))
    bench.work(station)
    assert [job.request_id for job in station.jobs.list()] == ["r1", "r9"]
    assert [reject.rule for reject in station.sources.rejects()] == ["x-grant-of-another"] * 2
    assert bench.world.printed == 2
    # A name stays taken when its card is made.
    take_in(station, granted("r4", "L-1"))
    bench.turn(station)
    assert bench.world.printed == 2


class Leases(RuleBasedStateMachine):
    """Do all that a centre may do about three records, while days pass and a printer works."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.bench = Bench(Path(self.folder.name) / "station")
        self.station = self.bench.open()
        self.bench.stock(self.station, 30)
        self.station.step()
        self.live: dict[str, tuple[str, date | None]] = {}
        self.given = 0
        self.day = MONDAY
        self.printed: dict[str, date] = {}

    @rule(name=st.sampled_from("abc"), days=st.one_of(st.none(), st.integers(0, 3)))
    def grant(self, name: str, days: int | None) -> None:
        self.given += 1
        until = None if days is None else self.day + timedelta(days)
        take_in(self.station, granted(name, f"L-{self.given}", until))
        self.live[name] = (f"L-{self.given}", until)

    @rule(name=st.sampled_from("abc"), days=st.integers(0, 3))
    def renew(self, name: str, days: int) -> None:
        if name in self.live:
            grant_id, _ = self.live[name]
            take_in(self.station, GrantRenewed(grant_id=grant_id, until=self.day + timedelta(days)))
            self.live[name] = (grant_id, self.day + timedelta(days))

    @rule(name=st.sampled_from("abc"))
    def give_back(self, name: str) -> None:
        if name in self.live:
            grant_id, _ = self.live.pop(name)
            take_in(self.station, GrantReturned(grant_id=grant_id))

    @rule()
    def pass_a_day(self) -> None:
        self.bench.clock.sleep(DAY)
        self.day += timedelta(1)

    @rule()
    def work(self) -> None:
        self.bench.turn(self.station)
        due = {name for name, (_, until) in self.live.items() if until is None or until >= self.day}
        for name in due:
            self.printed.setdefault(name, self.day)

    @invariant()
    def who_was_printed_is_who_had_leave(self) -> None:
        printed = [report.request_id for report in reports(self.station) if report.outcome == "printed"]
        assert sorted(printed) == sorted(self.printed)
        assert self.bench.world.printed == len(self.printed)

    def teardown(self) -> None:
        if hasattr(self, "station"):
            assert self.station.check().ok
            self.station.close()
            self.folder.cleanup()


TestLeases = Leases.TestCase
TestLeases.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
