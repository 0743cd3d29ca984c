"""A real station in a process of its own, killed while the printer goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import StartDevice

CARDS = 6
STATION = """
[station]
people = 1

[renderer]
plugin = "none"

[printers.P1]
driver = "simulator"
device = "{uri}"
"""


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "cardprint.cli", *words, "--station", str(folder / "station.toml")]


def done(folder: Path, *words: str) -> str:
    return subprocess.run(command(folder, *words), check=True, capture_output=True, text=True).stdout


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


@pytest.mark.parametrize("tier", ["T2", "T3"])
def test_a_station_killed_again_and_again_prints_every_card_once(
    start_device: StartDevice,
    tier: str,
    tmp_path: Path,
) -> None:
    device = start_device("--tier", tier, "--blanks", "20")
    folder = tmp_path / "station"
    folder.mkdir(mode=0o700)
    host, port = device.address
    (folder / "station.toml").write_text(STATION.format(uri=f"sim://{host}:{port}"), "utf-8")
    (folder / "people.csv").write_text(
        "request_id,subject_id\n" + "".join(f"r{n},s{n}\n" for n in range(CARDS)), "utf-8"
    )
    done(folder, "import", str(folder / "people.csv"))
    done(folder, "stock", "receive", "20", "--by", "a")
    done(folder, "stock", "load", "P1", "20", "--by", "a")
    for job in (1, 2, 4):
        with killed_after(folder, f"job {job} printed"):
            pass
    done(folder, "run")
    status = json.loads(done(folder, "status", "--json"))
    assert status["jobs"]["completed"] == CARDS
    assert status["accounts"] == {"hopper:P1": 20 - CARDS, "printed": CARDS}
    assert list(device.good_cards().values()) == [1] * CARDS
    assert "All is well" in done(folder, "check")
