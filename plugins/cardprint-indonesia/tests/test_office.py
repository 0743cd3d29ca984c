"""The plugin in a station: the number is checked at the door, and cards go by the order of the package."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from cardprint import CardRequest, RequestType, Station

ORDER = resources.files("cardprint_indonesia").joinpath("ktp-order.toml").read_text("utf-8")
STATION = """
[station]
people = 1
[renderer]
plugin = "none"
[validators.nik]
plugin = "nik"
"""


def number(serial: int) -> str:
    """Give the number of nobody: there is no regency 99."""
    return f"329901430299{serial:04}"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    (tmp_path / "station.toml").write_text(STATION + ORDER)
    return tmp_path


def asked(serial: int, reason: str) -> CardRequest:
    kind = RequestType.REPLACEMENT if reason else RequestType.FIRST_ISSUANCE
    return CardRequest(request_id=reason or "first", subject_id=number(serial), request_type=kind, reason=reason)


def test_cards_go_by_the_dated_order_and_a_street_name_is_no_reason(office: Path) -> None:
    reasons = ["street-name-change", "data-change", "damaged", "lost", "interim-letter", "disaster-victim", ""]
    with Station.open(office / "station.toml") as station:
        assert station.requests.submit([asked(n, reason) for n, reason in enumerate(reasons, start=1)]).new == 7
        outlook = station.jobs.next(7, blanks=7)
        assert [card.request_id for card in outlook.cards] == [
            "first",
            "disaster-victim",
            "interim-letter",
            "lost",
            "damaged",
            "data-change",
        ]
        assert (outlook.ended, outlook.sentence) == (
            "x-lane-not-served",
            "Lane not-served is not served (order of always).",
        )


def test_a_file_lets_in_what_agrees_and_what_is_odd_and_rejects_what_is_no_number(office: Path) -> None:
    rows = [
        {"request_id": "r1", "subject_id": number(1), "sex": "P"},
        {"request_id": "r2", "subject_id": number(2), "sex": "L"},
        {"request_id": "r3", "subject_id": number(0), "sex": "P"},
    ]
    file = office / "people.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Station.open(office / "station.toml") as station:
        report = station.sources.import_file(file)
        assert (report.new, report.warned, report.rejected) == (2, 1, 1)
        assert station.jobs.show(station.jobs.find("r2")).warnings == ("x-nik-sex-differs in sex: 1 letter",)
        assert [(reject.column, reject.rule, reject.shape) for reject in station.sources.rejects()] == [
            ("subject_id", "x-nik-serial", "16 digits"),
        ]
        assert all(number(2) not in json.dumps(dict(line.data)) for line in station.journal.lines())


def test_the_package_prints_its_order_for_a_what_if() -> None:
    printed = subprocess.run([sys.executable, "-m", "cardprint_indonesia"], check=True, capture_output=True, text=True)
    assert printed.stdout == ORDER
