"""Three printers of three kinds serve one queue, and one of them dies half-way."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.ipp_servers import Bus, EvePrinter
from support.real_station import command, done, status

if TYPE_CHECKING:
    from conftest import TerminalPort

STATION = """
[station]
people = 1

[renderer]
plugin = "portrait"
photo = false

[printers.SIM]
driver = "simulator"
device = "sim://{simulated}"

[printers.IPP]
driver = "ipp"
device = "{ipp}"

[printers.IPP.settings]
queue = false
poll = 0.1

[printers.MAG]
driver = "magicard"
device = "{magicard}"

[printers.MAG.settings]
model = "tango-2e"
sides = 1
trust_count = true
"""
NAMES = ("SIM", "IPP", "MAG")
PEOPLE, BLANKS = 12, 20


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[EvePrinter]:
    bus = Bus()
    printer = EvePrinter(tmp_path / "eve", bus)
    printer.start()
    yield printer
    printer.kill()
    bus.close()


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Give the address of a simulated printer, and the file in which its world is."""
    world = tmp_path / "world.json"
    options = ["--world", str(world), "--tier", "T3", "--blanks", str(BLANKS), "--seconds-per-card", "0.2"]
    with subprocess.Popen(
        [sys.executable, "-m", "cardprint_simulator.device", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("listening on ").strip(), world
        process.kill()


def test_three_printers_of_three_kinds_serve_one_queue_while_one_of_them_dies(
    simulated: tuple[str, Path], eve: EvePrinter, terminal: TerminalPort, tmp_path: Path
) -> None:
    address, world = simulated
    folder = tmp_path / "station"
    folder.mkdir(mode=0o700)
    text = STATION.format(simulated=address, ipp=eve.uri, magicard=terminal.device)
    (folder / "station.toml").write_text(text, "utf-8")
    people = folder / "people.csv"
    rows = "".join(f"r{n},s{n},MADE UP {n}\n" for n in range(PEOPLE))
    people.write_text("request_id,subject_id,name\n" + rows, "utf-8")
    done(folder, "import", str(people))
    done(folder, "stock", "receive", str(3 * BLANKS), "--by", "a")
    for name in NAMES:
        done(folder, "stock", "load", name, str(BLANKS), "--by", "a")

    # Its power goes in the middle of its first card; the other two do not notice.
    terminal.printer.dies_after = 1_000_000
    ran = subprocess.run(command(folder, "run", "--json"), capture_output=True, text=True, check=False, timeout=240)
    assert json.loads(ran.stdout)["printed"] == PEOPLE - 1
    assert status(folder)["accounts"]["in-machine:MAG"] == 1
    assert terminal.printer.used == 0

    # A person looks: no card was fed. It is plugged in again, and whoever lost the card gets another.
    terminal.unplug()
    terminal.printer.switch_on()
    terminal.plug()
    (doubt,) = json.loads(done(folder, "jobs", "list", "--state", "stopped", "--json"))
    done(folder, "jobs", "resolve", str(doubt["job_id"]), "--not-fed", "--by", "a")
    done(folder, "run")

    accounts = status(folder)["accounts"]
    assert accounts["printed"] == PEOPLE
    assert sum(accounts[f"hopper:{name}"] for name in NAMES) == 3 * BLANKS - PEOPLE
    cards = json.loads(world.read_text("utf-8"))["world"]["cards"]
    made = {
        "SIM": sum(card["place"].startswith("output:") for card in cards),
        "IPP": len(eve.cards()),
        "MAG": terminal.printer.good,
    }
    assert made == {name: BLANKS - accounts[f"hopper:{name}"] for name in NAMES}
    assert all(made[name] for name in ("SIM", "IPP"))
    assert "All is well" in done(folder, "check")
