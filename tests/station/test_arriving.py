"""A record may come before its photo: it waits for that alone, and no card is made without it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cardprint import CardRequest, PluginUse, RequestType, Station
from cardprint.engine import arriving
from cardprint.errors import SourceError
from cardprint.model import Corrected, Cursor, Granted, GrantReturned, Item, New, OutcomeReport, Page, Receipt, Revoked
from cardprint.model.jobs import JobState
from cardprint.model.syncing import SyncReport
from cardprint.plugin import DataSource
from support.choosing import quota
from support.source_suite import portrait
from support.stations import Bench

AWAITED = ("x-photo-awaited",)


def name_of(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


def person(number: int, photo: bytes | None = b"", **others: object) -> CardRequest:
    """Give a request that names its own photo, another one, or with None none."""
    named = "" if photo is None else name_of(photo or portrait(number))
    request = CardRequest(request_id=f"r{number}", subject_id=f"subject-{number}", photo=named)
    return attrs.evolve(request, **others)  # type: ignore[arg-type] # whatever a request has


class Archive(DataSource):
    """Tell of records at once and give photos when it is asked, until its line is cut."""

    name = "centre"

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.photos: dict[str, bytes] = {}
        self.cut_after: int | None = None
        self.asked: list[str] = []
        self.calls: list[str] = []
        self.before_photo: Callable[[], None] = lambda: None

    def tell(self, *items: Item) -> None:
        self.items += items

    def keep(self, *photos: bytes) -> None:
        self.photos |= {name_of(photo): photo for photo in photos}

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        self.calls.append("pull")
        read = int(cursor or 0)
        if read < len(self.items):
            yield Page(items=tuple(self.items[read:]), cursor=Cursor(str(len(self.items))))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        self.calls.append("outcomes")
        return [Receipt.ACCEPTED] * len(reports)

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        assert offset == 0
        if self.cut_after == 0:
            raise SourceError("the line was cut.")
        if self.cut_after is not None:
            self.cut_after -= 1
        self.before_photo()
        self.calls.append("photo")
        self.asked.append(reference)
        return self.photos.get(reference)


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "station")


@pytest.fixture
def station(bench: Bench, archive: Archive) -> Iterator[Station]:
    with bench.open(archive) as station:
        bench.stock(station, 40)
        yield station


def standing(station: Station) -> list[tuple[JobState, tuple[str, ...]]]:
    return [(job.state, job.reasons) for job in sorted(station.jobs.list(), key=lambda job: job.job_id)]


def test_a_record_is_here_before_its_photo_and_waits_for_nothing_else(
    bench: Bench, station: Station, archive: Archive
) -> None:
    archive.tell(New(request=person(1)), New(request=person(2, None)))
    archive.keep(portrait(1))
    archive.cut_after = 0
    (report,) = station.sources.sync()
    assert (report.intake.new, report.intake.held, report.intake.photos, report.awaited) == (2, 0, 0, 1)
    assert report.trouble == "the line was cut."
    assert standing(station) == [(JobState.HELD, AWAITED), (JobState.PENDING, ())]
    assert station.status().sources[0].awaited == 1
    assert "cardprint sync" in station.jobs.why(1).cure
    bench.work(station)
    assert bench.world.printed == 1
    archive.cut_after = None
    (report,) = station.sources.sync()
    assert (report.intake.photos, report.awaited, report.ok) == (1, 0, True)
    assert (station.config.folder / "photos" / name_of(portrait(1))).read_bytes() == portrait(1)
    bench.turn(station)
    assert bench.world.printed == 2
    assert station.check().ok


def test_a_pull_brings_the_photos_too_and_each_is_asked_for_once(station: Station, archive: Archive) -> None:
    same = portrait(1)
    archive.tell(New(request=person(1)), New(request=person(2, same)), New(request=person(3)))
    archive.keep(same, portrait(3))
    assert station.sources.pull("centre").photos == 3
    assert standing(station) == [(JobState.PENDING, ())] * 3
    assert sorted(archive.asked) == sorted({name_of(same), name_of(portrait(3))})
    archive.tell(New(request=person(4, same)))
    station.sources.pull("centre")
    assert standing(station)[-1] == (JobState.PENDING, ())
    assert "job-held" not in [line.event for line in station.jobs.show(4).history]
    assert len(archive.asked) == 2


def test_photos_come_in_the_order_in_which_cards_would_be_drawn(station: Station, archive: Archive) -> None:
    kinds = [RequestType.RENEWAL, RequestType.FIRST_ISSUANCE]
    people = [person(number, priority=number % 7, request_type=kinds[number % 2]) for number in range(1, 61)]
    archive.tell(*(New(request=each) for each in people))
    archive.keep(*(portrait(number) for number in range(1, 61)))
    station.sources.sync()
    asked = list(archive.asked)
    for number in range(1, 61):
        assert station.jobs.show(number).job.state is JobState.PENDING
    order = [card.request_id for card in station.jobs.next(60, blanks=60).cards]
    assert [f"r{next(n for n in range(1, 61) if name_of(portrait(n)) == photo)}" for photo in asked] == order


def test_who_waits_for_another_kind_of_blank_is_not_counted(tmp_path: Path) -> None:
    bench, archive = Bench(tmp_path / "station"), Archive()
    rules = [{"lane": "lost", "reasons": ["lost"]}]
    bench.config = attrs.evolve(bench.config, policy=quota({"order": [["lost", "others"]]}, rules=rules))
    with bench.open(archive) as station:
        bench.stock(station, 40)
        archive.tell(*(New(request=person(number, None, kind="child", reason="lost")) for number in range(100, 130)))
        archive.tell(*(New(request=person(number, reason="lost" if number % 2 else "")) for number in range(1, 13)))
        archive.keep(*(portrait(number) for number in range(1, 13)))
        station.sources.sync()
        order = [card.request_id for card in station.jobs.next(12, blanks=40, kind="standard").cards]
    assert archive.asked == [name_of(portrait(int(name[1:]))) for name in order]


def test_what_came_before_a_cut_stays(station: Station, archive: Archive) -> None:
    archive.tell(*(New(request=person(number)) for number in range(1, 8)))
    archive.keep(*(portrait(number) for number in range(1, 8)))
    archive.cut_after = 4
    (report,) = station.sources.sync()
    assert (report.awaited, report.trouble) == (3, "the line was cut.")
    assert [state for state, _ in standing(station)].count(JobState.PENDING) == 4
    archive.cut_after = None
    (report,) = station.sources.sync()
    assert report.ok
    assert len(archive.asked) == 7


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(None, "x-photo-missing"), (portrait(9), "x-photo-missing"), (b"no photo", "x-photo-unreadable")],
    ids=["none", "another's", "no photo"],
)
def test_what_is_no_photo_of_the_request_holds_it_and_is_not_kept(
    answer: bytes | None, reason: str, station: Station, archive: Archive
) -> None:
    photo = b"no photo" if answer == b"no photo" else portrait(1)
    archive.tell(New(request=person(1, photo)), New(request=person(2)))
    archive.keep(portrait(2))
    if answer is not None:
        archive.photos[name_of(photo)] = answer
    (report,) = station.sources.sync()
    assert (report.awaited, report.intake.photos) == (0, 1)
    assert standing(station) == [(JobState.HELD, (reason,)), (JobState.PENDING, ())]
    assert [each.name for each in (station.config.folder / "photos").iterdir()] == [name_of(portrait(2))]
    archive.tell(Corrected(request=person(1, portrait(3))))
    archive.keep(portrait(3))
    station.sources.sync()
    assert standing(station) == [(JobState.PENDING, ())] * 2


def test_a_request_that_is_told_again_may_have_its_photo_now(station: Station, archive: Archive) -> None:
    archive.tell(Granted(request=person(1), grant_id="L-1"))
    station.sources.sync()
    assert standing(station) == [(JobState.HELD, ("x-photo-missing",))]
    archive.keep(portrait(1))
    archive.tell(Granted(request=person(1), grant_id="L-1"))
    station.sources.sync()
    assert standing(station) == [(JobState.PENDING, ())]


@pytest.mark.parametrize("missing", [False, True], ids=["awaited", "missing"])
@pytest.mark.parametrize("fields", [{}, {"note": "corrected"}], ids=["the same", "corrected"])
def test_a_photo_that_is_brought_by_hand_is_awaited_no_longer(
    missing: bool,  # noqa: FBT001 - drawn
    fields: dict[str, str],
    station: Station,
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive.tell(New(request=person(1)))
    archive.cut_after = None if missing else 0
    station.sources.sync()
    archive.tell(New(request=person(1, fields=fields), photo_bytes=portrait(1)))
    # As a bundle does: nobody can be asked for anything.
    monkeypatch.setattr("cardprint.station.sources.fetch", lambda *_args, **_options: iter(()))
    station.sources.pull("centre")
    assert standing(station) == [(JobState.PENDING, ())]


def test_a_request_whose_photo_came_for_another_one_is_told_of_again(station: Station, archive: Archive) -> None:
    archive.tell(New(request=person(1)))
    station.sources.sync()
    archive.tell(New(request=person(2, portrait(1)), photo_bytes=portrait(1)))
    station.sources.sync()
    assert standing(station)[0] == (JobState.HELD, ("x-photo-missing",))
    archive.tell(New(request=person(1)))
    station.sources.sync()
    assert standing(station) == [(JobState.PENDING, ())] * 2


def test_a_correction_may_name_another_photo_or_none(station: Station, archive: Archive) -> None:
    archive.tell(*(New(request=person(number)) for number in (1, 2, 3)))
    archive.keep(portrait(3), portrait(8))
    archive.cut_after = 0
    station.sources.sync()
    archive.tell(
        Corrected(request=person(1, portrait(8))),
        Corrected(request=person(2, None)),
        Corrected(request=person(3, portrait(7)), photo_bytes=portrait(7)),
    )
    archive.cut_after = None
    station.sources.sync()
    assert standing(station) == [(JobState.PENDING, ())] * 3
    assert archive.asked == [name_of(portrait(8))]
    archive.tell(Corrected(request=person(2, portrait(6))))
    station.sources.sync()
    assert standing(station)[1] == (JobState.HELD, ("x-photo-missing",))


def test_what_is_withdrawn_needs_no_photo_and_what_a_person_holds_stays_held(
    station: Station, archive: Archive
) -> None:
    archive.tell(New(request=person(1)), Granted(request=person(2), grant_id="L-2"), New(request=person(3)))
    archive.keep(*(portrait(number) for number in (1, 2, 3)))
    archive.cut_after = 0
    station.sources.sync()
    station.jobs.hold(3, by="Sari")
    archive.tell(Revoked(request_id="r1"), GrantReturned(grant_id="L-2"))
    archive.cut_after = None
    station.sources.sync()
    assert archive.asked == [name_of(portrait(3))]
    assert standing(station)[2] == (JobState.HELD, ("x-operator",))
    archive.tell(Granted(request=person(2), grant_id="L-3"))
    station.sources.sync()
    assert standing(station)[3] == (JobState.PENDING, ())


@pytest.mark.parametrize("decide", ["cancel", "release"])
def test_what_is_decided_while_a_photo_comes_stays_decided(decide: str, station: Station, archive: Archive) -> None:
    archive.tell(New(request=person(1)), New(request=person(2)))
    archive.keep(portrait(1), portrait(2))
    undecided = [1]

    def meanwhile() -> None:
        while undecided:
            getattr(station.jobs, decide)(undecided.pop(), by="Sari")

    archive.before_photo = meanwhile
    (report,) = station.sources.sync()
    assert (report.trouble, report.awaited, report.intake.photos) == ("", 0, 1)
    state = JobState.CANCELED if decide == "cancel" else JobState.PENDING
    assert [found for found, _ in standing(station)] == [state, JobState.PENDING]


def test_a_death_between_a_photo_and_its_job_asks_for_nothing_twice(
    bench: Bench, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        """End the process where it stands."""

    def die(*_: object) -> int:
        raise Death

    archive.tell(New(request=person(1)))
    archive.keep(portrait(1))
    station = bench.open(archive)
    bench.stock(station, 5)
    station.step()
    with monkeypatch.context() as deadly:
        deadly.setattr(arriving, "_settled", die)
        with pytest.raises(Death):
            station.sources.sync()
    bench.crash(station)
    with bench.open(archive) as again:
        assert standing(again) == [(JobState.HELD, AWAITED)]
        assert again.sources.sync()[0].ok
        assert len(archive.asked) == 1
        bench.work(again)
        assert bench.world.printed == 1
        assert bench.differences(again) == []
        assert again.check().ok


def test_a_photo_that_came_by_another_way_is_not_asked_for(station: Station, archive: Archive) -> None:
    archive.tell(New(request=person(1)))
    archive.cut_after = 0
    station.sources.sync()
    station.requests.submit(person(2, None), photos={"r2": portrait(1)})
    (report,) = station.sources.sync()
    assert report.ok
    assert standing(station) == [(JobState.PENDING, ())] * 2


def test_what_a_source_passes_over_in_silence_it_does_not_have(
    station: Station, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "fetch_photos", lambda _: iter(()))
    archive.tell(New(request=person(1)))
    assert station.sources.sync()[0].ok
    assert standing(station) == [(JobState.HELD, ("x-photo-missing",))]


def test_who_is_let_go_without_the_photo_that_the_card_needs_is_asked_for_again(tmp_path: Path) -> None:
    bench, archive = Bench(tmp_path / "station"), Archive()
    bench.config = attrs.evolve(bench.config, renderer=PluginUse(plugin="portrait"))
    with bench.open(archive) as station:
        bench.stock(station, 5)
        archive.tell(New(request=person(1, fields={"name": "Orang Contoh"})))
        station.sources.sync()
        station.jobs.release(1, by="Sari")
        bench.work(station)
        assert standing(station) == [(JobState.HELD, AWAITED)]
        station.sources.sync()
        assert standing(station) == [(JobState.HELD, ("x-photo-missing",))]
        assert len(archive.asked) == 2
        # Nobody can be asked for the photo of what a program handed in.
        station.requests.submit(person(2, fields={"name": "Orang Contoh"}))
        bench.turn(station)
        assert standing(station)[1] == (JobState.HELD, ("x-photo-missing",))


def test_a_file_is_asked_for_no_photo(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.config = attrs.evolve(bench.config, renderer=PluginUse(plugin="portrait"))
    people = tmp_path / "people.csv"
    people.write_text("request_id,subject_id,name,photo\nr1,subject-1,Orang Contoh,1.png\n")
    (tmp_path / "1.png").write_bytes(portrait(1))
    with bench.open() as station:
        bench.stock(station, 5)
        station.sources.import_file(people)
        (station.config.folder / "photos" / name_of(portrait(1))).unlink()
        bench.work(station)
        assert standing(station) == [(JobState.HELD, ("x-photo-missing",))]


def test_a_source_that_is_only_told_keeps_no_sync_going(bench: Bench, archive: Archive) -> None:
    with bench.open(archive) as station:
        archive.tell(New(request=person(1)), Granted(request=person(2), grant_id="L-2"), Revoked(request_id="r2"))
        archive.cut_after = 0
        station.sources.sync()
    # It is configured no more, but was imported once under the same name, and is told of the cancellation.
    people = bench.config.folder.parent / "people.csv"
    people.write_text("request_id,subject_id\nr3,subject-3\n")
    with bench.open() as station:
        station.sources.import_file(people, source="centre")
        (report,) = station.sources.sync("centre")
        assert (report.awaited, report.ok) == (0, True)
        assert standing(station)[0] == (JobState.HELD, AWAITED)


def test_outcomes_and_records_do_not_wait_until_all_photos_are_here(
    bench: Bench, station: Station, archive: Archive
) -> None:
    archive.tell(*(New(request=person(number)) for number in range(1, 50)), New(request=person(99, None)))
    archive.keep(*(portrait(number) for number in range(1, 50)))
    archive.cut_after = 0
    station.sources.sync()
    bench.work(station)
    archive.calls.clear()
    archive.cut_after = None
    archive.before_photo = lambda: bench.clock.sleep(3.0)
    (report,) = station.sources.sync()
    assert (report.intake.photos, report.delivered, report.ok) == (49, 1, True)
    assert archive.calls == ["outcomes", "pull", *["photo"] * 32, "pull", *["photo"] * 17]


def test_a_watch_that_is_ended_asks_for_no_more_photos(station: Station, archive: Archive) -> None:
    archive.tell(*(New(request=person(number)) for number in range(1, 50)))
    archive.keep(*(portrait(number) for number in range(1, 50)))
    ended = threading.Event()
    archive.before_photo = ended.set
    heard: list[SyncReport] = []
    station.sources.watch(ended=ended, heard=heard.append)
    assert [(report.intake.photos, report.awaited, report.trouble) for report in heard] == [(16, 33, "")]


def test_who_waits_for_a_photo_is_in_the_forecast(station: Station, archive: Archive) -> None:
    archive.tell(*(New(request=person(number)) for number in range(1, 8)))
    archive.keep(portrait(1))
    archive.cut_after = 1
    station.sources.sync()
    seen = station.forecast(kind="standard", arrivals=0, cards_per_day=10, ribbon=None)
    assert seen.figures.waiting == 7


class Arrivals(RuleBasedStateMachine):
    """Tell of three people in all ways, with photos that are there or not, over a line that is cut, across deaths."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.bench = Bench(Path(self.folder.name) / "station")
        self.archive = Archive()
        self.station = self.bench.open(self.archive)
        self.bench.stock(self.station, 40)
        self.station.step()
        self.wanted: dict[int, str] = {}
        """The photo that the centre last named for somebody whose card is not begun."""
        self.grants = 0

    @rule(number=st.integers(1, 3), photo=st.integers(0, 4), granted=st.booleans())
    def tell(self, number: int, photo: int, granted: bool) -> None:  # noqa: FBT001 - drawn
        request = person(number, portrait(photo) if photo else None)
        self.grants += granted
        grant = f"L-{self.grants}"
        self.archive.tell(Granted(request=request, grant_id=grant) if granted else New(request=request))

    @rule(number=st.integers(1, 3))
    def revoke(self, number: int) -> None:
        self.archive.tell(Revoked(request_id=f"r{number}"))

    @rule(photo=st.integers(1, 4))
    def develop(self, photo: int) -> None:
        self.archive.keep(portrait(photo))

    @rule(photo=st.integers(1, 4), bytes_of=st.sampled_from([b"no photo", portrait(5)]))
    def spoil(self, photo: int, bytes_of: bytes) -> None:
        self.archive.photos[name_of(portrait(photo))] = bytes_of

    @rule(after=st.none() | st.integers(0, 2))
    def sync(self, after: int | None) -> None:
        self.archive.cut_after = after
        self.station.sources.sync()

    @rule()
    def print(self) -> None:
        self.bench.turn(self.station)

    @rule()
    def die(self) -> None:
        self.bench.crash(self.station)
        self.station = self.bench.open(self.archive)
        self.station.step()

    @invariant()
    def nobody_waits_for_a_blank_without_the_photo(self) -> None:
        with self.station._database.reading() as reading:
            named = reading.all(
                "SELECT r.photo FROM job AS j JOIN request AS r ON r.id = j.request"
                " WHERE j.state IN ('pending', 'processing', 'completed') AND r.photo <> ''"
            )
        for (photo,) in named:
            kept = self.station.config.folder / "photos" / photo
            assert name_of(kept.read_bytes()) == photo

    def teardown(self) -> None:
        self.archive.photos = {}
        self.archive.keep(*(portrait(photo) for photo in range(1, 5)))
        self.archive.cut_after = None
        self.tell_all()
        assert self.station.sources.sync()[0].awaited == 0
        self.bench.turn(self.station)
        jobs = self.station.jobs.list(limit=1000)
        assert {job.state for job in jobs} <= {JobState.COMPLETED, JobState.CANCELED}, [job.reasons for job in jobs]
        made = [job.request_id for job in jobs if job.state is JobState.COMPLETED]
        assert len(made) == len(set(made))
        assert self.station.check().ok
        assert self.bench.differences(self.station) == []
        self.station.close()
        self.folder.cleanup()

    def tell_all(self) -> None:
        """Correct everybody once, so that what was missing is asked for again."""
        for number in (1, 2, 3):
            self.archive.tell(New(request=person(number, portrait(number), fields={"note": "at last"})))


Arrivals.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestArrivals = Arrivals.TestCase
