"""Offices to type in."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.office import CSV, Office, invoke


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Make an office of two people, whose cards have no faces."""
    folder = tmp_path / "office"
    assert invoke("init", str(folder), "--people", "2").exit_code == 0
    made = Office(folder)
    made.edit('plugin = "portrait"', 'plugin = "none"')
    made.write("people.csv", CSV)
    return made


@pytest.fixture
def stocked(office: Office) -> Office:
    """Let two people wait, with four blanks in the hopper and one in the vault."""
    assert office.type("import", str(office.folder / "people.csv")).exit_code == 1
    office.done("stock", "receive", "5", "--by", "Sari")
    office.done("stock", "load", "P1", "4", "--by", "Sari", "--witness", "Budi")
    return office
