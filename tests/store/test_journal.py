"""A journal that somebody has been at."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from support.stations import Bench, requests

ALTERATIONS = {
    "time": "UPDATE journal SET at = at + 1 WHERE seq = 4",
    "event": "UPDATE journal SET event = 'card-printed' WHERE seq = 4",
    "job": "UPDATE journal SET job = 77 WHERE seq = 4",
    "attempt": "UPDATE journal SET attempt = 'other' WHERE seq = 4",
    "printer": "UPDATE journal SET printer = 'P9' WHERE seq = 4",
    "data": "UPDATE journal SET data = '{}' WHERE seq = 4",
    "hash": "UPDATE journal SET hash = zeroblob(32) WHERE seq = 4",
    "removed": "DELETE FROM journal WHERE seq = 4",
    "reordered": "UPDATE journal SET seq = iif(seq = 4, -5, iif(seq = 5, -4, seq)) WHERE seq IN (4, 5);"
    " UPDATE journal SET seq = -seq WHERE seq < 0",
    "put in": "INSERT INTO journal SELECT 1000, at, event, job, attempt, printer, data, hash FROM journal"
    " WHERE seq = 4",
}


def worked(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "station")
    with bench.open() as station:
        station.requests.submit(requests(2))
        bench.stock(station, 2)
        bench.work(station)
        assert station.journal.verify() == []
    return bench


@pytest.mark.parametrize("name", ALTERATIONS)
def test_any_line_that_was_altered_removed_or_moved_is_found(name: str, tmp_path: Path) -> None:
    bench = worked(tmp_path)
    raw = sqlite3.connect(tmp_path / "station" / "station.db")
    raw.executescript("DROP TRIGGER journal_is_never_changed; DROP TRIGGER journal_is_never_removed")
    raw.executescript(ALTERATIONS[name])
    raw.close()
    with bench.open() as station:
        assert station.journal.verify() != []
        assert not station.check().ok


@pytest.mark.parametrize("statement", ["UPDATE {} SET rowid = rowid + 1", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["journal", "movement"])
def test_the_store_itself_refuses_to_edit_history(statement: str, table: str, tmp_path: Path) -> None:
    worked(tmp_path)
    raw = sqlite3.connect(tmp_path / "station" / "station.db")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement.format(table))
    raw.close()


def test_an_end_that_was_cut_off_is_found_with_a_head_kept_elsewhere(tmp_path: Path) -> None:
    bench = worked(tmp_path)
    with bench.open() as station:
        kept = station.journal.head()
    raw = sqlite3.connect(tmp_path / "station" / "station.db")
    raw.executescript("DROP TRIGGER journal_is_never_removed; DELETE FROM journal WHERE seq > 5")
    raw.close()
    with bench.open() as station:
        assert station.journal.verify() == []
        assert station.journal.head() != kept
        assert station.journal.head()[0] < kept[0]
