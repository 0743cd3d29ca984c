"""After the printer: scans, hand-over, a card found bad, a second card; and the books behind them."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint import Station
from cardprint.errors import InputError, StateError
from cardprint.model import (
    CardFaces,
    CardFate,
    CardRequest,
    Draw,
    JobState,
    Lanes,
    Place,
    RenderTarget,
    StockView,
)
from cardprint.plugin import AllocationPolicy, CardRenderer
from support.stations import Bench, requests


class Coded(CardRenderer):
    """Make faces of one pixel, with a code."""

    @property
    def digest(self) -> str:
        return "coded"

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        return CardFaces(sides=(b"face",), code=f"CODE-{request.request_id}")


def printed(folder: Path, *, people: int = 2, jobs: int = 2, blanks: int = 6) -> tuple[Bench, Station]:
    bench = Bench(folder / "station", tier="T2")
    bench.config = attrs.evolve(bench.config, people=people)
    station = bench.open(Coded())
    station.requests.submit(requests(jobs))
    bench.stock(station, blanks)
    bench.work(station)
    return bench, station


class Renamed(AllocationPolicy):
    """Serve one lane, of its own name."""

    version = "2"

    def place(self, request: CardRequest) -> Place:
        return Place(lane="renamed", reason="x-renamed")

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        served = any(lane.name == "renamed" for lane in lanes)
        return Draw(lane="renamed" if served else None, reason="x-renamed" if served else "x-lane-not-served")


@pytest.mark.parametrize("bad", [True, False])
def test_another_card_is_made_after_the_policy_has_changed(bad: object, tmp_path: Path) -> None:
    bench, station = printed(tmp_path)
    station.close()
    with bench.open(Coded(), Renamed()) as changed:
        if bad:
            following = changed.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi")
        else:
            following = changed.jobs.reissue(1, reason="lost", by="Sari", witness="Budi")
        assert changed.jobs.show(following).job.lane == "renamed"
        bench.work(changed)
        assert changed.jobs.show(following).job.state is JobState.COMPLETED
        assert changed.check().ok


class Failing(Renamed):
    """Place nobody."""

    def place(self, request: CardRequest) -> Place:
        raise ZeroDivisionError


class Intruding(Renamed):
    """Name a lane that is kept for a printer's test cards."""

    def place(self, request: CardRequest) -> Place:
        return Place(lane="x-test:P1")


@pytest.mark.parametrize("policy", [Failing, Intruding])
def test_another_card_waits_where_the_first_one_did_if_the_policy_names_no_lane(
    policy: type[Renamed], tmp_path: Path
) -> None:
    bench, station = printed(tmp_path)
    station.close()
    with bench.open(Coded(), policy()) as changed:
        following = changed.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi")
        assert changed.jobs.show(following).job.lane == changed.jobs.show(1).job.lane


def goes_on(bench: Bench, station: Station) -> None:
    """Print what waits."""
    bench.turn(station)


