"""A real station on a real command line, a printer that goes on by itself, and mains power that comes and goes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.real_station import command, done, prepare, status
from support.waiting import PATIENCE, wait_for

if TYPE_CHECKING:
    from conftest import PowerSupply

pytestmark = pytest.mark.xdist_group("nut")
BLANKS = 100
INTERLOCK = """
[interlocks.mains]
plugin = "nut"
ups = "office"
port = {port}
poll = 0.2
stale_after = 600.0
"""

MakeOffice = Callable[[int], "Office"]


class Office:
    """Have a station with an interlock, and the device that it prints on."""

    def __init__(self, folder: Path, device: Path, ups: PowerSupply, address: tuple[str, int], cards: int) -> None:
        self.folder = folder
        self._device = device
        prepare(folder, address, cards=cards, blanks=BLANKS)
        with (folder / "station.toml").open("a", encoding="utf-8") as toml:
            toml.write(INTERLOCK.format(port=ups.port))

    def good_cards(self) -> int:
        """Count in the world, not in the book; no card is there twice."""
        cards = json.loads((self._device / "world.json").read_text("utf-8"))["world"]["cards"]
        printed = [print_["attempt_id"] for card in cards for print_ in card["prints"]]
        assert len(printed) == len(set(printed))
        return len(printed)

    def shows(self, *reasons: str) -> None:
        """Wait until the printer shows these reasons."""

        def so() -> bool:
            (view,) = json.loads(done(self.folder, "printers", "list", "--json"))
            return bool(view["reasons"] == list(reasons))

        wait_for(so)

    def fed_on_battery(self) -> list[str]:
        """Give what the journal has between the failure of mains power and its return."""
        lines = json.loads(done(self.folder, "journal", "show", "--limit", "10000", "--json"))
        on_battery, found = False, []
        for line in lines:
            if line["event"] == "printer-changed":
                on_battery = line["data"]["reasons"] == ["x-on-battery"]
            elif on_battery:
                found.append(line["event"])
        return found

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            command(self.folder, "run", *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as station:
            try:
                yield station
            finally:
                station.kill()


def said(station: subprocess.Popen[str], line: str) -> None:
    assert station.stdout is not None
    assert any(line in each for each in station.stdout)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Start the device."""
    world = tmp_path / "device" / "world.json"
    world.parent.mkdir()
    options = ["--world", str(world), "--blanks", str(BLANKS), "--seconds-per-card", "0.5"]
    with subprocess.Popen(
        [sys.executable, "-m", "cardprint_simulator.device", *options], stdout=subprocess.PIPE, text=True
    ) as device:
        assert device.stdout is not None
        host, _, port = device.stdout.readline().removeprefix("listening on ").strip().rpartition(":")
        yield host, int(port)
        device.kill()


@pytest.fixture
def make_office(tmp_path: Path, ups: PowerSupply, address: tuple[str, int]) -> MakeOffice:
    return lambda cards: Office(tmp_path / "station", tmp_path / "device", ups, address, cards)


def test_a_station_waits_on_battery_goes_on_and_stops_before_the_battery_is_empty(
    make_office: MakeOffice, ups: PowerSupply
) -> None:
    office = make_office(BLANKS)
    with office.running("--keep-running") as station:
        said(station, "job 1 printed")
        ups.say("OB DISCHRG")
        office.shows("x-on-battery")
        before = office.good_cards()
        assert 1 <= before < BLANKS
        assert status(office.folder)["accounts"] == {"hopper:P1": BLANKS - before, "printed": before}
        ups.say("OL CHRG")
        said(station, f"job {before + 1} printed")
        ups.say("OB DISCHRG LB")
        rest, errors = station.communicate(timeout=PATIENCE)
    assert station.returncode == 0
    assert "0 in doubt" in rest
    assert "(x-battery-low)" in rest
    assert "mains: Mains power has failed; the UPS runs on its battery." in errors
    assert "All is well" in done(office.folder, "check")
    assert office.fed_on_battery() == []
    printed = office.good_cards()
    assert before < printed < BLANKS
    assert status(office.folder)["accounts"] == {"hopper:P1": BLANKS - printed, "printed": printed}
    ups.say("OL")
    assert "2 printed" in done(office.folder, "run", "--cards", "2")
    assert office.good_cards() == printed + 2
    assert "All is well" in done(office.folder, "check")


def test_a_run_that_began_on_battery_prints_all_once_mains_power_is_back(
    make_office: MakeOffice, ups: PowerSupply
) -> None:
    office = make_office(3)
    ups.say("OB DISCHRG")
    with office.running() as station:
        office.shows("x-on-battery")
        assert station.poll() is None
        ups.say("OL")
        rest, _ = station.communicate(timeout=PATIENCE)
    assert "3 printed, 0 spoiled, 0 not fed, 0 in doubt, 0 waiting (x-nobody-waits)" in rest
    assert office.good_cards() == 3


def test_a_run_on_battery_is_ended_by_the_operator(make_office: MakeOffice, ups: PowerSupply) -> None:
    office = make_office(3)
    ups.say("OB DISCHRG")
    with office.running() as station:
        office.shows("x-on-battery")
        station.send_signal(signal.SIGINT)
        rest, _ = station.communicate(timeout=PATIENCE)
    assert station.returncode == 0
    assert "0 printed, 0 spoiled, 0 not fed, 0 in doubt, 3 waiting (x-asked)" in rest


def test_a_station_without_work_ends_when_the_ups_is_about_to_switch_off(
    make_office: MakeOffice, ups: PowerSupply
) -> None:
    office = make_office(1)
    with office.running("--keep-running") as station:
        said(station, "job 1 printed")
        ups.say("FSD OB LB")
        rest, _ = station.communicate(timeout=PATIENCE)
    assert "(x-ups-shutdown)" in rest
    assert station.returncode == 0
    assert "All is well" in done(office.folder, "check")


def test_a_wrong_setting_is_said_by_table_and_key(make_office: MakeOffice) -> None:
    office = make_office(1)
    toml = office.folder / "station.toml"
    toml.write_text(toml.read_text("utf-8").replace('ups = "office"', 'ups = "two words"'), "utf-8")
    refused = subprocess.run(command(office.folder, "run"), capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "[interlocks.mains] `ups`" in refused.stderr
