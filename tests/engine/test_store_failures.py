"""A disk that is full, and a store that fails, at any moment of a card."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from cardprint import Station
from cardprint.errors import StoreError, StoreFullError
from cardprint.model import JobState
from cardprint.registry import Registry
from cardprint.simulation import Fault, FaultKind, Phase
from cardprint.store import Database, connect
from support.components import require
from support.stations import Bench, requests


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 24 MB."""
    require("mount", "mount")
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path, leave: int = 0) -> Path:
    """Fill a disk, but for some bytes."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    room = free.f_bavail * free.f_frsize - leave
    with filler.open("wb") as stream:
        stream.write(b"\0" * max(room, 0))
    return filler


def test_no_card_is_begun_on_a_full_disk_and_work_goes_on_once_there_is_room(small_disk: Path) -> None:
    bench = Bench(small_disk / "station")
    with bench.open() as station:
        station.requests.submit(requests(2))
        bench.stock(station, 2)
        filler = fill(small_disk, leave=3 << 20)
        bench.work(station, steps=60)
        assert bench.world.printed == 0
        assert station.stock.report().accounts == {"hopper:P1": 2}
        filler.unlink()
    with bench.open() as station:
        bench.work(station)
        assert bench.world.printed == 2
        assert station.check().ok


def test_an_outcome_is_not_dropped_when_the_disk_fills_up_under_a_card(small_disk: Path) -> None:
    bench = Bench(small_disk / "station")
    with bench.open() as station:
        station.requests.submit(requests(1))
        bench.stock(station, 1)
        running = station.step()
        worker = running.workers[0]
        while not bench.world.printed:
            worker.advance(worker.port.poll() if worker.port is not None else None)
            bench.clock.sleep(1)
        (small_disk / "station" / "station.reserve").unlink()
        filler = fill(small_disk)
        standing = worker.advance(worker.port.poll() if worker.port is not None else None)
        while standing.busy:
            bench.clock.sleep(1)
            standing = worker.advance(worker.port.poll() if worker.port is not None else None)
        assert standing.reason == "x-store-failed"
        assert station.jobs.count(JobState.COMPLETED) == 0
        filler.unlink()
        bench.clock.sleep(5)
        worker.advance(None)
        assert station.jobs.count(JobState.COMPLETED) == 1
        assert station.check().ok


class Doubtful:
    """Be a connection whose commit is durable and reports an error, once ``fails`` says so."""

    def __init__(self, connection: sqlite3.Connection, fails: Callable[[], bool]) -> None:
        self._connection = connection
        self._fails = fails

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        cursor = self._connection.execute(sql, values)
        if sql == "COMMIT" and self._fails():
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return cursor

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        return getattr(self._connection, name)


@pytest.mark.parametrize("at", range(3, 15))
def test_work_goes_on_after_any_commit_that_failed_and_was_durable_all_the_same(tmp_path: Path, at: int) -> None:
    bench = Bench(tmp_path / "station", tier="T3")
    bench.printers["P1"].faults.append(Fault(kind=FaultKind.POWER_LOSS, phase=Phase.QUEUED, lasts=5.0))
    station = bench.open()
    station.requests.submit(requests(2))
    bench.stock(station, 4)
    bench.work(station, steps=4)
    bench.crash(station)
    # The next process finds by rule that the first card was not fed, and tries it again after a while.
    commits = itertools.count(1)
    station = Station(
        bench.config,
        Registry.load(bench.config.plugins, ()),
        clock=bench.clock,
        ports=bench.port,
        connect=lambda path: cast("sqlite3.Connection", Doubtful(connect(path), lambda: next(commits) == at)),
    )
    with station:
        station.step()
        for _ in range(4):
            bench.turn(station)
            bench.clock.sleep(60)
        events = [line.event for line in station.journal.lines(limit=100)]
        assert {"card-not-fed", "job-waits-again"} <= set(events)
        assert next(commits) > at
        assert station.jobs.count(JobState.COMPLETED) == 2
        assert bench.world.printed == 2
        assert station.check().ok


def test_nothing_half_comes_in_on_a_full_disk(small_disk: Path) -> None:
    bench = Bench(small_disk / "station")
    with bench.open() as station:
        filler = fill(small_disk)
        with pytest.raises(StoreFullError, match="disk is full"):
            station.requests.submit(requests(5000))
        before = station.jobs.count(JobState.PENDING)
        filler.unlink()
        report = station.requests.submit(requests(5000))
        assert report.known == before
        assert station.jobs.count(JobState.PENDING) == 5000
        assert station.check().ok


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    with pytest.raises(StoreError, match="chmod go-w"):
        Bench(folder).open()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "station").touch()
    with pytest.raises(StoreError, match="cannot be used"):
        Bench(tmp_path / "station").open()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "station")
    database._writer.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match="newer cardprint"):
        Database(tmp_path / "station")


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "station").mkdir(mode=0o700)
    (tmp_path / "station" / "station.db").write_bytes(b"no database at all, but long enough to look at" * 100)
    with pytest.raises(StoreError):
        Bench(tmp_path / "station").open()


def test_the_settings_that_keep_acknowledged_commits_are_in_force(tmp_path: Path) -> None:
    database = Database(tmp_path / "station")
    settings = {
        name: database._writer.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("synchronous", "journal_mode", "wal_autocheckpoint", "foreign_keys", "mmap_size")
    }
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "station").iterdir()}
    database.close()
    assert settings == {
        "synchronous": 3,
        "journal_mode": "wal",
        "wal_autocheckpoint": 0,
        "foreign_keys": 1,
        "mmap_size": 0,
    }
    assert set(modes.values()) <= {0o600}


def test_a_station_that_lost_its_ownership_submits_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with bench.open() as stalled:
        stalled.requests.submit(requests(1))
        bench.stock(stalled, 1)
        bench.work(stalled, steps=3)
        _take_over(stalled)
        running = stalled._running
        assert running is not None
        for _ in range(20):
            worker = running.workers[0]
            worker.advance(worker.port.poll() if worker.port is not None else None)
            bench.clock.sleep(20)
        assert bench.world.printed == 0


def _take_over(station: Station) -> None:
    """Be another owner, as after this one's lock was broken."""
    with station._database.transaction() as tx:
        tx.execute("UPDATE meta SET value = '999' WHERE name = 'owner'")
