"""A disk that forgets what was not synced, and nothing else."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from cardprint.store.connection import SETTINGS
from cardprint.testing.simulation.connection import Connections
from cardprint.testing.simulation.disk import Disk, ProcessDiedError

FILE = Path("some.db")


@pytest.fixture
def disk() -> Disk:
    return Disk()


def opened(disk: Disk, *, synchronous: str = "EXTRA") -> tuple[Connections, sqlite3.Connection]:
    connections = Connections(disk)
    connections.settings = tuple(
        f"synchronous = {synchronous}" if setting.startswith("synchronous") else setting for setting in SETTINGS
    )
    return connections, connections(FILE)


def write(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (number INTEGER)")
    connection.execute("INSERT INTO kept VALUES (?)", (number,))
    connection.execute("COMMIT")


def kept(disk: Disk) -> list[int]:
    connections, connection = opened(disk)
    try:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]
    finally:
        connections.release()


@pytest.mark.parametrize("mode", ["drop", "keep", "some", "torn"])
def test_what_was_committed_survives_a_power_cut(disk: Disk, mode: str) -> None:
    connections, connection = opened(disk)
    for number in range(5):
        write(connection, number)
    disk.cut_power(random.Random(1), mode)
    connections.release()
    assert kept(disk) == [0, 1, 2, 3, 4]


def test_what_was_not_synced_is_lost_in_a_power_cut_and_kept_in_a_death(disk: Disk) -> None:
    connections, connection = opened(disk)
    write(connection, 0)
    connections.release()
    connections, connection = opened(disk, synchronous="OFF")
    write(connection, 1)
    disk.kill()
    connections.release()
    assert kept(disk) == [0, 1]
    connections, connection = opened(disk, synchronous="OFF")
    write(connection, 2)
    disk.cut_power(random.Random(1), "drop")
    connections.release()
    assert 2 not in kept(disk)


def test_the_removal_of_a_file_may_be_lost_until_its_folder_is_synced(disk: Disk) -> None:
    for name in ("a", "b"):
        disk.put(name, b"x")
    disk.xDelete("a", syncdir=False)
    disk.cut_power(random.Random(1), "drop")
    assert disk.content("a") == b"x"
    disk.xDelete("a", syncdir=False)
    disk.xDelete("b", syncdir=True)
    disk.cut_power(random.Random(1), "drop")
    assert not disk.xAccess("a", 0)
    assert not disk.xAccess("b", 0)


def test_a_dead_process_writes_nothing(disk: Disk) -> None:
    connections, connection = opened(disk)
    write(connection, 0)
    disk.kill()
    with pytest.raises(ProcessDiedError):
        write(connection, 1)
    connections.release()
    assert kept(disk) == [0]


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [("write", "full", sqlite3.SQLITE_FULL), ("write", "write", sqlite3.SQLITE_IOERR), ("sync", "sync", 0)],
)
def test_an_error_of_the_disk_looks_like_one_of_sqlite3(disk: Disk, call: str, error: str, code: int) -> None:
    connections, connection = opened(disk)
    write(connection, 0)
    disk.before = lambda kind: error if kind == call else None
    with pytest.raises(sqlite3.Error) as caught:
        write(connection, 1)
    disk.before = lambda _: None
    if code:
        assert caught.value.sqlite_errorcode & 0xFF == code
    connections.release()


def test_what_a_failed_sync_lost_no_later_sync_writes(disk: Disk) -> None:
    connections, connection = opened(disk)
    write(connection, 0)
    disk.before = lambda kind: "sync" if kind == "sync" else None
    with pytest.raises(sqlite3.Error):
        write(connection, 1)
    disk.kill()
    connections.release()
    disk.before = lambda _: None
    # The next process sees it in the page cache, and writes behind it.
    connections, connection = opened(disk)
    assert [row[0] for row in connection.execute("SELECT number FROM kept")] == [0, 1]
    write(connection, 2)
    disk.cut_power(random.Random(1), "drop")
    connections.release()
    assert kept(disk) == [0]


def test_writing_the_log_anew_makes_it_durable(disk: Disk) -> None:
    connections, connection = opened(disk)
    write(connection, 0)
    disk.before = lambda kind: "sync" if kind == "sync" else None
    with pytest.raises(sqlite3.Error):
        write(connection, 1)
    disk.kill()
    connections.release()
    disk.before = lambda _: None
    connections, connection = opened(disk)
    connections.rewrite(FILE)
    write(connection, 2)
    disk.cut_power(random.Random(1), "drop")
    connections.release()
    assert kept(disk) == [0, 1, 2]
