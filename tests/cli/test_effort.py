"""What a day costs the people who work it: commands typed, and entries at the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardprint import Station
from support.office import Office, doubtful_station, small_office

COMMANDS = 6
"""From a delivery of blanks to the day's last card."""
ENTRIES = 5
"""To answer for a card in doubt."""
PEOPLE = 7
BLANKS = 10


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return small_office(tmp_path / "office", PEOPLE)


def cards(folder: Path) -> int:
    return len(list(folder.glob("out?/*/card.json")))


def test_a_day_takes_at_most_six_commands(office: Office) -> None:
    office.type(f"cardprint stock receive {BLANKS} --by Sari")
    office.type("cardprint stock load P1 5 P2 5 --by Sari --witness Budi")
    office.type(f"cardprint import {office.folder / 'people.csv'}")
    office.type("cardprint run")
    seen = office.type("cardprint status")
    books = office.type("cardprint stock report")
    assert office.commands <= COMMANDS
    assert cards(office.folder) == PEOPLE
    assert f"{PEOPLE} printed, 0 spoiled, 0 missing, 0 in doubt" in seen
    assert "The books close." in seen
    assert f"{PEOPLE} printed, 0 spoiled, 0 missing." in books
    assert "the books close" in books


def test_machines_read_the_day_as_people_do(office: Office) -> None:
    office.type(f"cardprint stock receive {BLANKS} --by Sari")
    office.type("cardprint stock load P1 4 --by Sari --witness Budi")
    office.type(f"cardprint import {office.folder / 'people.csv'}")
    office.type("cardprint run")
    office.type("cardprint jobs spoil r1 --reason misprint --by Sari --witness Budi")
    seen = json.loads(office.type("cardprint status --json"))
    today = {"business_date": seen["business_date"], "printed": 4, "spoiled": {"misprint": 1}, "missing": 0}
    assert seen["today"] == today
    assert seen["lanes"] == {"first-issuance": 4}
    assert seen["closes"] is True
    assert seen["advice"].startswith("Load a hopper")
    assert json.loads(office.type("cardprint stock report --json"))["today"] == today
    assert "4 printed, 1 spoiled (1 misprint), 0 missing" in office.type("cardprint status")


def test_hoppers_are_loaded_all_or_none(office: Office) -> None:
    office.type("cardprint stock receive 6 --by Sari")
    refused = office.try_typing("cardprint stock load P1 4 P2 4 --by Sari --witness Budi")
    assert refused.exit_code == 1
    with Station.open(office.folder / "station.toml") as station:
        assert station.status().accounts == {"vault": 6}


@pytest.mark.parametrize("words", ["P1", "P1 4 P2", "P1 many", "4 P1"])
def test_a_hopper_without_its_count_is_wrong_usage(words: str, office: Office) -> None:
    assert office.try_typing(f"cardprint stock load {words} --by Sari").exit_code == 2


@pytest.mark.parametrize(
    ("entries", "fate"),
    [
        (["printed", "", "Sari", ""], "PRINTED"),
        (["spoiled", "", "Sari", ""], "SPOILED"),
        (["not-fed", "", "Sari", "Budi"], "NOT_FED"),
        (["missing", "", "Sari", "Budi"], "UNKNOWN"),
    ],
)
def test_a_doubt_is_answered_with_at_most_five_entries(entries: list[str], fate: str, tmp_path: Path) -> None:
    office = doubtful_station(tmp_path / "station")
    typed = ["cardprint jobs resolve", *entries]
    assert len(typed) <= ENTRIES
    # Input that ends early would make the command fail, and so would a question more.
    office.type(typed[0], keys="".join(f"{entry}\n" for entry in entries))
    with Station.open(office.folder / "station.toml") as station:
        assert station.jobs.doubts() == ()
        assert station.jobs.show(1).attempts[-1].fate == fate
