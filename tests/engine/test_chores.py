"""What people do at a printer beside cards, and the books behind it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from cardprint import Station
from cardprint.errors import InputError, LedgerError, StateError
from support.stations import Bench, requests


def stocked(
    folder: Path, *, tier: str = "T1", people: int = 2, jobs: int = 2, blanks: int = 8
) -> tuple[Bench, Station]:
    bench = Bench(folder / "station", tier=tier)
    bench.config = attrs.evolve(bench.config, people=people)
    station = bench.open()
    station.requests.submit(requests(jobs))
    bench.stock(station, blanks)
    return bench, station


def again(bench: Bench, station: Station) -> Station:
    """End a run and come back on another day: the device is looked at anew."""
    station.close()
    return bench.open()


def cleaned_machine(bench: Bench, cards: int) -> None:
    """Pass cleaning cards: the machine counts them among its picks."""
    bench.printers["P1"].memory.picks += cards


def closed(folder: Path) -> tuple[Bench, Station]:
    """Pass a cleaning card of which nobody tells: the printer closes until it is counted."""
    bench, station = stocked(folder)
    bench.work(station)
    station = again(bench, station)
    cleaned_machine(bench, 1)
    station.requests.submit(requests(1, "later"))
    bench.work(station)
    assert "x-reconcile" in station.printers.list()[0].reasons
    return bench, station


@pytest.mark.parametrize("cards", [1, 3])
def test_a_cleaning_card_that_was_noted_is_no_difference(cards: int, tmp_path: Path) -> None:
    bench, station = stocked(tmp_path)
    bench.work(station)
    station = again(bench, station)
    cleaned_machine(bench, cards)
    station.printers.clean("P1", cards=cards, by="Sari")
    station.requests.submit(requests(1, "later"))
    bench.work(station)
    assert station.printers.list()[0].reasons == ()
    assert station.stock.report().accounts == {"hopper:P1": 5, "printed": 3}
    line = next(line for line in station.journal.lines() if line.event == "printer-cleaned")
    assert (line.printer, line.data["cards"], line.data["by"]) == ("P1", cards, "Sari")
    station.close()


def test_a_cleaning_card_that_was_not_noted_closes_the_printer_and_cannot_be_noted_afterwards(tmp_path: Path) -> None:
    _, station = closed(tmp_path)
    with pytest.raises(StateError, match="counted") as refused:
        station.printers.clean("P1", by="Sari")
    assert "cardprint stock recount hopper:P1" in refused.value.cure
    station.close()


def test_a_printer_whose_counter_was_never_read_may_be_cleaned(tmp_path: Path) -> None:
    bench, station = stocked(tmp_path)
    cleaned_machine(bench, 1)
    station.printers.clean("P1", by="Sari")
    bench.work(station)
    assert station.stock.report().accounts == {"hopper:P1": 6, "printed": 2}
    station.close()


def test_a_service_begins_the_counter_anew_with_a_count(tmp_path: Path) -> None:
    bench, station = stocked(tmp_path)
    bench.work(station)
    station = again(bench, station)
    # The technician tries the feeder, and throws the card away.
    cleaned_machine(bench, 40)
    bench.world.vanish("hopper:P1")
    with pytest.raises(LedgerError, match="two different people"):
        station.printers.service("P1", 5, by="Sari")
    assert station.printers.service("P1", 5, swapped=True, by="Sari", witness="Budi") == -1
    line = next(line for line in station.journal.lines() if line.event == "printer-serviced")
    assert {key: line.data[key] for key in ("reason", "count", "difference", "by", "witness")} == {
        "reason": "swapped",
        "count": 5,
        "difference": -1,
        "by": "Sari",
        "witness": "Budi",
    }
    station.requests.submit(requests(1, "later"))
    bench.work(station)
    assert station.stock.report().accounts == {"hopper:P1": 4, "missing": 1, "printed": 3}
    assert station.check().ok
    station.close()


def test_a_service_opens_a_printer_that_waits_for_a_count(tmp_path: Path) -> None:
    bench, station = closed(tmp_path)
    assert station.printers.service("P1", 6, by="Sari") == 0
    station = again(bench, station)
    bench.work(station)
    assert station.stock.report().accounts == {"hopper:P1": 5, "printed": 3}
    station.close()


@pytest.mark.parametrize(("steps", "word"), [(3, "making"), (5, "making"), (None, "doubt")])
def test_nothing_is_done_to_a_printer_with_an_open_card(steps: int | None, word: str, tmp_path: Path) -> None:
    bench, station = stocked(tmp_path, tier="T0")
    bench.work(station, steps=steps or 5)
    if steps is None:
        bench.crash(station)
        station = bench.open()
        bench.work(station)
    states = [view.state for view in station.jobs.show(1).attempts]
    assert states == [{3: "RESERVED", 5: "INTENT", None: "IN_DOUBT"}[steps]]
    before = station.journal.head()
    with pytest.raises(StateError, match=word):
        station.printers.clean("P1", by="Sari")
    with pytest.raises(StateError, match=word):
        station.printers.service("P1", 7, by="Sari", witness="Budi")
    assert station.journal.head() == before
    if steps is not None:
        bench.turn(station)
    station.close()


def test_chores_need_a_name_a_known_printer_and_sensible_numbers(tmp_path: Path) -> None:
    _, station = stocked(tmp_path)
    with station:
        for name, by, match in (("P9", "Sari", "no printer"), ("P1", " ", "needs a name")):
            with pytest.raises(StateError, match=match):
                station.printers.clean(name, by=by)
            with pytest.raises(StateError, match=match):
                station.printers.service(name, 8, by=by)
        with pytest.raises(InputError, match="0 cleaning cards"):
            station.printers.clean("P1", cards=0, by="Sari")
        with pytest.raises(InputError, match="-1 blanks"):
            station.printers.service("P1", -1, by="Sari")
