"""The front door: what a program can do with a station."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardprint import CardRequest, PluginUse, PrinterConfig, RequestType, Station, StationConfig
from cardprint.errors import CardprintError, ConfigurationError, LedgerError, PluginError, StateError, StoreBusyError
from cardprint.model import Draw, JobState, Lanes, Place, StockView, Verdict
from cardprint.model.configuration import DutyLimits
from cardprint.model.views import Change
from cardprint.plugin import AllocationPolicy
from support.stations import Bench, folder_config, requests, station_config


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "station")


@pytest.fixture
def station(bench: Bench) -> Iterator[Station]:
    with bench.open() as opened:
        yield opened


def test_requests_and_blanks_become_cards(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path / "station")) as station:
        assert station.requests.submit(requests(3)).new == 3
        station.stock.receive(2)
        station.stock.load("P1", 2)
        summary = station.run()
        assert (summary.printed, summary.waiting, summary.stopped_by) == (2, 1, "x-hopper-empty")
        assert station.stock.report().accounts == {"printed": 2}
        assert station.check().ok
        assert len(list((tmp_path / "station" / "cards").glob("*/card.json"))) == 2


def test_a_run_ends_after_the_cards_asked_for(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path / "station")) as station:
        station.requests.submit(requests(5))
        station.stock.receive(5)
        station.stock.load("P1", 5)
        assert station.run(cards=2).printed == 2
        assert station.run().printed == 3


def test_start_and_stop_do_not_block_and_close_waits(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path / "station")) as station:
        station.requests.submit(requests(2))
        station.stock.receive(2)
        printed = threading.Semaphore(0)
        station.subscribe(lambda change: printed.release() if change.event == "card-printed" else None)
        station.start()
        station.stock.load("P1", 2)
        assert printed.acquire(timeout=30)
        assert printed.acquire(timeout=30)
        station.stop()
    with Station.open(folder_config(tmp_path / "station")) as station:
        assert station.jobs.count(JobState.COMPLETED) == 2


def test_subscribers_hear_every_committed_change_in_order(bench: Bench, station: Station) -> None:
    heard: list[Change] = []
    forget = station.subscribe(heard.append)
    station.requests.submit(requests(2))
    bench.stock(station, 2)
    bench.work(station)
    forget()
    station.stock.receive(1)
    lines = station.journal.lines(limit=1000)
    assert heard == lines[: len(heard)]
    assert [line.event for line in lines[len(heard) :]] == ["blanks-moved"]


def test_a_subscriber_that_fails_harms_nobody(bench: Bench, station: Station, caplog: pytest.LogCaptureFixture) -> None:
    def fail(change: Change) -> None:
        raise RuntimeError(str(change.seq))

    heard: list[Change] = []
    station.subscribe(fail)
    station.subscribe(heard.append)
    station.requests.submit(requests(1))
    assert [change.event for change in heard] == ["page-stored"]
    assert "RuntimeError" in caplog.text


def test_a_policy_without_packaging_decides(tmp_path: Path) -> None:
    class LastComeFirst(AllocationPolicy):
        version = "7"

        def place(self, request: CardRequest) -> Place:
            return Place(lane="turned", rank=-int(request.request_id[1:]), reason="x-turned")

        def draw(self, lanes: Lanes, stock: StockView) -> Draw:
            return Draw(lane=lanes[0].name if lanes else None, reason="x-turned")

    with Station.open(folder_config(tmp_path / "station"), plugins=[LastComeFirst()]) as station:
        station.requests.submit(requests(3))
        station.stock.receive(1)
        station.stock.load("P1", 1)
        station.run()
        assert station.jobs.list(state=JobState.COMPLETED)[0].request_id == "r2"
        assert station.jobs.why(3).reason == "x-turned"


def test_a_policy_that_fails_lets_the_printer_wait_and_undoes_nothing(tmp_path: Path) -> None:
    class Broken(AllocationPolicy):
        def place(self, request: CardRequest) -> Place:
            return Place(lane="all")

        def draw(self, lanes: Lanes, stock: StockView) -> Draw:
            raise RuntimeError("no")

    with Station.open(folder_config(tmp_path / "station"), plugins=[Broken()]) as station:
        station.requests.submit(requests(1))
        station.stock.receive(1)
        station.stock.load("P1", 1)
        assert station.run().stopped_by == "x-policy-failed"
        assert station.check().ok


def test_a_second_station_on_the_same_folder_is_refused_with_the_owner_named(tmp_path: Path) -> None:
    config = folder_config(tmp_path / "station")
    with Station.open(config) as first, Station.open(config) as second:
        first.start()
        with pytest.raises(StoreBusyError, match=r"process \d+ on .*cardprint status"):
            second.run()
        assert second.requests.submit(requests(1)).new == 1
        assert second.status().running


def test_another_process_can_ask_a_running_station_to_stop(tmp_path: Path) -> None:
    config = folder_config(tmp_path / "station")
    with Station.open(config) as first, Station.open(config) as second:
        asked = threading.Timer(0, second.stop)
        first.subscribe(lambda change: asked.start() if change.event == "station-opened" else None)
        assert first.run(until_idle=False).stopped_by == "x-asked"


def test_several_threads_may_use_one_station(bench: Bench, station: Station) -> None:
    def submit(name: str) -> None:
        for request in requests(20, name):
            station.requests.submit(request)

    threads = [threading.Thread(target=submit, args=(f"t{number}-",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert station.jobs.count(JobState.PENDING) == 80
    assert station.check().ok


def test_a_held_job_is_passed_over_until_released(bench: Bench, station: Station) -> None:
    station.requests.submit(requests(2))
    bench.stock(station, 2)
    station.jobs.hold(1, by="a")
    bench.work(station)
    assert [job.job_id for job in station.jobs.list(state=JobState.COMPLETED)] == [2]
    assert station.jobs.why(1).state == "held"
    station.jobs.release(1, by="a")
    assert station.jobs.why(1).position == 1


def test_first_puts_a_job_at_the_head_of_its_lane(station: Station) -> None:
    station.requests.submit(requests(3))
    station.jobs.first(3, by="a")
    assert [job.job_id for job in station.jobs.list(state=JobState.PENDING)] == [3, 1, 2]
    assert station.jobs.why(3).position == 1


def test_a_canceled_job_is_never_printed_and_reported_once(bench: Bench, station: Station) -> None:
    station.requests.submit(requests(1))
    bench.stock(station, 1)
    assert station.jobs.cancel(1, by="a") is JobState.CANCELED
    bench.work(station)
    assert bench.world.printed == 0
    with pytest.raises(StateError):
        station.jobs.cancel(1, by="a")
    assert station.status().outbox == 1


def test_a_second_first_issuance_of_a_subject_is_held(station: Station) -> None:
    station.requests.submit(CardRequest(request_id="a", subject_id="1"))
    report = station.requests.submit(CardRequest(request_id="b", subject_id="1"), source="other")
    assert report.held == 1
    assert station.jobs.show(2).job.reasons == ("x-suspected-duplicate",)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.PRINT_READY, JobState.PENDING),
        (Verdict.UNVERIFIED, JobState.HELD),
        (Verdict.DUPLICATE, JobState.CANCELED),
        (Verdict.REVOKED, JobState.CANCELED),
    ],
)
def test_the_centres_verdict_decides_whether_a_request_waits(
    verdict: Verdict,
    state: JobState,
    station: Station,
) -> None:
    station.requests.submit(CardRequest(request_id="a", subject_id="1", verdict=verdict))
    assert station.jobs.show(1).job.state is state


def test_a_correction_changes_what_waits_and_not_what_is_printed(bench: Bench, station: Station) -> None:
    first = CardRequest(request_id="a", subject_id="1")
    station.requests.submit([first, CardRequest(request_id="b", subject_id="2")])
    bench.stock(station, 1)
    bench.work(station)
    changed = RequestType.REPLACEMENT
    report = station.requests.submit(
        [
            CardRequest(request_id="a", subject_id="1", request_type=changed),
            CardRequest(request_id="b", subject_id="2", request_type=changed),
        ],
    )
    assert (report.refused, report.corrected) == (1, 1)
    assert station.jobs.show(2).job.lane == "replacement"
    assert [reject.rule for reject in station.sources.rejects()] == ["x-correction-too-late"]
    assert station.check().ok


def test_why_says_that_no_blank_is_left_and_how_many_are_ahead(bench: Bench, station: Station) -> None:
    station.requests.submit(requests(3))
    bench.stock(station, 1)
    bench.work(station)
    why = station.jobs.why(3)
    assert (why.reason, why.position) == ("x-waits-no-blanks", 2)
    assert "No blank of kind standard is left; 1 are ahead" in why.sentence
    assert station.jobs.why(1).reason == "x-lane-first"


def test_a_printer_that_says_empty_while_the_book_says_five_is_shown_until_counted(
    bench: Bench,
    station: Station,
) -> None:
    station.requests.submit(requests(5))
    station.stock.receive(5)
    station.stock.load("P1", 5)
    bench.work(station, steps=20)
    found = station.stock.discrepancies()
    assert len(found) == 1
    assert "says empty, the book says 5" in found[0]
    assert "cardprint stock recount hopper:P1" in found[0]
    assert station.stock.recount("hopper:P1", 0, by="a") == -5
    assert station.stock.discrepancies() == ()
    assert station.stock.report().accounts == {"missing": 5}
    assert station.check().ok


def test_a_daily_limit_ends_the_day_for_a_printer(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.config = station_config(tmp_path / "station", duty=DutyLimits(per_day=2))
    with bench.open() as station:
        station.requests.submit(requests(5))
        bench.stock(station, 5)
        bench.work(station)
        assert bench.world.printed == 2
        bench.clock.sleep(24 * 3600)
    with bench.open() as station:
        bench.work(station)
        assert bench.world.printed == 4


def test_a_clock_set_back_brings_no_second_day(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.config = station_config(tmp_path / "station", duty=DutyLimits(per_day=2))
    with bench.open() as station:
        station.requests.submit(requests(5))
        bench.stock(station, 5)
        bench.work(station)
    bench.clock.jump(-3 * 24 * 3600)
    with bench.open() as station:
        bench.work(station)
        assert bench.world.printed == 2


def test_a_printer_that_spoils_repeatedly_is_set_aside_until_released(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", spoil_rate=1.0)
    with bench.open() as station:
        station.requests.submit(requests(5))
        bench.stock(station, 10)
        bench.work(station)
        (view,) = station.printers.list()
        assert view.quarantined
        assert "x-spoiled-repeatedly" in view.reasons
        assert station.stock.report().accounts["spoiled:1"] == 3
        station.printers.release("P1", by="a")
        assert not station.printers.list()[0].quarantined
        assert station.check().ok


def test_a_restored_station_prints_nothing_before_its_hoppers_are_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with bench.open() as station:
        station.requests.submit(requests(4))
        bench.stock(station, 4)
        station.backup(tmp_path / "backup.db")
        bench.work(station)
    assert bench.world.printed == 4
    for path in (tmp_path / "station").glob("station.*"):
        path.unlink()
    Station.restore(bench.config, tmp_path / "backup.db", ports=lambda _: pytest.fail("opened")).close()
    with bench.open() as station:
        bench.work(station)
        assert bench.world.account(bench.job_of).doubled == 0
        assert "x-reconcile" in station.printers.list()[0].reasons
        before = set(bench.job_of)
        assert station.stock.recount("hopper:P1", 0, by="a") == -4
        assert station.printers.list()[0].reasons == ()
        bench.stock(station, 1)
    with bench.open() as station:
        bench.work(station)
        after = {attempt.attempt_id for job in (1, 2, 3, 4) for attempt in station.jobs.show(job).attempts}
        # The name of an attempt that the lost history made must not come again: devices and the centre know it.
        assert after
        assert after.isdisjoint(before)


def test_a_backup_overwrites_nothing(station: Station, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(CardprintError, match="never overwrites"):
        station.backup(tmp_path / "there")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"policy": PluginUse(plugin="first-time-frist")}, PluginError),
        ({"policy": PluginUse(plugin="fifo", settings={"x": 1})}, ConfigurationError),
        ({"renderer": PluginUse(plugin="hologram")}, PluginError),
        ({"subject_pattern": "[0-9"}, ConfigurationError),
        ({"printers": (PrinterConfig(name="P1", driver="folder", device="folder:a"),) * 2}, ConfigurationError),
    ],
)
def test_a_wrong_configuration_is_refused_before_the_store_is_made(
    change: dict[str, Any],
    error: type[CardprintError],
    tmp_path: Path,
) -> None:
    config = StationConfig(folder=tmp_path / "station", **change)
    with pytest.raises(error):
        Station.open(config)
    assert not (tmp_path / "station").exists()


def test_settings_of_a_renderer_are_checked_at_once_and_the_renderer_itself_before_a_printer_is_taken(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigurationError):
        Station.open(folder_config(tmp_path, renderer=PluginUse(plugin="portrait", settings={"titel": "CARD"})))
    missing = PluginUse(plugin="portrait", settings={"font": str(tmp_path / "missing.ttf")})
    with Station.open(folder_config(tmp_path / "station", renderer=missing)) as station:
        station.requests.submit(requests(1))
        station.stock.receive(1)
        station.stock.load("P1", 1, by="a", witness="b")
        with pytest.raises(ConfigurationError, match="missing"):
            station.run()
        with pytest.raises(ConfigurationError, match="missing"):
            station.printers.test("P1", by="a")
        assert station.status().running is False
        assert station.jobs.count(JobState.PENDING) == 1
        assert station.stock.report().accounts == {"hopper:P1": 1}


def test_two_people_are_asked_for_where_more_than_one_works(tmp_path: Path) -> None:
    with Station.open(station_config(tmp_path / "station", people=3), ports=lambda _: pytest.fail("opened")) as station:
        station.stock.receive(5)
        for by, witness in (("", ""), ("a", ""), ("a", "A")):
            with pytest.raises(LedgerError, match="two different people"):
                station.stock.load("P1", 5, by=by, witness=witness)
        station.stock.load("P1", 5, by="a", witness="b")
        assert station.stock.report().accounts == {"hopper:P1": 5}


def test_an_altered_line_of_the_journal_is_found(tmp_path: Path) -> None:
    config = station_config(tmp_path / "station")
    with Station.open(config, ports=lambda _: pytest.fail("opened")) as station:
        for _ in range(3):
            station.stock.receive(1)
        assert station.journal.verify() == []
    raw = sqlite3.connect(tmp_path / "station" / "station.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("UPDATE journal SET at = 0 WHERE seq = 2")
    raw.execute("DROP TRIGGER journal_is_never_changed")
    raw.execute("UPDATE journal SET at = 0 WHERE seq = 2")
    raw.commit()
    raw.close()
    with Station.open(config, ports=lambda _: pytest.fail("opened")) as station:
        assert station.journal.verify() == ["journal line 2 or the one before it was altered"]
        assert not station.check().ok
