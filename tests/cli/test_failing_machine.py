"""A real station on a machine that fails: syncs that the kernel refuses, a clock that somebody sets."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from cardprint import Station
from support.components import require
from support.real_station import command, done
from support.stations import requests

CARDS = 3
STATION = """
[station]
people = 1

[renderer]
plugin = "none"

[printers.P1]
driver = "folder"
device = "folder:out"

[printers.P1.settings]
pdf = false
"""
PATIENCE = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "station"
    folder.mkdir(mode=0o700)
    (folder / "station.toml").write_text(STATION, "utf-8")
    with Station.open(folder / "station.toml") as station:
        station.requests.submit(requests(CARDS))
        station.stock.receive(9, by="a")
        station.stock.load("P1", 9, by="a")
    return folder


def cards(folder: Path) -> list[str]:
    """Give the attempts whose cards lie in the tray."""
    return sorted(
        path.name for path in (folder / "out").iterdir() if path.is_dir() and re.search(r"-\d{8}$", path.name)
    )


def assert_each_has_one(folder: Path) -> None:
    with Station.open(folder / "station.toml") as station:
        assert station.status().accounts == {"hopper:P1": 9 - CARDS, "printed": CARDS}
        jobs = [station.jobs.show(job) for job in range(1, CARDS + 1)]
        assert station.check().ok
    printed = [attempt.attempt_id for job in jobs for attempt in job.attempts if attempt.fate == "PRINTED"]
    assert len(printed) == CARDS
    assert sorted(printed) == cards(folder)


@pytest.mark.parametrize("when", [3, 4, 6, 8, 9, 10])
def test_a_sync_that_the_kernel_refuses_doubles_and_loses_nothing(when: int, folder: Path, tmp_path: Path) -> None:
    strace = str(require("strace", "strace"))
    log = tmp_path / "calls"
    fault = f"inject=fdatasync:error=EIO:when={when}"
    traced = [strace, "-f", "-qq", "-o", str(log), "-e", "trace=fdatasync", "-e", fault, *command(folder, "run")]
    subprocess.run(traced, check=False, capture_output=True, timeout=PATIENCE)
    assert "(INJECTED)" in log.read_text("utf-8")
    # Whatever it could not do for itself, the next one does.
    done(folder, "run")
    assert_each_has_one(folder)


@pytest.mark.parametrize("clock", ["-400d", "+400d", "+0 x1000"])
def test_a_clock_that_is_wrong_changes_no_card(clock: str, folder: Path) -> None:
    faketime = str(require("faketime", "faketime"))
    wrong = {**os.environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    when = ["-f", clock]
    subprocess.run([faketime, *when, *command(folder, "run", "--cards", "1")], check=True, env=wrong, timeout=PATIENCE)
    done(folder, "run", "--cards", "1")
    subprocess.run([faketime, *when, *command(folder, "run")], check=True, env=wrong, timeout=PATIENCE)
    assert_each_has_one(folder)
