"""What a business day made of blanks: kept as they move, for every file there ever was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cardprint import Station
from cardprint.store import grants
from support.stations import Bench, requests

DAY = 86_400.0


def day_of(bench: Bench, cards: int) -> Station:
    """Give an open station that has printed cards today; there are blanks for two more."""
    station = bench.open()
    station.requests.submit(requests(cards))
    bench.stock(station, cards + 2)
    bench.work(station)
    return station


def test_a_new_day_begins_at_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with day_of(bench, 3) as station:
        first = station.status().today
        assert (first.printed, first.spoiled, first.missing) == (3, {}, 0)
        bench.clock.advance_to(bench.clock.monotonic() + DAY)
        second = station.status().today
        assert (second.printed, second.business_date > first.business_date) == (0, True)
        station.requests.submit(requests(2, "s"))
        bench.turn(station)
        assert station.status().today.printed == 2
        assert station.status().printers[0].printed_today == 2
        assert station.check().ok


def test_what_is_found_bad_or_missing_belongs_to_the_day_it_was_found(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with day_of(bench, 2) as station:
        bench.clock.advance_to(bench.clock.monotonic() + DAY)
        station.jobs.spoil(1, reason="misprint", by="a")
        station.stock.recount("hopper:P1", 1, by="a")
        today = station.stock.report().today
        assert (today.printed, today.spoiled, today.missing) == (0, {"misprint": 1}, 1)
        assert station.check().ok


def test_a_file_from_before_days_were_counted_is_opened_and_sound(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with day_of(bench, 2) as station:
        station.jobs.spoil(1, reason="misprint", by="a")
    with sqlite3.connect(tmp_path / "station" / "station.db") as older:
        older.executescript(
            "ALTER TABLE outbox DROP COLUMN grant_id; DROP TABLE issued_grant; CREATE TABLE issued_grant (grant_id TEXT"
            " PRIMARY KEY, request INTEGER NOT NULL REFERENCES request, returned INTEGER NOT NULL DEFAULT 0) STRICT,"
            " WITHOUT ROWID; INSERT INTO issued_grant VALUES ('L-1', 1, 0);"
            "DROP INDEX job_awaits_photo; DROP INDEX outbox_refused; ALTER TABLE outbox DROP COLUMN since;"
            "ALTER TABLE source DROP COLUMN answered;"
            "ALTER TABLE source DROP COLUMN trouble; ALTER TABLE source DROP COLUMN backlog;"
            "DROP TRIGGER day_is_counted; DROP TABLE day; PRAGMA user_version = 3;"
        )
    older.close()
    with bench.open() as station:
        assert station.check().ok
        assert station.status().today.printed == 0
        first = station.jobs.list()[0].request_id
        with station._database.reading() as reading:
            assert grants.request_of(reading, 1, "L-1") == first


def test_a_counter_that_was_tampered_with_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    day_of(bench, 2).close()
    with sqlite3.connect(tmp_path / "station" / "station.db") as store:
        store.execute("UPDATE day SET blanks = blanks + 1")
    store.close()
    with bench.open() as station:
        assert not station.check().ok
        assert station.check().invariants["counters"]
