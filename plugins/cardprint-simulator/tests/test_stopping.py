"""A real station is asked to stop: politely, twice, by another process, and after its last card."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.real_station import command, done, prepare, status

if TYPE_CHECKING:
    from conftest import StartDevice

CARDS = 8
PATIENCE = 120.0
"""Seconds after which a test gives up on a station that hangs."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "station"


def running(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(command(folder, "run", "--keep-running"), stdout=subprocess.PIPE, text=True)


def wait_for(holds: Callable[[], bool]) -> None:
    """Ask until it is so."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until


def said(station: subprocess.Popen[str], line: str) -> None:
    assert station.stdout is not None
    assert any(line in each for each in station.stdout)


@pytest.mark.parametrize("asked", ["SIGTERM", "SIGINT", "stop"])
def test_a_station_that_is_asked_to_stop_finishes_its_card_and_feeds_no_more(
    start_device: StartDevice, folder: Path, asked: str
) -> None:
    device = start_device("--tier", "T2", "--blanks", "20", "--seconds-per-card", "0.5")
    prepare(folder, device.address, cards=CARDS)
    with running(folder) as station:
        said(station, "job 1 printed")
        if asked == "stop":
            done(folder, "stop")
        else:
            station.send_signal(getattr(signal, asked))
        rest, _ = station.communicate(timeout=PATIENCE)
    assert station.returncode == 0
    assert "0 in doubt" in rest
    printed = len(device.good_cards())
    assert 1 <= printed < CARDS
    assert status(folder)["accounts"] == {"hopper:P1": 20 - printed, "printed": printed}
    assert device.places()["hopper:device"] == 20 - printed


@pytest.mark.parametrize("second", ["SIGTERM", "stop --now"])
def test_a_second_word_waits_for_no_card_and_the_next_run_finds_it(
    start_device: StartDevice, folder: Path, second: str
) -> None:
    device = start_device("--tier", "T3", "--blanks", "20")
    prepare(folder, device.address, cards=CARDS)
    device.fault("hang", "print")
    with running(folder) as station:
        # A card is in the machine, and the machine says nothing any more.
        wait_for(lambda: device.places().get("in-machine:device", 0) == 1)
        station.send_signal(signal.SIGINT)
        if second == "SIGTERM":
            station.send_signal(signal.SIGTERM)
        else:
            done(folder, "stop", "--now")
        station.communicate(timeout=PATIENCE)
    assert status(folder)["accounts"] == {"hopper:P1": 19, "in-machine:P1": 1}
    assert "All is well" in done(folder, "check")
    # Somebody switches the machine off and on: it throws the half card out, and its job table says so.
    device.kill()
    device.start()
    prepare(folder, device.address, cards=CARDS)
    done(folder, "run")
    assert status(folder)["accounts"] == {"hopper:P1": 19 - CARDS, "printed": CARDS, "spoiled:1": 1}
    assert list(device.good_cards().values()) == [1] * CARDS
    first, again = json.loads(done(folder, "jobs", "show", "1", "--json"))["attempts"]
    assert (first["fate"], again["fate"], again["follows"]) == ("SPOILED", "PRINTED", first["attempt_id"])


def test_a_station_that_is_drained_works_off_what_waits(start_device: StartDevice, folder: Path) -> None:
    device = start_device("--tier", "T2", "--blanks", "20")
    prepare(folder, device.address, cards=CARDS)
    with running(folder) as station:
        said(station, "job 1 printed")
        done(folder, "stop", "--drain")
        station.communicate(timeout=PATIENCE)
    assert station.returncode == 0
    assert status(folder)["accounts"] == {"hopper:P1": 20 - CARDS, "printed": CARDS}


def test_a_lock_of_a_dead_station_is_no_lock_and_a_living_one_is_named(start_device: StartDevice, folder: Path) -> None:
    device = start_device("--tier", "T2", "--blanks", "20")
    prepare(folder, device.address, cards=CARDS)
    with running(folder) as station:
        said(station, "job 1 printed")
        other = subprocess.run(command(folder, "run"), capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert other.returncode == 1
        assert f"process {station.pid}" in other.stderr
        station.kill()
    done(folder, "run")
    assert list(device.good_cards().values()) == [1] * CARDS
