"""Sources are told and asked in rounds: each outcome once, in order, whatever the line does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint import Station
from cardprint.errors import CardprintError, SourceError
from cardprint.model import Cursor, New, OutcomeReport, Page, Receipt
from cardprint.model.syncing import IntakeReport, SyncReport
from cardprint.plugin import DataSource
from cardprint.station.syncing import pause, watch
from support.stations import folder_config, requests

PEOPLE = [*requests(3)]
ALL = len(PEOPLE)


class Centre(DataSource):
    """Hold requests, and hear reports as a script says."""

    name = "centre"

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.answer: Callable[[OutcomeReport], Receipt] = lambda _: Receipt.ACCEPTED
        self.fails: Exception | None = None
        self.breaks_after: int | None = None
        self.closed = 0

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        if self.fails is not None:
            raise self.fails
        for number in range(int(cursor or 0), len(PEOPLE)):
            if number == self.breaks_after:
                raise SourceError("the line broke.", cure="Wait.", retry_after=7.0)
            yield Page(items=(New(request=PEOPLE[number]),), cursor=Cursor(str(number + 1)))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        self.heard += [(report.request_id, report.outcome) for report in reports]
        return [self.answer(report) for report in reports]

    def backlog(self) -> int:
        return 40

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def station(tmp_path: Path, centre: Centre) -> Iterator[Station]:
    config = attrs.evolve(folder_config(tmp_path / "station"), people=1)
    with Station.open(config, plugins=[centre]) as opened:
        opened.stock.receive(ALL)
        opened.stock.load("P1", ALL)
        yield opened


def only(reports: Sequence[SyncReport]) -> SyncReport:
    (report,) = reports
    return report


def printed(station: Station, centre: Centre) -> None:
    """Print all, while the centre asks for patience at the end of the run."""
    centre.answer = lambda _: Receipt.LATER
    station.run()
    centre.answer = lambda _: Receipt.ACCEPTED


def test_a_round_tells_asks_and_remembers_what_waits_there(station: Station, centre: Centre) -> None:
    first = only(station.sources.sync())
    assert (first.intake.new, first.delivered, first.ok) == (ALL, 0, True)
    printed(station, centre)
    second = only(station.sources.sync("centre"))
    assert (second.intake, second.delivered, second.owed) == (IntakeReport(), ALL, 0)
    assert centre.heard == 2 * [(f"r{number}", "printed") for number in range(ALL)]
    (view,) = station.status().sources
    assert (view.name, view.cursor, view.backlog, view.owed, view.trouble) == ("centre", "3", 40, 0, "")
    assert view.answered is not None
    assert centre.closed == 2
    seen = station.forecast(kind="standard", arrivals=0, cards_per_day=10, ribbon=None)
    assert (seen.figures.waiting, seen.figures.at_sources) == (40, 40)


def test_a_line_that_breaks_keeps_what_was_stored_and_goes_on_behind_it(station: Station, centre: Centre) -> None:
    centre.breaks_after = 2
    report = only(station.sources.sync())
    assert (report.intake.new, report.trouble, report.cure, report.retry_after) == (2, "the line broke.", "Wait.", 7.0)
    assert not report.ok
    (view,) = station.sources.list()
    assert (view.answered, view.trouble, view.cursor) == (None, "the line broke.", "2")
    centre.breaks_after = None
    assert only(station.sources.sync()).intake.new == 1
    assert station.sources.list()[0].trouble == ""


def test_a_source_that_breaks_down_is_named_and_its_words_are_kept_from_everybody(
    station: Station, centre: Centre
) -> None:
    centre.fails = RuntimeError("a made-up name that nobody may read")
    report = only(station.sources.sync())
    assert report.trouble == "the source failed with RuntimeError."


def test_what_was_refused_for_good_is_shown_and_sent_again(station: Station, centre: Centre) -> None:
    station.sources.sync()
    printed(station, centre)
    centre.answer = lambda report: Receipt.REFUSED if report.request_id == "r1" else Receipt.ACCEPTED
    report = only(station.sources.sync())
    assert (report.delivered, report.refused, report.owed, report.ok) == (2, 1, 0, False)
    (letter,) = station.sources.refused()
    assert (letter.source, letter.request_id, letter.outcome) == ("centre", "r1", "printed")
    assert station.sources.list()[0].refused == 1
    assert station.sources.refused("another") == []
    centre.answer = lambda _: Receipt.ACCEPTED
    assert only(station.sources.sync()).delivered == 0
    assert station.sources.resend("nobody's", by="Sari") == 0
    assert station.sources.resend(letter.key, by="Sari") == 1
    assert only(station.sources.sync()).delivered == 1
    assert station.sources.refused() == []
    assert station.check().ok


def test_a_later_outcome_of_a_request_waits_for_the_one_before(station: Station, centre: Centre) -> None:
    station.sources.sync()
    printed(station, centre)
    station.jobs.spoil(1, reason="misprint", by="Sari")
    centre.answer = lambda report: Receipt.LATER if report.request_id == "r0" else Receipt.ACCEPTED
    report = only(station.sources.sync())
    assert (report.delivered, report.owed) == (ALL - 1, 2)
    assert [outcome for request, outcome in centre.heard if request == "r0"] == 2 * ["printed"]
    centre.answer = lambda _: Receipt.ACCEPTED
    assert only(station.sources.sync()).owed == 0
    assert [outcome for request, outcome in centre.heard if request == "r0"] == [*3 * ["printed"], "spoiled"]


def test_an_unknown_source_is_refused(station: Station) -> None:
    with pytest.raises(SourceError, match="no source is called"):
        station.sources.sync("nowhere")
    with pytest.raises(CardprintError, match="no source is called"):
        station.sources.watch("nowhere")


def test_a_watch_goes_on_until_it_is_ended(station: Station) -> None:
    ended, heard = threading.Event(), []

    def hear(report: SyncReport) -> None:
        heard.append(report)
        if len(heard) == 3:
            ended.set()

    station.sources.watch(every=0.001, ended=ended, heard=hear)
    assert [report.intake.new for report in heard] == [ALL, 0, 0]


def test_a_source_that_is_down_keeps_no_other_waiting() -> None:
    now, rounds, ended = 0.0, [], threading.Event()

    class Passing(threading.Event):
        """Let time pass at once."""

        def wait(self, timeout: float | None = None) -> bool:
            nonlocal now
            now += timeout or 0.0
            return False

    ended = Passing()

    def round_of(name: str) -> SyncReport:
        rounds.append((name, now))
        if now > 600:
            ended.set()
        return SyncReport(source=name, intake=IntakeReport(), trouble="down" if name == "bad" else "")

    watch(("bad", "good"), round_of, every=60.0, clock=lambda: now, ended=ended, heard=lambda _: None)
    good = [at for name, at in rounds if name == "good"]
    assert good == [60.0 * number for number in range(len(good))]
    bad = [at for name, at in rounds if name == "bad"]
    assert 3 <= len(bad) < len(good)


def test_what_is_owed_while_photos_come_makes_no_round_wait() -> None:
    rounds, ended = [], threading.Event()

    def round_of(name: str) -> SyncReport:
        rounds.append(name)
        if len(rounds) == 8:
            ended.set()
        return SyncReport(source=name, intake=IntakeReport(photos=16), owed=4, awaited=160)

    waited = []

    class Patient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return False

        def is_set(self) -> bool:
            return ended.is_set()

    watch(("centre",), round_of, every=60.0, clock=lambda: 0.0, ended=Patient(), heard=lambda _: None)
    assert waited == [0.0] * 8


DOWN = SyncReport(source="centre", intake=IntakeReport(), trouble="down")


@given(failures=st.integers(1, 100), chance=st.floats(0, 1), every=st.floats(1, 86_400))
def test_a_wait_grows_with_the_failures_and_has_an_end(failures: int, chance: float, every: float) -> None:
    wait = pause(DOWN, every=every, failures=failures, chance=chance)
    assert every / 2 <= wait <= max(900.0, every)
    assert wait <= pause(DOWN, every=every, failures=failures + 1, chance=chance)


def test_a_source_that_asks_for_patience_gets_it() -> None:
    patient = attrs.evolve(DOWN, retry_after=5_000.0)
    assert pause(patient, every=60.0, failures=1, chance=0.5) == 5_000.0
    assert pause(attrs.evolve(DOWN, retry_after=1e9), every=60.0, failures=1, chance=0.5) == 86_400.0


@given(chance=st.floats(0, 1), every=st.floats(1, 86_400))
def test_a_line_that_was_cut_when_something_had_passed_is_tried_again_soon(chance: float, every: float) -> None:
    cut = attrs.evolve(DOWN, intake=IntakeReport(photos=60), awaited=900)
    assert 0 < pause(cut, every=every, failures=0, chance=chance) <= 4.0
    assert pause(attrs.evolve(cut, retry_after=50.0), every=every, failures=0, chance=chance) == 50.0


@pytest.mark.parametrize("passed", [IntakeReport(pages=1), IntakeReport(photos=16), IntakeReport()])
def test_cuts_do_not_add_up_to_a_source_that_is_down(passed: IntakeReport) -> None:
    waited: list[float] = []

    class Patient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return len(waited) > 12

    report = SyncReport(source="centre", intake=passed, trouble="cut", awaited=900)
    watch(("centre",), lambda _: report, every=60.0, clock=lambda: 0.0, ended=Patient(), heard=lambda _: None)
    assert (max(waited[1:]) <= 4.0) is (passed != IntakeReport())


def test_a_sync_goes_on_behind_a_cut_as_long_as_it_gets_on(station: Station, centre: Centre) -> None:
    whole, rounds = centre.pull, []

    def cut_after_one(cursor: Cursor | None) -> Iterator[Page]:
        rounds.append(cursor)
        for page in whole(cursor):
            yield page
            raise SourceError("the line was cut.")

    centre.pull = cut_after_one  # type: ignore[method-assign] # a line that carries one page at a time
    report = only(station.sources.sync())
    assert (report.intake.new, report.trouble) == (ALL, "")
    assert rounds == [None, "1", "2", "3"]
    centre.fails = SourceError("the line is down.")
    centre.pull = whole  # type: ignore[method-assign]
    assert only(station.sources.sync()).trouble == "the line is down."


def test_the_next_round_waits_for_nothing_while_photos_come() -> None:
    here = SyncReport(source="centre", intake=IntakeReport())
    assert pause(here, every=60.0, failures=0, chance=0.5) == 60.0
    assert pause(attrs.evolve(here, awaited=3), every=60.0, failures=0, chance=0.5) == 0.0
    assert pause(attrs.evolve(DOWN, awaited=3), every=60.0, failures=1, chance=0.0) == 60.0
