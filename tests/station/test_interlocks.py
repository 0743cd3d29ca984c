"""What may keep a card from being fed, and what a station does about it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import attrs
import pytest

from cardprint import Station
from cardprint.errors import CardprintError
from cardprint.model import JobState
from cardprint.model.configuration import DutyLimits
from cardprint.model.views import Change
from cardprint.plugin import FeedAnswer, FeedQuestion, Interlock
from support.heard import Heard
from support.stations import Bench, folder_config, requests, station_config

YES = FeedAnswer(feed=True)
ON_BATTERY = FeedAnswer(feed=False, reason="x-on-battery", retry_after=0.1)
BATTERY_LOW = FeedAnswer(feed=False, reason="x-battery-low", stop_station=True)


class Mains(Interlock):
    """Answer what the test says."""

    def __init__(self, answer: FeedAnswer) -> None:
        self.answer = answer
        self.questions: list[FeedQuestion] = []
        self.closed = False

    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        self.questions.append(question)
        return self.answer

    def close(self) -> None:
        self.closed = True


@contextmanager
def opened(folder: Path, *plugins: Interlock, people: int = 2) -> Iterator[Station]:
    with Station.open(folder_config(folder), plugins=plugins) as station:
        if people:
            station.requests.submit(requests(people))
            station.stock.receive(people)
            station.stock.load("P1", people)
        # A run that should have ended fails the test in place of keeping it.
        too_long = threading.Timer(30, station.stop)
        too_long.start()
        try:
            yield station
        finally:
            too_long.cancel()


def when(station: Station, event: str, then: Callable[[Change], None]) -> None:
    station.subscribe(lambda change: then(change) if change.event == event else None)


def test_a_run_waits_for_mains_power_and_goes_on_by_itself(tmp_path: Path) -> None:
    mains = Mains(ON_BATTERY)
    with opened(tmp_path / "station", mains) as station:
        heard = Heard(station)
        seen: list[tuple[str, ...]] = []

        def come_back(change: Change) -> None:
            seen.append(station.printers.list()[0].reasons)
            mains.answer = YES

        when(station, "printer-changed", come_back)
        summary = station.run()
        assert (summary.printed, summary.stopped_by) == (2, "x-nobody-waits")
        assert seen == [("x-on-battery",), ()]
        assert heard.shown("P1") == [["x-on-battery"], []]


def test_a_run_that_waits_for_mains_power_ends_when_it_is_asked_to(tmp_path: Path) -> None:
    with opened(tmp_path / "station", Mains(ON_BATTERY)) as station:
        when(station, "printer-changed", lambda _: station.stop())
        summary = station.run()
        assert (summary.printed, summary.waiting, summary.stopped_by) == (0, 2, "x-asked")


def test_a_run_without_work_does_not_wait_for_mains_power(tmp_path: Path) -> None:
    with opened(tmp_path / "station", Mains(ON_BATTERY), people=0) as station:
        station.stock.receive(1)
        station.stock.load("P1", 1)
        assert station.run().stopped_by == "x-nobody-waits"
        assert station.printers.list()[0].reasons == ()


def test_a_run_ends_where_only_somebody_can_change_the_answer(tmp_path: Path) -> None:
    locked = FeedAnswer(feed=False, reason="x-room-locked", retry_after=None)
    with opened(tmp_path / "station", Mains(locked)) as station:
        assert station.run().stopped_by == "x-room-locked"
        assert station.printers.list()[0].reasons == ("x-room-locked",)


def test_low_battery_stops_a_station_whose_printers_have_work(tmp_path: Path) -> None:
    mains = Mains(ON_BATTERY)
    with opened(tmp_path / "station", mains) as station:
        when(station, "printer-changed", lambda _: setattr(mains, "answer", BATTERY_LOW))
        summary = station.run(until_idle=False)
        assert (summary.printed, summary.waiting, summary.stopped_by) == (0, 2, "x-battery-low")
    assert mains.closed
    with opened(tmp_path / "station", people=0) as station:
        assert station.check().ok
        assert station.run().printed == 2


@pytest.mark.parametrize("hindered", ["idle", "paused"])
def test_low_battery_stops_a_station_whose_printers_wait_for_something_else(hindered: str, tmp_path: Path) -> None:
    mains = Mains(YES)
    with opened(tmp_path / "station", mains, people=2 if hindered == "paused" else 0) as station:
        if hindered == "paused":
            station.printers.pause("P1", by="a")
        when(station, "station-opened", lambda _: setattr(mains, "answer", BATTERY_LOW))
        heard = Heard(station)
        assert station.run(until_idle=False).stopped_by == "x-battery-low"
        (stopping,) = [change for change in heard.changes if change.event == "station-stopping"]
        assert stopping.data == {"reason": "x-battery-low"}


def test_a_program_that_has_started_a_station_is_told_that_it_stops(tmp_path: Path) -> None:
    mains = Mains(YES)

    def fail(change: Change) -> None:
        mains.answer = BATTERY_LOW if change.job_id == 2 else YES

    with opened(tmp_path / "station", mains) as station:
        told = threading.Event()
        when(station, "station-stopping", lambda _: told.set())
        when(station, "card-printed", fail)
        station.start()
        assert told.wait(60)
    with opened(tmp_path / "station", people=0) as station:
        assert station.jobs.count(JobState.COMPLETED) == 2
        assert station.check().ok


def test_the_card_in_the_machine_is_finished_when_the_battery_is_low(tmp_path: Path) -> None:
    mains = Mains(YES)
    with opened(tmp_path / "station", mains) as station:
        when(station, "attempt-intent", lambda _: setattr(mains, "answer", BATTERY_LOW))
        summary = station.run()
        assert (summary.printed, summary.in_doubt, summary.waiting) == (1, 0, 1)
        assert summary.stopped_by == "x-battery-low"
        assert station.check().ok


def test_a_store_is_closed_though_an_interlock_cannot_be(tmp_path: Path) -> None:
    class Stuck(Mains):
        def close(self) -> None:
            raise RuntimeError("stuck")

    station = Station.open(folder_config(tmp_path / "station"), plugins=[Stuck(YES)])
    with pytest.raises(RuntimeError, match="stuck"):
        station.close()
    with pytest.raises(CardprintError):
        station.status()


class Broken(Mains):
    """Fail as a plugin may, until it is mended."""

    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        if self.answer == YES:
            return YES
        if self.answer == ON_BATTERY:
            raise RuntimeError
        # What a plugin without types may do.
        return None  # type: ignore[return-value]


@pytest.mark.parametrize("answer", [ON_BATTERY, BATTERY_LOW], ids=["raises", "answers nothing"])
def test_an_interlock_that_fails_says_no_and_stops_nothing(
    answer: FeedAnswer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cardprint.engine.feeding._LOOK_AGAIN", 0.1)
    broken = Broken(answer)
    with opened(tmp_path / "station", broken) as station:
        heard = Heard(station)
        station.start()
        heard.wait_until(lambda: heard.shown("P1") == [["x-interlock-failed"]])
        broken.answer = YES
        heard.wait_until(lambda: heard.count("card-printed", "P1") == 2)


@pytest.mark.parametrize("retry_after", [0.0, -1.0, float("nan"), float("inf")])
def test_an_interlock_is_asked_again_neither_at_once_nor_never(retry_after: float, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with bench.open(Mains(attrs.evolve(ON_BATTERY, retry_after=retry_after))) as station:
        station.requests.submit(requests(1))
        bench.stock(station, 1)
        (worker,) = station.step().workers
        standing = worker.advance(None)
        while standing.busy:
            bench.clock.sleep(1)
            standing = worker.advance(worker.port.poll() if worker.port is not None else None)
        assert standing.reason == "x-on-battery"
        assert standing.until is not None
        assert 0.09 <= standing.until - bench.clock.monotonic() <= 3600


def test_an_interlock_is_asked_with_true_figures(tmp_path: Path) -> None:
    mains = Mains(YES)
    bench = Bench(tmp_path / "station")
    bench.config = station_config(tmp_path / "station", duty=DutyLimits(per_day=100))

    def last_question_after(people: int, prefix: str) -> FeedQuestion:
        with bench.open(mains) as station:
            station.requests.submit(requests(people, prefix))
            bench.stock(station, people)
            bench.work(station)
            return mains.questions[-1]

    question = last_question_after(3, "first")
    assert (question.printer, question.business_date) == ("P1", date(2026, 1, 5))
    assert (question.fed_today, question.fed_this_hour) == (3, 3)
    assert (question.duty.per_day, question.paused_by) == (100, "")
    assert 3500 < question.hour_eases_in <= 3600
    bench.clock.sleep(1800)
    assert last_question_after(1, "second").fed_this_hour == 4
    bench.clock.sleep(1800)
    question = last_question_after(1, "third")
    assert (question.fed_today, question.fed_this_hour) == (5, 2)
    bench.clock.jump(-24 * 3600)
    question = last_question_after(1, "fourth")
    assert (question.fed_today, question.business_date) == (6, date(2026, 1, 5))


def hourly(folder: Path, per_hour: int) -> Bench:
    bench = Bench(folder)
    bench.config = station_config(folder, duty=DutyLimits(per_hour=per_hour))
    return bench


def test_an_hourly_limit_lets_the_printer_rest_whatever_the_wall_clock_does(tmp_path: Path) -> None:
    bench = hourly(tmp_path / "station", 2)

    class Jumps(Mains):
        def may_feed(self, question: FeedQuestion) -> FeedAnswer:
            bench.clock.jump(-24 * 3600 if question.fed_this_hour else 12 * 3600)
            return super().may_feed(question)

    with bench.open(Jumps(YES)) as station:
        station.requests.submit(requests(6))
        bench.stock(station, 6)
        begun = bench.clock.monotonic()
        bench.work(station)
        assert bench.world.printed == 6
        assert 2 * 3600 <= bench.clock.monotonic() - begun < 2 * 3600 + 60


def test_an_hourly_limit_outlasts_a_restart(tmp_path: Path) -> None:
    bench = hourly(tmp_path / "station", 2)
    begun = bench.clock.monotonic()
    for prefix in ("first", "second"):
        with bench.open() as station:
            station.requests.submit(requests(2, prefix))
            bench.stock(station, 2)
            bench.work(station)
        assert bench.world.printed == (2 if prefix == "first" else 4)
        # What lies ahead of a clock that was set back counts as fed now: an hour's rest, and not three days'.
        bench.clock.jump(-3 * 24 * 3600)
    assert 3600 <= bench.clock.monotonic() - begun < 3700
