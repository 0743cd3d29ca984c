"""A real station on a real command line over real printers, killed in the middle of a card, and before a queue."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.ipp_servers import CupsQueue, EvePrinter
from support.real_station import command, done, status
from support.waiting import PATIENCE, wait_for

STATION = """
[station]
people = 1

[renderer]
plugin = "portrait"
photo = false

[printers.P1]
driver = "ipp"
device = "{uri}"

[printers.P1.settings]
poll = 0.1
{more}
"""


def prepare(folder: Path, uri: str, *, cards: int, more: str = "") -> None:
    folder.mkdir(mode=0o700)
    (folder / "station.toml").write_text(STATION.format(uri=uri, more=more), "utf-8")
    people = folder / "people.csv"
    rows = [f"r{number},s{number},Sari Made-up\n" for number in range(cards)]
    people.write_text("request_id,subject_id,name\n" + "".join(rows), "utf-8")
    done(folder, "import", str(people))
    done(folder, "stock", "receive", "20", "--by", "a")
    done(folder, "stock", "load", "P1", "20", "--by", "a")


def test_a_station_killed_over_a_card_finds_it_in_the_printers_table_and_prints_none_twice(
    eve: EvePrinter, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    prepare(folder, eve.uri, cards=3, more="queue = false")
    eve.put("hold")
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.DEVNULL) as station:
        wait_for(lambda: eve.begun() == 1)
        station.kill()
    assert status(folder)["accounts"] == {"hopper:P1": 19, "in-machine:P1": 1}
    eve.take("hold")
    done(folder, "run")

    assert status(folder)["accounts"] == {"hopper:P1": 17, "printed": 3}
    assert len(eve.cards()) == eve.begun() == 3
    assert "All is well" in done(folder, "check")


def test_a_printer_that_lost_its_memory_leaves_the_card_to_a_person(eve: EvePrinter, tmp_path: Path) -> None:
    folder = tmp_path / "station"
    prepare(folder, eve.uri, cards=2, more="queue = false")
    eve.put("hold")
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.DEVNULL) as station:
        wait_for(lambda: eve.begun() == 1)
        station.kill()
    eve.kill()
    eve.take("hold")
    eve.start()

    ran = subprocess.run(command(folder, "run"), capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert "1 in doubt" in ran.stdout
    (printer,) = json.loads(done(folder, "printers", "list", "--json"))
    assert printer["reasons"][0] == "x-in-doubt"
    assert eve.begun() == 1
    assert status(folder)["accounts"] == {"hopper:P1": 19, "in-machine:P1": 1}


def test_before_a_queue_a_person_is_asked_about_every_card(cups: CupsQueue, eve: EvePrinter, tmp_path: Path) -> None:
    folder = tmp_path / "station"
    prepare(folder, cups.uri, cards=2)

    ran = subprocess.run(command(folder, "run"), capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert "1 in doubt" in ran.stdout
    assert len(eve.cards()) == 1
    assert status(folder)["accounts"] == {"hopper:P1": 19, "in-machine:P1": 1}
    done(folder, "jobs", "resolve", "1", "--printed", "--by", "a")
    assert status(folder)["accounts"] == {"hopper:P1": 19, "printed": 1}


def test_before_a_queue_that_is_believed_cards_are_printed_one_after_the_other(
    cups: CupsQueue, eve: EvePrinter, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    prepare(folder, cups.uri, cards=2, more='completed = "printed"')

    assert "2 printed" in done(folder, "run")

    assert len(eve.cards()) == 2
    assert status(folder)["accounts"] == {"hopper:P1": 18, "printed": 2}


def test_a_queue_whose_printer_dies_over_a_card_is_a_doubt_even_where_it_is_believed(
    cups: CupsQueue, eve: EvePrinter, tmp_path: Path
) -> None:
    folder = tmp_path / "station"
    prepare(folder, cups.uri, cards=1, more='completed = "printed"\ncard_timeout = 20.0')
    eve.put("hold")
    with subprocess.Popen(command(folder, "run"), stdout=subprocess.PIPE, text=True) as station:
        wait_for(lambda: eve.begun() == 1)
        eve.kill()
        eve.take("hold")
        # The queue finds a printer again that knows nothing of its job.
        eve.start()
        said, _ = station.communicate(timeout=PATIENCE)

    assert "1 in doubt" in said
    assert eve.cards() == []
    assert status(folder)["accounts"] == {"hopper:P1": 19, "in-machine:P1": 1}
