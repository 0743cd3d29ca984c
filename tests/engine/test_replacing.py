"""Where the placement has changed, those who wait are placed anew while the station works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint import CardRequest, PluginUse, PrinterConfig, RequestType, Station, StationConfig
from cardprint.engine import replacing
from cardprint.engine.replacing import Replacing
from cardprint.model import Draw, JobState, Lanes, Place, StockView
from cardprint.plugin import AllocationPolicy
from cardprint.store import places
from support.choosing import backlogs, opened, people, place_anew, quota, quotas
from support.stations import Bench

REPLACED = [{"lane": "lost", "reasons": ["lost"]}]
STRICT = quota({"order": ["first", "others"]})
OTHERWISE = quota({"order": ["lost", "others"]}, rules=REPLACED)
MIXED = people(4) + people(4, RequestType.REPLACEMENT, "lost")


def folder_config(folder: Path) -> StationConfig:
    return StationConfig(
        folder=folder / "station",
        people=1,
        policy=STRICT,
        renderer=PluginUse(plugin="none"),
        printers=(PrinterConfig(name="P1", driver="folder", device="folder:cards", driver_process="inline"),),
    )


def rows(station: Station) -> list[tuple[object, ...]]:
    with station._database.reading() as reading:
        return reading.all("SELECT * FROM job ORDER BY id")


def wrongly_placed(station: Station) -> list[int]:
    with station._database.reading() as reading:
        page = places.page(reading, 0, 10**6)
    return [each.job for each in page if station._parts.policy.place(each.request) != each.place]


def events(station: Station, event: str) -> Sequence[object]:
    return [line for line in station.journal.lines(limit=10_000) if line.event == event]


@settings(max_examples=25)
@given(
    policies=st.lists(quotas(), min_size=2, max_size=3),
    requests=backlogs(most=20),
    cuts=st.lists(st.integers(1, 4), max_size=3),
    page=st.integers(1, 6),
    cards=st.integers(0, 3),
)
def test_however_often_it_is_cut_everybody_ends_where_a_fresh_placement_has_them(
    policies: list[PluginUse], requests: list[CardRequest], cuts: list[int], page: int, cards: int
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(replacing, "_PAGE", page)
        bench = Bench(Path(folder) / "station")
        with opened(bench, policies[0]) as station:
            station.requests.submit(requests)
            bench.stock(station, 20)
        for policy, cut in zip(policies[1:], cuts, strict=False):
            station = opened(bench, policy)
            running = station.step()
            for _ in range(cut):
                running.replacing.advance()
            bench.crash(station)
        station = opened(bench, policies[-1])
        running = station.step()
        for _ in range(cards * 10):
            for worker in running.workers:
                worker.advance(worker.port.poll() if worker.port is not None else None)
            bench.clock.advance_to(bench.clock.monotonic() + 1)
        while running.replacing.advance():
            pass
        assert wrongly_placed(station) == []
        assert station.check().problems == ()
        running.end()
        station.close()


def test_a_changed_order_share_or_floor_rewrites_no_job(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        place_anew(station)
        before = rows(station)
    floors = [{"blanks": 3, "lanes": ["first"]}]
    with opened(bench, quota({"order": [["others", "first"]], "weights": {"first": 2}, "floors": floors})) as station:
        assert not station.step().replacing.due
        assert rows(station) == before
        assert events(station, "requests-placed-again") == []


def test_what_waits_in_its_place_already_is_not_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        place_anew(station)
    rules: list[dict[str, object]] = [
        {"lane": "first", "types": ["FIRST_ISSUANCE"]},
        {"lane": "lost", "reasons": ["x"]},
    ]
    with opened(bench, quota({"order": ["first", "others", "lost"]}, rules=rules)) as station:
        before = rows(station)
        place_anew(station)
        assert rows(station) == before
        assert events(station, "requests-placed-again") == []


def test_a_step_is_written_with_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "_PAGE", 3)
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        place_anew(station)
    with opened(bench, OTHERWISE) as station:
        place_anew(station, steps=2)
        with station._database.reading() as reading:
            made = places.progress(reading)
        assert (made.after, made.done) == (6, False)
        again = Replacing(station._parts)
        assert again._after == 6


def test_whoever_was_put_first_stays_first_and_the_last_one_foremost(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        station.jobs.first(7, by="Sari")
        station.jobs.first(6, by="Sari")
    with opened(bench, OTHERWISE) as station:
        place_anew(station)
        assert [card.job_id for card in station.jobs.next(4, blanks=4).cards] == [6, 7, 5, 8]
        station.jobs.first(8, by="Sari")
        assert [card.job_id for card in station.jobs.next(4, blanks=4).cards] == [8, 6, 7, 5]


def test_held_jobs_and_cards_that_are_being_made_are_placed_too_and_the_counts_go_along(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        station.jobs.hold(8, by="Sari")
        bench.stock(station, 8)
        bench.work(station, steps=5)
        assert [job.job_id for job in station.jobs.list(state=JobState.PROCESSING)] == [1]
    with opened(bench, OTHERWISE) as station:
        running = station.step()
        while running.replacing.advance():
            pass
        assert {job.lane for job in station.jobs.list()} == {"lost", "others"}
        with station._database.reading() as reading:
            drawn: dict[str, int] = dict(reading.all("SELECT name, drawn FROM lane"))
        assert drawn == {"first": 0, "lost": 0, "others": 1}
        assert station.check().ok


def test_a_request_that_was_corrected_meanwhile_is_left_where_the_correction_put_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        with station._database.reading() as reading:
            placed = places.page(reading, 0, 1)[0]
        station.requests.submit(attrs.evolve(MIXED[0], request_type=RequestType.RENEWAL))
        with station._database.transaction() as tx:
            assert not places.move(tx, placed, Place(lane="elsewhere"))
        assert station.jobs.list(limit=1)[0].lane == "others"


class Failing(AllocationPolicy):
    def place(self, request: CardRequest) -> Place:
        raise ValueError(request.subject_id)

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        return Draw(lane=None, reason="x-nobody")


def test_a_policy_that_fails_leaves_everybody_where_they_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        before = rows(station)
    with Station.open(attrs.evolve(folder_config(tmp_path), printers=()), plugins=[Failing()]) as station:
        again = Replacing(station._parts)
        station._database.own()
        while again.advance():
            pass
        assert rows(station) == before
    assert "ValueError" in caplog.text
    assert "subject" not in caplog.text


class Intruding(Failing):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="x-test:P1")


def test_nobody_is_moved_into_a_lane_that_is_kept_for_test_cards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, STRICT) as station:
        station.requests.submit(MIXED)
        before = rows(station)
    with Station.open(attrs.evolve(folder_config(tmp_path), printers=()), plugins=[Intruding()]) as station:
        again = Replacing(station._parts)
        station._database.own()
        while again.advance():
            pass
        assert rows(station) == before
    assert "kept for test cards" in caplog.text


class FarAway(Failing):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="far", rank=2**70)


def test_a_place_that_no_store_takes_keeps_no_run_from_ending(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path)) as station:
        station.requests.submit(MIXED)
    with Station.open(folder_config(tmp_path), plugins=[FarAway()]) as station:
        assert station.run().printed == 0
        assert len(wrongly_placed(station)) == len(MIXED)


def test_a_run_ends_only_when_everybody_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "_PAGE", 1)
    with Station.open(folder_config(tmp_path)) as station:
        station.requests.submit(people(30) + people(1, RequestType.REPLACEMENT, "lost"))
        station.stock.receive(1)
        station.stock.load("P1", 1)
    served = quota({"order": ["lost"], "never": ["others"]}, rules=REPLACED)
    with Station.open(attrs.evolve(folder_config(tmp_path), policy=served)) as station:
        assert station.run().printed == 1
        assert wrongly_placed(station) == []


def test_a_running_station_prints_while_it_places_anew_and_ends_with_everybody_in_place(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path)) as station:
        station.requests.submit(people(300) + people(300, RequestType.REPLACEMENT, "lost"))
        station.stock.receive(20)
        station.stock.load("P1", 20)
        assert station.run(cards=2).printed == 2
    with Station.open(attrs.evolve(folder_config(tmp_path), policy=OTHERWISE)) as station:
        assert station.run().printed == 18
        assert wrongly_placed(station) == []
        printed = station.jobs.list(state=JobState.COMPLETED, limit=100)
        assert {job.lane for job in printed} >= {"lost"}
        assert station.check().ok
