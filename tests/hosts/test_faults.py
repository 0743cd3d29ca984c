"""Drivers that really misbehave, in a real station: each harms only its own card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from cardprint import Station
from cardprint.model import CardFate, JobState
from cardprint.plugin import DriverEntry, hookimpl
from support.heard import Heard
from support.misbehaving import FAULT, OPENED, MisbehavingPlugin, Notes, death_of, office
from support.stations import requests

HUNG, CRASHED, FAILED = "x-driver-hung", "x-driver-crashed", "x-driver-failed"
BLANKS = 4


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardprint.engine.worker._OPEN_TIMEOUT", 3.0)
    monkeypatch.setattr("cardprint.engine.worker._REOPEN", 0.1)


def opened(folder: Path, **settings: Any) -> Station:  # noqa: ANN401 - settings of any type
    station = Station.open(office(folder, **settings), plugins=[MisbehavingPlugin()])
    station.requests.submit(requests(10))
    station.stock.receive(2 * BLANKS)
    station.stock.load("P1", BLANKS)
    station.stock.load("P2", BLANKS)
    return station


DOUBTFUL = {
    "hang": HUNG,
    "hang-beneath-python": HUNG,
    "hang-deaf": HUNG,
    "stop": HUNG,
    "close-everything": HUNG,
    "segfault": CRASHED,
    "abort": CRASHED,
    "exit": CRASHED,
    "fork-and-die": CRASHED,
    "garbage": CRASHED,
    "oversized": CRASHED,
    "raise": FAILED,
    "raise-junk": FAILED,
    "system-exit": FAILED,
    "fail-nonsensically": FAILED,
    "return-text": FAILED,
    "return-nothing": FAILED,
    "return-nonsense": FAILED,
    "return-much": FAILED,
    "report-much": FAILED,
    "report-often": FAILED,
}


# A host that listens while its connection is closed beneath it goes on listening; one that was about to listen finds
# it gone, and ends.
EITHER = {"close-everything": {HUNG, CRASHED}}


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_a_fault_in_a_card_leaves_that_card_in_doubt_and_harms_no_other(
    fault: str, tmp_path: Path, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    reason = DOUBTFUL[fault]
    timeout = 2.0 if reason == HUNG else 60.0
    with opened(tmp_path / "station", fault=fault, notes=str(notes.path), timeout=timeout) as station:
        heard = Heard(station)
        station.start()
        with death_of(notes.wait_for(FAULT)):
            heard.wait_until(lambda: heard.count("attempt-in-doubt", "P1") == 1)
            heard.wait_until(lambda: heard.count("card-printed", "P2") == BLANKS)
            (stopped,) = station.jobs.list(state=JobState.STOPPED)
            (told,) = EITHER.get(fault, {reason}) & set(stopped.reasons)
            views = {view.name: view for view in station.printers.list()}
            assert views["P1"].quarantined is (reason != FAILED)
            assert reason == FAILED or told in views["P1"].reasons
            assert heard.count("printer-quarantined", "P1") == int(reason != FAILED)
            assert not views["P2"].quarantined
            assert views["P1"].printed == 0
            assert station.stock.report().accounts["in-machine:P1"] == 1
            assert station.check().ok
            station.close()
    assert "made-up name" not in caplog.text
    with Station.open(office(tmp_path / "station"), plugins=[MisbehavingPlugin()]) as later:
        later.printers.settle("P1", CardFate.SPOILED, by="a")
        assert later.stock.report().accounts == {"printed": BLANKS, "spoiled:1": 1, "hopper:P1": BLANKS - 1}
        assert later.check().ok


@pytest.mark.parametrize("fault", ["print", "fork", "fork-and-come-back", "threads", "report-elsewhere"])
def test_a_driver_that_is_only_ill_mannered_prints_its_cards(fault: str, tmp_path: Path, notes: Notes) -> None:
    with opened(tmp_path / "station", fault=fault, notes=str(notes.path)) as station:
        heard = Heard(station)
        station.start()
        with death_of(notes.wait_for(OPENED)):
            heard.wait_until(lambda: heard.count("card-printed", "P1") == BLANKS)
            heard.wait_until(lambda: heard.count("card-printed", "P2") == BLANKS)
            assert station.check().ok
            station.close()


@pytest.mark.parametrize("at", ["make", "open", "look"])
@pytest.mark.parametrize(
    "fault", ["hang", "hang-beneath-python", "segfault", "exit", "raise", "system-exit", "garbage"]
)
def test_a_fault_before_a_card_touches_no_blank_and_the_host_is_started_again(
    at: str, fault: str, tmp_path: Path, notes: Notes
) -> None:
    once = tmp_path / "once"
    settings = {"fault": fault, "at": at, "notes": str(notes.path), "once": str(once), "timeout": 3.0}
    with opened(tmp_path / "station", **settings) as station:
        heard = Heard(station)
        station.start()
        with death_of(notes.wait_for(FAULT)):
            heard.wait_until(lambda: heard.count("card-printed", "P2") == BLANKS)
            heard.wait_until(lambda: heard.count("card-printed", "P1") == BLANKS)
            assert heard.count("attempt-in-doubt", "P1") == 0
            assert not any(view.quarantined for view in station.printers.list())
            assert station.check().ok
            station.close()


def test_a_deadline_that_never_comes_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "station", fault="no-deadline") as station:
        heard = Heard(station)
        station.start()
        heard.wait_until(lambda: heard.count("printer-changed", "P1") > 0)
        heard.wait_until(lambda: heard.count("card-printed", "P2") == BLANKS)
        assert FAILED in station.printers.list()[0].reasons


def test_a_printer_set_aside_prints_again_once_the_card_is_settled_and_the_printer_released(
    tmp_path: Path, notes: Notes
) -> None:
    once = tmp_path / "once"
    with opened(tmp_path / "station", fault="segfault", once=str(once), notes=str(notes.path)) as station:
        heard = Heard(station)
        station.start()
        first = notes.wait_for(FAULT)
        heard.wait_until(lambda: heard.count("printer-quarantined", "P1") == 1)
        station.printers.settle("P1", CardFate.NOT_FED, by="a", card_number="7")
        assert station.printers.list()[0].quarantined
        heard.wait_until(lambda: heard.count("card-printed", "P2") == BLANKS)
        assert heard.count("card-printed", "P1") == 0
        station.printers.release("P1", by="a")
        heard.wait_until(lambda: heard.count("card-printed", "P1") == BLANKS)
        assert notes.wait_for(OPENED) == first
        assert notes.wait_for(OPENED) != first
        assert station.check().ok


def test_a_driver_whose_module_cannot_be_imported_keeps_its_printer_alone_from_printing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Plugin(MisbehavingPlugin):
        @hookimpl
        def cardprint_printer_drivers(self) -> tuple[DriverEntry, ...]:
            (entry,) = super().cardprint_printer_drivers()
            crash = DriverEntry(name="crash", factory="support.crashing:Driver", summary="Dies where it is imported.")
            return (entry, crash)

    config = office(tmp_path / "station")
    first, second = config.printers
    config = attrs.evolve(config, printers=(attrs.evolve(first, driver="crash"), second))
    with Station.open(config, plugins=[Plugin()]) as station:
        station.requests.submit(requests(2))
        station.stock.receive(2)
        station.stock.load("P2", 2)
        heard = Heard(station)
        station.start()
        heard.wait_until(lambda: heard.count("card-printed", "P2") == 2)
        heard.wait_until(lambda: heard.count("printer-changed", "P1") > 0)
        assert CRASHED in station.printers.list()[0].reasons
        assert "SIGSEGV" in caplog.text
