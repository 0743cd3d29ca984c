"""Who would get the next blanks, from the keyboard."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from cardprint import RequestType, Station
from cardprint.cli.app import root
from support.choosing import people
from support.commands import shown


@pytest.fixture
def office(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    Station.initialize(folder, people=1)
    with Station.open(folder / "station.toml") as station:
        station.requests.submit(people(2) + people(2, RequestType.RENEWAL))
        station.requests.submit(attrs.evolve(people(1, reason="lost")[0], waiting_since=None))
        station.stock.receive(4)
    return folder


def test_the_next_cards_are_listed_with_why(office: Path) -> None:
    lines = shown(office, "jobs", "next").splitlines()
    assert lines[1].split() == ["1", "1", "FIRST_ISSUANCE-0", "first-issuance", "x-lane-first"]
    assert lines[-1] == "Then it ends here: No blank of kind standard is left."


def test_another_policy_stands_beside_todays(office: Path) -> None:
    lines = shown(office, "jobs", "next", "--policy", "fifo", "--count", "3").splitlines()
    assert [line.split()[1:] for line in lines[1:4]] == [
        ["1", "FIRST_ISSUANCE-0", "first-issuance", "1", "FIRST_ISSUANCE-0", "all"],
        ["2", "FIRST_ISSUANCE-1", "first-issuance", "2", "FIRST_ISSUANCE-1", "all"],
        ["5", "lost-0", "first-issuance", "3", "RENEWAL-0", "all"],
    ]
    assert lines[4:] == [
        "1 of 3 would not be made, 0 sooner or later.",
        "5 of 5 waiting would wait elsewhere. Nothing was changed.",
    ]


def test_a_circular_in_a_file_is_compared_for_machines(office: Path) -> None:
    file = office / "circular.toml"
    file.write_text(
        '[policy]\nplugin = "first-time-first"\norder = ["renewal", "first-issuance", "replacement", "other"]\n'
    )
    compared = json.loads(shown(office, "jobs", "next", "--what-if", str(file), "--blanks", "100", "--json"))
    assert compared["other"]["cards"][0]["request_id"] == "RENEWAL-0"
    assert (compared["replaced"], compared["moved"], compared["waiting"]) == (0, 5, 5)


def test_one_other_policy_at_a_time(office: Path) -> None:
    words = ["jobs", "next", "--station", str(office), "--what-if", "a.toml", "--policy", "fifo"]
    result = CliRunner().invoke(root, words)
    assert (result.exit_code, "cannot be had together" in result.output) == (1, True)
