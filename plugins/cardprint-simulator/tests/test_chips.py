"""Chips, from a real station to a simulated chip: bad ones, and a station that is killed over one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.real_station import command, done, prepare, status

if TYPE_CHECKING:
    from conftest import DeviceProcess, StartDevice

BLANKS = 20
_NUMBER = 3
"""Commands after which the encoder knows a chip's number; nine of twelve write all but the lock."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "station"


@pytest.fixture
def device(start_device: StartDevice) -> DeviceProcess:
    return start_device("--tier", "T3", "--blanks", str(BLANKS))


def attempts(folder: Path, job: int) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(done(folder, "jobs", "show", str(job), "--json"))["attempts"]
    return shown


def held(device: DeviceProcess) -> dict[str, list[str]]:
    """Give the numbers of the chips that hold anything, by where their cards are."""
    found: dict[str, list[str]] = {}
    for number, chip in device.chips().items():
        if chip["holds"]:
            found.setdefault(chip["place"].partition(":")[0], []).append(number)
    return found


def test_each_chip_holds_its_own_person_and_a_bad_one_costs_one_blank(device: DeviceProcess, folder: Path) -> None:
    prepare(folder, device.address, cards=3, chips=True, encoder=True)
    device.fault("torn-chip", "encode", commands=9)
    done(folder, "run")
    good = [chip for chip in device.chips().values() if chip["place"] == "output:device"]
    assert all(chip["locked"] for chip in good)
    assert sorted(json.loads(chip["holds"])["name"] for chip in good) == [f"Orang Contoh {n}" for n in range(3)]
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 4, "printed": 3, "spoiled:1": 1}
    assert [[try_["reasons"] for try_ in attempts(folder, job)] for job in (1, 2, 3)] == [
        [["x-chip-failed"], []],
        [[]],
        [[]],
    ]
    # Nothing of what is on the chips is anywhere else than with the request itself.
    assert "Orang Contoh" not in done(folder, "journal", "show")
    assert "All is well" in done(folder, "check")


def test_nobody_who_needs_a_chip_is_drawn_for_a_printer_without_an_encoder(device: DeviceProcess, folder: Path) -> None:
    prepare(folder, device.address, cards=1, chips=True)
    assert "x-nobody-waits" in done(folder, "run")
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS}
    assert device.chips() == {}


def test_data_for_no_chip_and_a_field_that_is_empty_cost_no_blank(start_device: StartDevice, folder: Path) -> None:
    # A printer that proves nothing: what was never sent needs no proof.
    device = start_device("--tier", "T0", "--blanks", str(BLANKS))
    folder.mkdir(mode=0o700)
    people = folder / "others.csv"
    people.write_text(
        f"request_id,subject_id,name,needs\nr0,s0,{'Orang ' * 90},contact-chip\nr1,s1,,contact-chip\n", "utf-8"
    )
    prepare(folder, device.address, cards=0, chips=True, encoder=True)
    done(folder, "import", str(people))
    done(folder, "run")
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS}
    shown = [json.loads(done(folder, "jobs", "show", str(job), "--json")) for job in (1, 2)]
    assert [(each["job"]["state"], each["job"]["reasons"]) for each in shown] == [
        ("aborted", ["x-permanent"]),
        ("held", ["x-field-missing"]),
    ]
    assert [attempt["reasons"] for attempt in shown[0]["attempts"]] == [["x-chip-data"]]
    assert "All is well" in done(folder, "check")


@pytest.mark.parametrize("commands", [3, 9])
def test_a_station_killed_over_a_chip_knows_its_number_before_it_holds_anything(
    device: DeviceProcess, folder: Path, commands: int
) -> None:
    prepare(folder, device.address, cards=1, chips=True, encoder=True)
    device.ask("hold", commands=commands)
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.DEVNULL) as station:
        device.ask("held")
        station.kill()
    written = held(device)
    assert bool(written) == (commands > _NUMBER)
    device.ask("release")
    done(folder, "run")
    bad, good = attempts(folder, 1)
    assert (bad["fate"], good["fate"]) == ("SPOILED", "PRINTED")
    assert bad["chip_number"] == (f"{1:016X}")
    assert good["chip_number"] == f"{2:016X}"
    assert held(device)["output"] == [good["chip_number"]]
    assert status(folder)["accounts"] == {"hopper:P1": BLANKS - 2, "printed": 1, "spoiled:1": 1}
    assert "All is well" in done(folder, "check")
