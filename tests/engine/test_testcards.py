"""Test cards: made as every card is, seen by no policy and no source, and booked as spoiled."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cardprint import CardRequest, Station
from cardprint.errors import CardprintError, PluginError, RenderError, StateError
from cardprint.model import CardFaces, CardFate, Draw, JobState, Lanes, Place, RenderTarget, StockView
from cardprint.plugin import AllocationPolicy, CardRenderer
from cardprint.simulation.faults import Fault, FaultKind, Phase
from cardprint.store import printers
from support.stations import Bench, folder_config, requests


class Watching(AllocationPolicy):
    """Draw from the first lane, and remember what was shown."""

    def __init__(self, lane: str = "all") -> None:
        self.seen: set[tuple[str, int]] = set()
        self.lane = lane

    def place(self, request: CardRequest) -> Place:
        return Place(lane=self.lane)

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        self.seen |= {(lane.name, lane.waiting) for lane in lanes}
        return Draw(lane=lanes[0].name, reason="x-first")


def owed(station: Station, outcome: str = "printed") -> int:
    with station._database.reading() as reading:
        return int(reading.value("SELECT count(*) FROM outbox WHERE outcome = ?", (outcome,)))


def made_up(station: Station) -> list[int]:
    """Give the jobs of test cards."""
    return [job.job_id for job in station.jobs.list(limit=1000) if job.source == "station"]


@pytest.mark.parametrize("people", [1, 2])
def test_a_test_card_comes_first_and_ends_among_the_spoiled(people: int, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.config = attrs.evolve(bench.config, people=people)
    policy = Watching()
    station = bench.open(policy)
    station.requests.submit(requests(2))
    bench.stock(station, 3)
    station.step()
    job, made = station.printers.test("P1", by="Sari")
    assert not made
    assert station.status().waiting == {"FIRST_ISSUANCE": 2, "RENEWAL": 0, "REPLACEMENT": 0, "OTHER": 0}
    assert [why.lane for why in station.jobs.heads()] == ["all"]
    bench.turn(station)
    drawn = [line.job_id for line in station.journal.lines(limit=1000) if line.event == "attempt-reserved"]
    assert drawn == [job, 1, 2]
    assert policy.seen == {("all", 2), ("all", 1)}
    card = station.jobs.show(job)
    assert card.job.state is JobState.COMPLETED
    assert [(view.fate, view.decision, view.corrected) for view in card.attempts] == [
        ("PRINTED", "x-test-card", "x-test-card")
    ]
    assert "test card" in station.jobs.why(job).sentence
    booked = next(line for line in card.history if line.event == "test-card-booked")
    assert booked.data["by"] == "Sari"
    status = station.status()
    assert status.accounts == {"printed": 2, "spoiled:1": 1}
    assert status.jobs["completed"] == 2
    assert (status.printers[0].printed, status.printers[0].spoiled) == (2, 1)
    assert (status.today.printed, status.today.spoiled) == (2, {"x-test-card": 1})
    assert (owed(station), owed(station, "spoiled")) == (2, 0)
    running = station._running
    assert running is not None
    assert (running.summary().printed, running.summary().spoiled) == (2, 1)
    assert station.check().ok
    station.close()


def test_only_the_named_printer_makes_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", "P1", "P2")
    station = bench.open()
    bench.stock(station, 4)
    station.step()
    station.printers.test("P2", by="Sari")
    bench.turn(station)
    assert station.stock.report().accounts == {"hopper:P1": 2, "hopper:P2": 1, "spoiled:1": 1}
    station.close()


def test_a_station_that_is_not_running_runs_that_printer_for_that_card_alone(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    config = folder_config(folder)
    second = attrs.evolve(config.printers[0], name="P2", device="folder:more")
    with Station.open(attrs.evolve(config, printers=(*config.printers, second))) as station:
        station.requests.submit(requests(3))
        station.stock.receive(6)
        for name in ("P1", "P2"):
            station.stock.load(name, 3)
        job, made = station.printers.test("P2", by="Sari")
        assert made
        assert station.jobs.show(job).job.state is JobState.COMPLETED
        assert station.stock.report().accounts == {"hopper:P1": 3, "hopper:P2": 2, "spoiled:1": 1}
        assert len(list((folder / "more").glob("*/card.json"))) == 1
        assert station.run().printed == 3
        assert station.check().ok


def hindered(station: Station, how: str) -> None:
    if how == "paused":
        station.printers.pause("P1", by="Sari")
    elif how == "empty":
        station.stock.unload("P1", by="a", witness="b")
    elif how in {"reconcile", "quarantine"}:
        with station._database.transaction(0.0) as tx:
            row = printers.row_of(tx, "P1")
            quarantine = "x-spoiled-repeatedly" if how == "quarantine" else ""
            printers.change(tx, attrs.evolve(row, reconcile=how == "reconcile", quarantine=quarantine))
    elif how == "asked":
        station.step()
        station.printers.test("P1", by="Sari")


@pytest.mark.parametrize(
    ("how", "cure"),
    [
        ("paused", "cardprint printers resume P1"),
        ("empty", "cardprint stock load P1"),
        ("reconcile", "cardprint stock recount hopper:P1"),
        ("quarantine", "cardprint printers release P1"),
        ("asked", "cardprint jobs show 2"),
        ("no name", "--by NAME"),
        ("no printer", "Known: P1"),
    ],
)
def test_what_hinders_is_said_with_the_next_command_and_nothing_is_left(how: str, cure: str, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with bench.open() as station:
        station.requests.submit(requests(1))
        bench.stock(station, 2)
        bench.work(station)
    with bench.open() as station:
        hindered(station, how)
        before = station.journal.head()
        with pytest.raises(StateError, match="nothing was changed") as refused:
            station.printers.test("P9" if how == "no printer" else "P1", by="" if how == "no name" else "Sari")
        assert cure in refused.value.cure
        assert station.journal.head() == before


def test_a_printer_with_a_card_in_doubt_makes_no_test_card(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T0")
    station = bench.open()
    station.requests.submit(requests(1))
    bench.stock(station, 2)
    bench.work(station, steps=5)
    bench.crash(station)
    station = bench.open()
    bench.work(station)
    with pytest.raises(StateError, match="doubt") as refused:
        station.printers.test("P1", by="Sari")
    assert "cardprint jobs resolve" in refused.value.cure
    station.close()


@pytest.mark.parametrize("fate", [CardFate.PRINTED, CardFate.SPOILED, CardFate.NOT_FED, CardFate.UNKNOWN])
def test_a_test_card_in_doubt_is_settled_by_a_person_and_never_made_again(fate: CardFate, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T0")
    station = bench.open()
    bench.stock(station, 3)
    station.step()
    job, _ = station.printers.test("P1", by="Sari")
    bench.turn(station, steps=5)
    bench.crash(station)
    station = bench.open()
    assert [view.state for view in station.jobs.show(job).attempts] == ["INTENT"]
    bench.work(station)
    assert station.status().in_doubt == 1
    station.jobs.resolve(job, fate, by="a", witness="b")
    station.close()
    station = bench.open()
    bench.work(station)
    expected = JobState.COMPLETED if fate is CardFate.PRINTED else JobState.ABORTED
    assert station.jobs.show(job).job.state is expected
    assert bool(station.jobs.show(job).job.reasons) is (expected is JobState.ABORTED)
    assert len(station.jobs.show(job).attempts) == 1
    accounts = station.stock.report().accounts
    assert accounts.get("spoiled:1", 0) == int(fate in {CardFate.PRINTED, CardFate.SPOILED})
    assert accounts["hopper:P1"] == 3 - int(fate is not CardFate.NOT_FED)
    assert "printed" not in accounts
    with station._database.reading() as reading:
        assert reading.value("SELECT count(*) FROM outbox") == 0
    assert station.check().ok
    with pytest.raises(StateError):
        station.jobs.reissue(job, reason="again", by="a", witness="b")
    station.close()


def test_a_test_card_that_spoils_is_not_made_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T3", spoil_rate=1.0)
    station = bench.open()
    bench.stock(station, 3)
    station.step()
    job, _ = station.printers.test("P1", by="Sari")
    bench.turn(station)
    bench.settle(station)
    assert station.jobs.show(job).job.state is JobState.ABORTED
    assert station.stock.report().accounts == {"hopper:P1": 2, "spoiled:1": 1}
    assert owed(station, "aborted") == owed(station, "spoiled") == 0
    station.close()


class Hopeless(CardRenderer):
    """Show nothing, or make nothing."""

    def __init__(self, *, shows: bool) -> None:
        self.shows = shows

    @property
    def digest(self) -> str:
        return "hopeless"

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        raise RenderError("no", rule="x-text-does-not-fit")

    def sample(self) -> CardRequest:
        if self.shows:
            return super().sample()
        raise RuntimeError("a name that nobody may read")


def test_a_card_that_cannot_be_drawn_is_withdrawn_and_no_blank_is_touched(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path / "station"), plugins=[Hopeless(shows=True)]) as station:
        station.stock.receive(2)
        station.stock.load("P1", 2)
        with pytest.raises(StateError, match="x-text-does-not-fit") as refused:
            station.printers.test("P1", by="Sari")
        assert not refused.value.blank_touched
        assert [job.state for job in station.jobs.list()] == [JobState.CANCELED]
        assert station.stock.report().accounts == {"hopper:P1": 2}
        assert station.check().ok


def test_a_renderer_without_a_sample_is_named_by_its_error_alone(tmp_path: Path) -> None:
    with Station.open(folder_config(tmp_path / "station"), plugins=[Hopeless(shows=False)]) as station:
        with pytest.raises(RenderError, match="RuntimeError") as refused:
            station.printers.test("P1", by="Sari")
        assert "nobody may read" not in str(refused.value)


def test_a_device_that_is_not_there_makes_none_and_leaves_none_waiting(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "cards").touch()
    with Station.open(folder_config(folder)) as station:
        station.stock.receive(2)
        station.stock.load("P1", 2)
        with pytest.raises(StateError, match="made no test card") as refused:
            station.printers.test("P1", by="Sari")
        assert "cardprint printers test P1" in refused.value.cure
        assert [job.state for job in station.jobs.list()] == [JobState.CANCELED]


def test_no_policy_may_use_the_lanes_of_test_cards(tmp_path: Path) -> None:
    with Bench(tmp_path / "station").open(Watching("x-test:P1")) as station:
        with pytest.raises(PluginError, match="kept for test cards"):
            station.requests.submit(requests(1))
        assert station.jobs.list() == []


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(
    tier=st.sampled_from(["T0", "T1", "T2", "T3"]),
    several=st.integers(1, 3),
    acts=st.lists(
        st.one_of(
            st.tuples(st.just("test"), st.integers(0, 2)),
            st.tuples(st.just("submit"), st.integers(1, 3)),
            st.tuples(st.just("work"), st.integers(1, 30)),
            st.tuples(st.just("crash"), st.just(0)),
            st.tuples(st.just("spoil"), st.integers(0, 2)),
            st.tuples(st.just("settle"), st.just(0)),
        ),
        max_size=14,
    ),
)
@example(
    tier="T0",
    several=1,
    acts=[
        ("test", 0),
        ("submit", 2),
        ("settle", 0),
        ("test", 0),
        ("spoil", 0),
        ("spoil", 0),
        ("work", 3),
        ("crash", 0),
    ],
)
def test_whatever_mix_of_tests_crashes_and_cards_the_books_equal_the_world(
    tier: str,
    several: int,
    acts: list[tuple[str, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    names = [f"P{number}" for number in range(1, several + 1)]
    bench = Bench(tmp_path_factory.mktemp("tests") / "station", *names, tier=tier)
    station = bench.open()
    bench.stock(station, 60)
    station.step()
    asked = submitted = 0
    for act, number in acts:
        name = names[number % several]
        if act == "test":
            try:
                station.printers.test(name, by="Sari")
                asked += 1
            except CardprintError:
                pass
        elif act == "submit":
            submitted += station.requests.submit(requests(number, f"{submitted}-")).new
        elif act == "work":
            bench.turn(station, steps=number)
        elif act == "spoil":
            bench.printers[name].faults.append(Fault(kind=FaultKind.SPOIL, phase=Phase.PRINT))
        elif act == "crash":
            bench.crash(station)
            station = bench.open()
            station.step()
        else:
            bench.turn(station)
            bench.settle(station)
        with station._database.reading() as reading:
            assert reading.value("SELECT count(*) FROM balance WHERE posted < 0 AND account <> 'supplier'") == 0
    for _ in range(6):
        for name in names:
            # Three spoiled cards on end set a printer aside.
            station.printers.release(name, by="a")
        bench.turn(station)
        bench.settle(station)
        station.close()
        station = bench.open()
        station.step()
    _books_equal_the_world(bench, station, asked, submitted)
    station.close()


def _books_equal_the_world(bench: Bench, station: Station, asked: int, submitted: int) -> None:
    tests = set(made_up(station))
    good = [bench.job_of[attempt] for attempt in bench.world.good_cards()]
    book, places = station.stock.report().accounts, bench.world.places()
    assert station.check().problems == ()
    assert len(good) == len(set(good))
    assert len(tests) == asked
    assert book.get("printed", 0) == sum(job not in tests for job in good) == owed(station)
    spoiled = sum(count for place, count in places.items() if place.partition(":")[0] in {"reject", "box"})
    assert book.get("spoiled:1", 0) == sum(job in tests for job in good) + spoiled
    assert sum(count for account, count in book.items() if account.startswith("hopper:")) == sum(
        places[f"hopper:{name}"] for name in bench.printers
    )
    finished = {JobState.COMPLETED, JobState.ABORTED}
    assert {station.jobs.show(job).job.state for job in tests} <= finished
    assert station.jobs.count(JobState.COMPLETED) + station.jobs.count(JobState.HELD) == submitted
