"""A test card holds made-up data alone: what its driver raises is shown in full, and of no other card."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardprint import Station
from cardprint.errors import StateError
from support.misbehaving import MisbehavingPlugin, office
from support.stations import requests

SECRET = "a made-up name that nobody may read"


def opened(folder: Path, **settings: object) -> Station:
    station = Station.open(office(folder, **settings), plugins=[MisbehavingPlugin()])  # type: ignore[arg-type]
    station.stock.receive(1)
    station.stock.load("P1", 1)
    return station


@pytest.mark.parametrize("process", ["process", "inline"])
@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"fault": "raise"}, ("in print_card", "in _raise", f"RuntimeError: {SECRET}")),
        ({"fault": "raise", "at": "open"}, ("in _raise", f"RuntimeError: {SECRET}")),
    ],
    ids=["print", "open"],
)
def test_an_error_of_a_test_card_is_shown_in_full(
    settings: dict[str, str], shown: tuple[str, ...], process: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(tmp_path / "station", process=process, **settings) as station, pytest.raises(StateError):
        station.printers.test("P1", by="Sari")
    told = capfd.readouterr().err
    assert "Traceback (most recent call last):" in told
    assert [line for line in shown if line not in told] == []


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"fault": "segfault"}, "Fatal Python error: Segmentation fault"),
        ({"fault": "raise", "at": "make"}, f"RuntimeError: {SECRET}"),
    ],
    ids=["segfault", "make"],
)
def test_what_ends_a_driver_s_process_or_keeps_it_from_beginning_is_shown_too(
    settings: dict[str, str], shown: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(tmp_path / "station", **settings) as station, pytest.raises(StateError):
        station.printers.test("P1", by="Sari")
    assert shown in capfd.readouterr().err


@pytest.mark.parametrize("process", ["process", "inline"])
def test_an_error_of_a_person_s_card_is_told_by_its_type_alone(
    process: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path / "station", process=process, fault="raise") as station:
        station.requests.submit(requests(1))
        station.run()
        assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text + "".join(capfd.readouterr())
