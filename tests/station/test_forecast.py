"""A forecast from a station's live figures."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from cardprint import PluginUse, PrinterConfig, Station, StationConfig
from cardprint.errors import InputError
from cardprint.model.configuration import DutyLimits
from support.commands import shown
from support.stations import Bench, requests

OFFICE = """
[station]
people = 1
[renderer]
plugin = "none"
[printers.P1]
driver = "folder"
device = "folder:one"
per_day = 200
[printers.P2]
driver = "folder"
device = "folder:two"
per_day = 200
cards_per_ribbon = 500
ribbons = 3
[printers.P3]
driver = "folder"
device = "folder:three"
enabled = false
"""

LAST = "One more printer of 200 a day: 0 more cards for them; blanks last until day 1, those who wait take until day 2."


@pytest.fixture
def office(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    (tmp_path / "station.toml").write_text(OFFICE)
    with Station.open(tmp_path / "station.toml") as station:
        station.requests.submit(requests(1000))
        station.stock.receive(600)
    return tmp_path


def test_a_forecast_is_said_in_sentences(office: Path) -> None:
    assert shown(office, "stock", "forecast").splitlines() == [
        "1,000 wait, 0 come in a day, 2 printers make 400.",
        "Blanks bind.",
        "600 blanks last until day 2; 400 are short for those who wait.",
        "Nobody said how much ribbon there is: --ribbon CARDS.",
        "Those who wait today would take until day 3, were there enough of all.",
        "Nobody would wait after day 3.",
        "1,000 more blanks: 400 more cards for them; blanks last for good, those who wait take until day 3.",
        LAST,
    ]


def test_what_is_given_takes_the_place_of_what_is_measured(office: Path) -> None:
    seen = json.loads(shown(office, "stock", "forecast", "--ribbon", "100", "--arrivals", "50", "--json"))
    assert (seen["binds"], seen["ribbon_until"], seen["ribbon_short"]) == ("ribbon", 1, 900)
    assert seen["figures"]["arrivals"] == 50
    assert [gain["what"] for gain in seen["gains"]] == ["blanks", "printers"]


def test_ribbon_is_known_where_every_printer_says_what_it_has(office: Path) -> None:
    with Station.open(office / "station.toml") as station:
        assert station.forecast().figures.ribbon is None
    text = OFFICE.replace(
        "per_day = 200\n[printers.P2]", "per_day = 200\ncards_per_ribbon = 500\nribbons = 1\n[printers.P2]"
    )
    (office / "station.toml").write_text(text)
    with Station.open(office / "station.toml") as station:
        assert station.forecast().figures.ribbon == 2000


def test_a_pace_that_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    printers = (PrinterConfig(name="P1", driver="folder", device="folder:cards"),)
    config = StationConfig(folder=tmp_path / "station", renderer=PluginUse(plugin="none"), printers=printers)
    with Station.open(config) as station:
        with pytest.raises(InputError, match="how many cards P1 makes"):
            station.forecast()
        assert station.forecast(cards_per_day=150).figures.rates == (150,)


def test_pace_and_arrivals_are_measured_by_the_days_that_were_worked(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station", "P1", "P2")
    limit = attrs.evolve(bench.config.printers[1], duty=DutyLimits(per_day=7))
    bench.config = attrs.evolve(bench.config, printers=(bench.config.printers[0], limit))
    for day, count in enumerate((4, 6, 9, 0)):
        with bench.open() as station:
            station.requests.submit(requests((30, 5, 10, 99)[day], prefix=f"d{day}-"))
            if count:
                bench.world.deliver(count)
                bench.world.load("P1", count)
                station.stock.receive(count)
                station.stock.load("P1", count, by="a", witness="b")
                bench.work(station)
        if count:
            bench.clock.advance_to(bench.clock.monotonic() + 86_400)
    # The first day brought the backlog, and today is not over.
    with bench.open() as station:
        had = station.forecast().figures
    assert had == attrs.evolve(had, arrivals=8, rates=(6, 7), waiting=144 - 19, blanks=0)
