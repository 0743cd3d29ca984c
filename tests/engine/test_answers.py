"""A person answers for a card in doubt: what is refused, what is written, and who concludes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint import Station
from cardprint.engine import answers as engine_answers
from cardprint.errors import StateError
from cardprint.model import CardFate, JobState
from cardprint.store import Database, answers, attempts
from support.stations import Bench, requests

FATES = [CardFate.PRINTED, CardFate.SPOILED, CardFate.NOT_FED, CardFate.UNKNOWN]


def in_doubt(folder: Path, *, people: int = 2, jobs: int = 2) -> tuple[Bench, Station]:
    """Let a station die right after the intent of a card on a printer that proves nothing."""
    bench = Bench(folder / "station", tier="T0")
    bench.config = attrs.evolve(bench.config, people=people)
    station = bench.open()
    station.requests.submit(requests(jobs))
    bench.stock(station, 5)
    worker = station.step().workers[0]
    while not (tries := station.jobs.show(1).attempts) or tries[-1].state != "INTENT":
        worker.advance(worker.port.poll() if worker.port is not None else None)
    bench.crash(station)
    return bench, bench.open()


@pytest.fixture
def doubtful(tmp_path: Path) -> Station:
    _, station = in_doubt(tmp_path)
    return station


@pytest.mark.parametrize("fate", FATES)
def test_an_answer_concludes_where_nobody_runs_the_station(fate: CardFate, doubtful: Station) -> None:
    with doubtful as station:
        assert station.jobs.resolve(1, fate, by="Sari", witness="Budi")
        (attempt,) = station.jobs.show(1).attempts
        assert attempt.fate == fate.value
        assert station.jobs.doubts() == ()
        assert station.check().ok
        events = [line.event for line in station.jobs.show(1).history]
        assert events[-1] == "answer-taken"


def test_what_is_known_is_shown_to_whoever_looks(doubtful: Station) -> None:
    with doubtful as station:
        running = station.step()
        (doubt,) = station.jobs.doubts()
        assert (doubt.job_id, doubt.printer, doubt.request_id) == (1, "P1", "r0")
        assert doubt.since > 0
        assert not doubt.answered
        assert running.workers


@pytest.mark.parametrize(
    ("fate", "by", "witness"),
    [
        (CardFate.NOT_FED, "Sari", ""),
        (CardFate.NOT_FED, "Sari", "sari "),
        (CardFate.UNKNOWN, "Sari", ""),
        (CardFate.PRINTED, "", ""),
        (CardFate.SPOILED, " ", ""),
    ],
)
def test_what_needs_a_second_person_is_refused_without_one(
    fate: CardFate, by: str, witness: str, doubtful: Station
) -> None:
    with doubtful as station:
        with pytest.raises(StateError, match="nothing was changed"):
            station.jobs.resolve(1, fate, by=by, witness=witness)
        assert station.jobs.show(1).attempts[-1].fate != fate.value or fate is CardFate.UNKNOWN
        assert station.jobs.show(1).job.state is JobState.STOPPED
        assert station.check().ok


def test_a_one_person_office_needs_no_second_person(tmp_path: Path) -> None:
    _, station = in_doubt(tmp_path, people=1)
    with station:
        assert station.jobs.resolve(1, CardFate.UNKNOWN, by="Sari")
        assert station.jobs.show(1).job.state is JobState.HELD


def test_a_card_that_is_not_in_doubt_cannot_be_answered_for(doubtful: Station) -> None:
    with doubtful as station:
        station.jobs.resolve(1, CardFate.PRINTED, by="Sari")
        with pytest.raises(StateError, match="nothing was changed"):
            station.jobs.resolve(1, CardFate.SPOILED, by="Sari")
        with pytest.raises(StateError, match="nothing was changed"):
            station.jobs.resolve(2, CardFate.PRINTED, by="Sari")


def test_the_scan_of_another_card_is_refused(doubtful: Station) -> None:
    with doubtful as station:
        station.step()
        station.jobs.resolve(1, CardFate.PRINTED, by="Sari", card_number="N-1")
        with pytest.raises(StateError):
            station.jobs.resolve(1, CardFate.PRINTED, by="Sari", card_number="N-2")
        database = station._database
        with database.transaction() as tx:
            row = tx.one("SELECT attempt FROM blank_number WHERE number = 'N-1'")
        assert row is not None


def test_a_number_that_was_read_must_be_the_one_that_is_scanned(doubtful: Station) -> None:
    with doubtful as station:
        station.step()
        with station._database.transaction() as tx:
            tx.execute("UPDATE attempt SET chip_number = 'C-7' WHERE job = 1")
        assert station.jobs.doubts()[0].number == "C-7"
        with pytest.raises(StateError, match="another card"):
            station.jobs.resolve(1, CardFate.PRINTED, by="Sari", witness="Budi", card_number="C-8")
        with pytest.raises(StateError, match="two different people"):
            station.jobs.resolve(1, CardFate.PRINTED, by="Sari")
        assert station.jobs.resolve(1, CardFate.PRINTED, by="Sari", card_number="C-7")
        assert station.jobs.show(1).attempts[0].card_number == "C-7"


def test_an_answer_beside_a_running_station_waits_for_its_owner(tmp_path: Path) -> None:
    bench, owner = in_doubt(tmp_path)
    with owner:
        owner.step()
        (doubt,) = owner.jobs.doubts()
        beside = Database(bench.config.folder)
        # What another process would do: it sees the owner's lock and leaves its answer.
        with beside.transaction() as tx:
            attempt = attempts.job_of_open(tx, doubt.job_id)
            assert attempt is not None
            given = answers.Answer(attempt=attempt.id, fate=CardFate.SPOILED, by="Sari")
            row = answers.give(tx, given)
            with pytest.raises(StateError, match="already"):
                answers.give(tx, given)
        assert owner.jobs.doubts()[0].answered
        assert engine_answers.take_answers(owner._parts) == 1
        with beside.reading() as reading:
            assert answers.state_of(reading, row) == ("taken", "")
        beside.close()
        assert owner.jobs.show(1).attempts[0].fate == "SPOILED"
        assert owner.check().ok


def test_an_answer_left_when_the_owner_died_is_taken_at_the_next_start(tmp_path: Path) -> None:
    bench, station = in_doubt(tmp_path)
    station.step()
    with station._database.transaction() as tx:
        attempt = attempts.job_of_open(tx, 1)
        assert attempt is not None
        answers.give(tx, answers.Answer(attempt=attempt.id, fate=CardFate.SPOILED, by="Sari"))
    bench.crash(station)
    with bench.open() as again:
        again.step()
        assert again.jobs.doubts() == ()
        assert again.jobs.show(1).attempts[0].fate == "SPOILED"


def test_an_answer_that_came_too_late_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    _bench, station = in_doubt(tmp_path)
    with station:
        station.step()
        with station._database.transaction() as tx:
            attempt = attempts.job_of_open(tx, 1)
            assert attempt is not None
            row = answers.give(tx, answers.Answer(attempt=attempt.id, fate=CardFate.SPOILED, by="Sari"))
        station.printers.settle("P1", CardFate.PRINTED, by="Budi")
        assert engine_answers.take_answers(station._parts) == 0
        with station._database.reading() as reading:
            state, why = answers.state_of(reading, row)
        assert state == "refused"
        assert "not in doubt" in why
        assert station.jobs.show(1).attempts[0].fate == "PRINTED"
        assert station.check().ok


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(given_fates=st.lists(st.sampled_from(FATES), min_size=2, max_size=5))
def test_of_contradicting_answers_the_first_counts_and_no_other(
    given_fates: list[CardFate], tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, station = in_doubt(tmp_path_factory.mktemp("answers"))
    with station:
        station.step()
        for number, fate in enumerate(given_fates):
            if number == 0:
                station.printers.settle("P1", fate, by="Sari", witness="Budi")
            else:
                with pytest.raises(StateError):
                    station.printers.settle("P1", fate, by="Sari", witness="Budi")
        assert station.jobs.show(1).attempts[0].fate == given_fates[0].value
        assert station.check().ok


def test_a_try_names_the_one_that_spoiled_a_blank_before_it(tmp_path: Path) -> None:
    bench, station = in_doubt(tmp_path, jobs=1)
    with station:
        station.jobs.resolve(1, CardFate.SPOILED, by="Sari")
        bench.work(station)
        first, second = station.jobs.show(1).attempts
        assert first.follows == ""
        assert second.follows == first.attempt_id
        assert second.fate == "PRINTED"


def test_a_store_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    folder.mkdir(mode=0o700)
    first = (Path(answers.__file__).parent / "migrations" / "0001_station.sql").read_text("utf-8")
    old = sqlite3.connect(folder / "station.db")
    old.executescript(first)
    old.execute("INSERT INTO meta VALUES ('station', 'abcd'), ('salt', 'ef'), ('business_date', '')")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    bench = Bench(folder)
    with bench.open() as station:
        station.requests.submit(requests(1))
        bench.stock(station, 1)
        bench.work(station)
        assert bench.world.printed == 1
        assert station.check().ok
