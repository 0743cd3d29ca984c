"""Three offices with stores and printers of their own, and one centre: what each may print, and what is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from cardprint import Station
from cardprint.model.jobs import JobState
from cardprint_centre import Served
from support.osia import OsiaOrigin, as_body
from support.source_suite import made_up_rows
from support.stations import Bench

PEOPLE = 24
EACH = 8
DAY = 86_400.0


class Office:
    """A station whose source is the centre; it syncs and prints when it is told to."""

    def __init__(self, name: str, origin: OsiaOrigin, folder: Path) -> None:
        self.name, self.origin = name, origin
        source = origin.source(station=name, lease_size=EACH, lease_days=4)
        source.name = "centre"  # type: ignore[attr-defined] # a plugin object that is handed over has a name
        self.bench = Bench(folder / name)
        self.bench.config = attrs.evolve(self.bench.config, name=name)
        # The centre's clock is this computer's, so the office's begins there too.
        self.bench.clock.sleep(max(RealDay.now() - self.bench.clock.now(), 0.0))
        self.station: Station = self.bench.open(source)
        self.bench.stock(self.station, 2 * PEOPLE)
        self.station.step()

    def sync(self) -> None:
        (report,) = self.station.sources.sync()
        assert not report.trouble
        assert report.intake.ok

    def print(self, cards: int | None = None) -> None:
        """Print so many cards, or all that may be printed."""
        if cards is None:
            self.bench.turn(self.station)
            return
        wanted = len(self.of(JobState.COMPLETED)) + cards
        while len(self.of(JobState.COMPLETED)) < wanted:
            self.bench.turn(self.station, steps=1)

    def of(self, state: JobState) -> set[str]:
        return {job.request_id for job in self.station.jobs.list(state=state, limit=1000)}


class RealDay:
    """The time of this computer, by which the centre leases."""

    @staticmethod
    def now() -> float:
        today = date.today()  # noqa: DTZ011 - the centre's own day
        return (today - date(1970, 1, 1)) / timedelta(seconds=1) + 12 * 3600


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[OsiaOrigin]:
    served = Served()
    origin = OsiaOrigin(served, tmp_path)
    origin.put([{**row, "needs": ""} for row in made_up_rows(PEOPLE)])
    yield origin
    origin.close()
    served.close()


@pytest.fixture
def offices(origin: OsiaOrigin, tmp_path: Path) -> Iterator[tuple[Office, Office, Office]]:
    offices = Office("north", origin, tmp_path), Office("south", origin, tmp_path), Office("west", origin, tmp_path)
    yield offices
    for office in offices:
        assert office.station.check().ok
        office.station.close()


def printed(origin: OsiaOrigin) -> Counter[str]:
    return Counter(request_id for _, request_id, word in origin.outcomes() if word == "printed")


def conflicts(origin: OsiaOrigin) -> list[str]:
    return [each["conflict"] for each in origin.records.outcomes() if each["conflict"]]


def test_three_stations_print_every_record_once_between_them(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    for office in offices:
        office.sync()
    held = [office.of(JobState.PENDING) for office in offices]
    assert [len(each) for each in held] == [EACH] * 3
    assert len(set.union(*held)) == PEOPLE
    for office in offices:
        office.print()
        office.sync()
    assert printed(origin) == Counter(f"R-{number}" for number in range(1, PEOPLE + 1))
    assert conflicts(origin) == []


def test_a_record_that_is_reclaimed_from_a_silent_office_and_printed_by_both_is_a_conflict_and_no_other_is(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    silent, other, _ = offices
    silent.sync()
    one, two = sorted(silent.of(JobState.PENDING))[:2]
    assert origin.records.release([one, two], "south") == 0
    assert origin.records.release([one, two], "north") == 2
    other.sync()
    other.print()
    other.sync()
    silent.print()
    silent.sync()
    assert {name for name, count in printed(origin).items() if count > 1} == {one, two}
    assert conflicts(origin) == ["printed-elsewhere"] * 2


def test_a_record_that_is_returned_before_its_card_is_begun_is_printed_elsewhere_once(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    north, south, _ = offices
    north.sync()
    (first, *_) = sorted(north.of(JobState.PENDING))
    origin.records.release([first], "north")
    south.sync()
    north.sync()
    for office in (north, south):
        office.print()
        office.sync()
    assert printed(origin)[first] == 1
    assert first in north.of(JobState.CANCELED) or first in north.of(JobState.COMPLETED)
    assert conflicts(origin) == []


def test_an_office_prints_for_as_long_as_it_has_leases_and_tells_it_when_it_is_back(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    office = offices[0]
    office.sync()
    office.print(3)
    office.bench.clock.sleep(5 * DAY)
    office.print()
    assert len(office.of(JobState.COMPLETED)) == 3
    assert len(office.of(JobState.HELD)) == EACH - 3
    assert {job.reasons for job in office.station.jobs.list(state=JobState.HELD)} == {("x-lease-expired",)}
    assert sum(printed(origin).values()) == 0
    office.sync()
    assert sum(printed(origin).values()) == 3


def test_an_office_whose_clock_was_wrong_prints_its_leases_once_the_day_is_right(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    office = offices[0]
    office.sync()
    office.bench.clock.jump(900 * DAY)
    office.print()
    assert len(office.of(JobState.HELD)) == EACH
    office.bench.clock.jump(-900 * DAY)
    office.station.stock.put_day_right(by="Sari")
    office.print()
    office.sync()
    assert sum(printed(origin).values()) == EACH
    assert conflicts(origin) == []


def test_what_is_revoked_or_corrected_over_a_card_is_told_and_what_is_not_begun_follows(
    origin: OsiaOrigin, offices: tuple[Office, Office, Office]
) -> None:
    office = offices[0]
    office.sync()
    office.print(1)
    (begun,) = office.of(JobState.COMPLETED)
    waiting = sorted(office.of(JobState.PENDING))
    origin.records.cancel(begun)
    origin.records.cancel(waiting[0])
    row = made_up_rows(PEOPLE)[int(waiting[1].removeprefix("R-")) - 1]
    origin.records.correct(waiting[1], as_body({**row, "needs": "", "name": "Orang Contoh Baru"}))
    office.sync()
    office.print()
    office.sync()
    assert waiting[0] in office.of(JobState.CANCELED)
    assert waiting[1] in office.of(JobState.COMPLETED)
    assert origin.status(begun) == "CANCELLED"
    assert conflicts(origin) == ["printed-after-revocation"]
