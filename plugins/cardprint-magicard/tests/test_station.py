"""A real station, its driver in a process of its own, on a printer that is not there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.real_station import command, done, status

if TYPE_CHECKING:
    from conftest import TerminalPort

STATION = """
[station]
people = 1

[renderer]
plugin = "portrait"
photo = false

[printers.P1]
driver = "magicard"
device = "{device}"

[printers.P1.settings]
model = "tango-2e"
sides = {sides}
trust_count = {trust}
"""
BLANKS = 10

Prepare = Callable[..., Path]


@pytest.fixture
def prepare(terminal: TerminalPort, tmp_path: Path) -> Prepare:
    def make(*, cards: int, trust: bool, sides: int = 1) -> Path:
        folder = tmp_path / "station"
        folder.mkdir(mode=0o700)
        text = STATION.format(device=terminal.device, sides=sides, trust=str(trust).lower())
        (folder / "station.toml").write_text(text, "utf-8")
        people = folder / "people.csv"
        rows = "".join(f"r{n},s{n},MADE UP {n}\n" for n in range(cards))
        people.write_text("request_id,subject_id,name\n" + rows, "utf-8")
        done(folder, "import", str(people))
        done(folder, "stock", "receive", str(BLANKS), "--by", "a")
        done(folder, "stock", "load", "P1", str(BLANKS), "--by", "a")
        return folder

    return make


def run(folder: Path) -> str:
    """Run until there is nothing to do, whatever became of the cards."""
    ran = subprocess.run(command(folder, "run"), capture_output=True, text=True, check=False, timeout=120)
    return ran.stdout + ran.stderr


def test_a_station_prints_its_cards_where_the_count_is_trusted(prepare: Prepare, terminal: TerminalPort) -> None:
    folder = prepare(cards=2, trust=True, sides=2)
    run(folder)
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 2, "printed": 2}
    assert [len(card) for card in terminal.printer.cards] == [2, 2]
    assert "All is well" in done(folder, "check")


def test_without_trust_a_person_says_what_became_of_each_card(prepare: Prepare, terminal: TerminalPort) -> None:
    folder = prepare(cards=2, trust=False)
    for card in (1, 2):
        run(folder)
        assert terminal.printer.good == card
        assert status(folder)["accounts"]["in-machine:P1"] == 1
        # Asked again it prints nothing: the doubt is not the machine's to end.
        run(folder)
        assert terminal.printer.good == card
        done(folder, "jobs", "resolve", str(card), "--printed", "--by", "a")
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 2, "printed": 2}
    assert "All is well" in done(folder, "check")


def test_after_a_power_cut_over_a_card_nothing_is_printed_until_a_person_has_looked(
    prepare: Prepare, terminal: TerminalPort
) -> None:
    folder = prepare(cards=2, trust=True)
    terminal.printer.dies_after = 1_000_000
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.PIPE, text=True) as station:
        assert station.stdout is not None
        assert any("job 1 in doubt" in line for line in station.stdout)
        terminal.unplug()
        terminal.printer.switch_on()
        terminal.plug()
        station.communicate(timeout=120)
    assert terminal.printer.used == 0
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 1, "in-machine:P1": 1}
    done(folder, "jobs", "resolve", "1", "--spoiled", "--by", "a")
    run(folder)
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 3, "printed": 2, "spoiled:1": 1}
    assert terminal.printer.good == 2
    first, again = json.loads(done(folder, "jobs", "show", "1", "--json"))["attempts"]
    assert (first["fate"], again["fate"], again["follows"]) == ("SPOILED", "PRINTED", first["attempt_id"])
