"""A real station in a process of its own, killed while the printer goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.real_station import command, done, prepare, status

if TYPE_CHECKING:
    from conftest import StartDevice

CARDS = 6


@contextmanager
def killed_after(folder: Path, line: str) -> Iterator[None]:
    """Run the station until it says a line, then kill it without a word."""
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        for said in station.stdout:
            if line in said:
                break
        station.kill()
        yield


def test_whoever_has_not_switched_the_printer_on_is_told_so(start_device: StartDevice, tmp_path: Path) -> None:
    device = start_device("--blanks", "20")
    folder = tmp_path / "station"
    prepare(folder, device.address, cards=1)
    device.kill()
    assert done(folder, "run").endswith("Next: P1 does not answer: switch it on, then: cardprint run\n")


@pytest.mark.parametrize("tier", ["T2", "T3"])
def test_a_station_killed_again_and_again_prints_every_card_once(
    start_device: StartDevice,
    tier: str,
    tmp_path: Path,
) -> None:
    device = start_device("--tier", tier, "--blanks", "20")
    folder = tmp_path / "station"
    prepare(folder, device.address, cards=CARDS)
    for job in (1, 2, 4):
        with killed_after(folder, f"job {job} printed"):
            pass
    done(folder, "run")
    seen = status(folder)
    assert seen["jobs"]["completed"] == CARDS
    assert seen["accounts"] == {"hopper:P1": 20 - CARDS, "printed": CARDS}
    assert list(device.good_cards().values()) == [1] * CARDS
    assert "All is well" in done(folder, "check")
