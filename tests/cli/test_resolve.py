"""People and cards in doubt, at the keyboard; and the journal there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cardprint import Station
from cardprint.cli import app
from support.office import doubtful_station


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return doubtful_station(tmp_path / "station").folder


def typed(folder: Path, *words: str, keys: str = "") -> Result:
    return CliRunner().invoke(app.root, [*words, "--station", str(folder)], input=keys)


def fate(folder: Path) -> str:
    with Station.open(folder / "station.toml") as station:
        return station.jobs.show(1).attempts[-1].fate


def test_a_card_is_resolved_in_one_line(folder: Path) -> None:
    result = typed(folder, "jobs", "resolve", "1", "--printed", "--by", "Sari")
    assert result.exit_code == 0, result.output
    assert fate(folder) == "PRINTED"


def test_a_second_person_is_asked_for(folder: Path) -> None:
    result = typed(folder, "jobs", "resolve", "1", "--not-fed", "--by", "Sari")
    assert result.exit_code == 1
    assert "--witness" in result.output
    assert fate(folder) == "UNKNOWN"


def test_one_who_works_alone_is_asked_for_no_second_person(folder: Path) -> None:
    file = folder / "station.toml"
    file.write_text(file.read_text("utf-8").replace("people = 2", "people = 1"), "utf-8")
    refused = typed(folder, "jobs", "resolve", "1", "--not-fed")
    assert "witness" not in refused.output
    result = typed(folder, "jobs", "resolve", keys="not-fed\n\nSari\n")
    assert result.exit_code == 0, result.output
    assert "second person" not in result.output
    assert fate(folder) == "NOT_FED"


def test_all_doubts_are_listed_for_machines(folder: Path) -> None:
    (doubt,) = json.loads(typed(folder, "jobs", "resolve", "--json").output)
    assert doubt["printer"] == "P1"
    assert doubt["request_id"] == "r0"


def test_an_operator_is_led_through_every_doubt(folder: Path) -> None:
    result = typed(folder, "jobs", "resolve", keys="missing\n\nSari\n\nspoiled\n\nSari\n\n")
    assert result.exit_code == 0, result.output
    assert "printer P1" in result.output
    assert "reject bin" in result.output
    # "missing" without a second person was refused, and asked again.
    assert "two different people" in result.output
    assert fate(folder) == "SPOILED"


def test_nothing_is_chosen_beforehand(folder: Path) -> None:
    result = typed(folder, "jobs", "resolve", keys="\n\n\n")
    assert result.exit_code == 1
    assert fate(folder) == "UNKNOWN"


def test_a_doubt_can_be_left_for_later(folder: Path) -> None:
    assert typed(folder, "jobs", "resolve", keys="skip\n").exit_code == 0
    assert fate(folder) == "UNKNOWN"


def test_the_journals_head_proves_what_is_before_it(folder: Path, tmp_path: Path) -> None:
    kept = typed(folder, "journal", "head").output.strip()
    assert typed(folder, "journal", "verify", "--head", kept).exit_code == 0
    typed(folder, "jobs", "resolve", "1", "--printed", "--by", "Sari")
    assert typed(folder, "journal", "verify", "--head", kept).exit_code == 0
    number, _, digest = kept.partition(":")
    cut = typed(folder, "journal", "verify", "--head", f"{int(number) + 1000}:{digest}")
    assert cut.exit_code == 1
    assert "cut off" in cut.output
    other = typed(folder, "journal", "verify", "--head", f"{number}:{'0' * 64}")
    assert other.exit_code == 1
    assert "rewritten" in other.output


def test_the_journal_is_exported_with_its_hashes(folder: Path, tmp_path: Path) -> None:
    result = typed(folder, "journal", "export", str(tmp_path / "journal.jsonl"))
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["hash"] in result.output
    assert typed(folder, "journal", "export", str(tmp_path / "journal.jsonl")).exit_code == 1
    shown = json.loads(typed(folder, "journal", "show", "--json", "--limit", "3").output)
    assert [line["seq"] for line in shown] == [1, 2, 3]