def test_a_card_is_verified_by_the_code_on_it(tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station:
        assert len(station.jobs.unverified()) == 2
        assert station.jobs.verify("CODE-r1", by="Sari") == 2
        assert station.jobs.show(2).attempts[0].verified
        assert [job.job_id for job in station.jobs.unverified()] == [1]
        # What a code says may name a person: the store keeps a salted digest of it.
        with station._database.reading() as reading:
            kept = reading.value("SELECT group_concat(code) FROM attempt")
        assert "r1" not in kept


@pytest.mark.parametrize(("scanned", "job"), [("CODE-r9", None), ("", None), ("CODE-r1", 1)])
def test_another_card_is_not_verified(scanned: str, job: int | None, tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station, pytest.raises(StateError, match="nothing was changed"):
        station.jobs.verify(scanned, by="Sari", job=job)


def test_a_card_is_handed_over_once(tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station:
        station.jobs.hand_over(1, by="Sari")
        assert station.jobs.show(1).attempts[0].handed_over
        with pytest.raises(StateError, match="already"):
            station.jobs.hand_over(1, by="Sari")
        assert [line.event for line in station.jobs.show(1).history][-1] == "card-handed-over"


def test_a_card_found_bad_is_booked_as_spoiled_and_another_one_is_made(tmp_path: Path) -> None:
    bench, station = printed(tmp_path)
    with station:
        following = station.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi")
        assert station.stock.report().accounts == {"hopper:P1": 4, "printed": 1, "spoiled:1": 1}
        assert station.check().ok
        first = station.jobs.show(1)
        assert first.job.state is JobState.COMPLETED
        assert (first.attempts[0].fate, first.attempts[0].corrected) == ("PRINTED", "misprint")
        goes_on(bench, station)
        second = station.jobs.show(following)
        assert (second.job.issue, second.job.state) == (2, JobState.COMPLETED)
        assert station.stock.report().accounts == {"hopper:P1": 3, "printed": 2, "spoiled:1": 1}
        assert station.check().ok
        with pytest.raises(StateError, match="no good card"):
            station.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi")
        # Both cards carry the same code: a scan alone no longer tells which one this is, the good one does.
        assert station.jobs.verify("CODE-r0", by="Sari") == following


def test_a_card_that_was_handed_over_is_spoiled_only_once_it_is_back(tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station:
        station.jobs.hand_over(1, by="Rina")
        with pytest.raises(StateError, match=r"was handed over on \d{4}-\d\d-\d\d \d\d:\d\d by Rina") as caught:
            station.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi")
        assert "--returned" in caught.value.cure
        assert station.stock.report().accounts == {"hopper:P1": 4, "printed": 2}
        station.jobs.spoil(1, reason="misprint", by="Sari", witness="Budi", returned=True)
        assert station.stock.report().accounts == {"hopper:P1": 4, "printed": 1, "spoiled:1": 1}


@pytest.mark.parametrize("witness", ["", "Sari", " sari "])
def test_two_people_are_asked_for(witness: str, tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station:
        for door in (station.jobs.spoil, station.jobs.reissue):
            with pytest.raises(StateError, match="two different people"):
                door(1, reason="misprint", by="Sari", witness=witness)
        assert station.stock.report().accounts == {"hopper:P1": 4, "printed": 2}


@pytest.mark.parametrize("reason", ["", "Mis print", "x" * 65, "Müller"])
def test_a_reason_is_one_word(reason: str, tmp_path: Path) -> None:
    _, station = printed(tmp_path)
    with station, pytest.raises(InputError, match="one word"):
        station.jobs.spoil(1, reason=reason, by="Sari", witness="Budi")


def test_a_second_card_is_authorised_and_the_centre_asked_to_revoke_the_first(tmp_path: Path) -> None:
    bench, station = printed(tmp_path)
    with station:
        following = station.jobs.reissue(1, reason="lost-in-office", by="Sari", witness="Budi")
        with pytest.raises(StateError, match="a later one"):
            station.jobs.reissue(1, reason="lost-in-office", by="Sari", witness="Budi")
        goes_on(bench, station)
        assert station.jobs.show(following).job.state is JobState.COMPLETED
        with station._database.reading() as reading:
            owed = reading.all("SELECT outcome FROM outbox WHERE job = 1 ORDER BY id")
            linked = reading.value("SELECT linked_job FROM job WHERE id = ?", (following,))
        assert [outcome for (outcome,) in owed] == ["printed", "withdrawn"]
        assert linked == 1
        assert station.check().ok


def test_a_missing_card_is_made_again_only_by_two_people(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", tier="T0")
    bench.config = attrs.evolve(bench.config, people=2)
    station = bench.open()
    station.requests.submit(requests(1))
    bench.stock(station, 3)
    bench.work(station, steps=5)
    bench.crash(station)
    with bench.open() as again:
        again.jobs.resolve(1, CardFate.UNKNOWN, by="Sari", witness="Budi")
        assert again.jobs.show(1).job.state is JobState.HELD
        with pytest.raises(StateError, match="reissue"):
            again.jobs.release(1, by="Sari")
        following = again.jobs.reissue(1, reason="never-found", by="Sari", witness="Budi")
        assert again.jobs.show(1).job.state is JobState.CANCELED
        bench.work(again)
        assert again.jobs.show(following).job.state is JobState.COMPLETED
        assert again.check().ok


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["spoil", "reissue", "hand_over", "verify"]), st.integers(min_value=1, max_value=5)),
        max_size=10,
    ),
)
def test_whatever_people_do_the_books_close(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench, station = printed(tmp_path_factory.mktemp("finished"), blanks=30)
    with station:
        for name, job in acts:
            try:
                if name == "verify":
                    station.jobs.verify(f"CODE-r{job}", by="Sari")
                elif name == "hand_over":
                    station.jobs.hand_over(job, by="Sari")
                else:
                    getattr(station.jobs, name)(job, reason="misprint", by="Sari", witness="Budi")
            except StateError:
                continue
            goes_on(bench, station)
            assert station.check().ok
        report = station.stock.report()
        assert report.closes
        spoiled = report.accounts.get("spoiled:1", 0)
        assert report.accounts.get("printed", 0) + spoiled == bench.world.printed
