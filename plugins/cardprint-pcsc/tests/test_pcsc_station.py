"""A real station, a printer that only moves the card, and a PC/SC reader inside it that the encoder reaches."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardprint import Station
from cardprint.model import CardRequest
from cardprint.simulation import SimulatedChip
from support.chip_layout import PERSON, prepare
from support.virtual_reader import READER, VirtualCard, wait_until

pytestmark = pytest.mark.xdist_group("pcsc")
CONFIGURATION = f"""
[station]
people = 1

[renderer]
plugin = "none"

[printers.P1]
driver = "simulator"
device = "sim://printer"
encoder = "chips"
settings = {{ chip_reader = "encoder" }}

[encoders.chips]
plugin = "pcsc"
fields = ["subject_id", "name"]
layout = "office.toml"
reader = "{READER}"
"""
USED, GOOD = "00000000000000A1", "00000000000000A2"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[None]:
    world = tmp_path / "printer" / "world.json"
    world.parent.mkdir()
    words = ["-m", "cardprint_simulator.device", "--world", str(world), "--tier", "T2", "--seconds-per-card", "0.1"]
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening")
        yield
        process.kill()


@pytest.mark.usefixtures("device")
def test_a_used_chip_costs_one_blank_and_the_next_one_is_the_persons(tmp_path: Path, reader_port: int) -> None:
    prepare(tmp_path)
    tmp_path.chmod(0o700)
    (tmp_path / "station.toml").write_text(CONFIGURATION, "utf-8")
    good = SimulatedChip(number=GOOD)
    card = VirtualCard([SimulatedChip(number=USED, data="41" * 256), good], reader_port)
    wait_until(READER, card=True)
    with Station.open(tmp_path / "station.toml") as station:
        fields = {"name": PERSON["name"]}
        request = CardRequest(
            request_id="r1", subject_id=PERSON["subject_id"], needs=frozenset({"contact-chip"}), fields=fields
        )
        station.requests.submit([request])
        station.stock.receive(10, by="Contoh")
        station.stock.load("P1", 10, by="Contoh")
        summary = station.run()
        first, second = station.jobs.show(1).attempts
        accounts = station.stock.report().accounts
    card.remove()
    assert (summary.printed, summary.spoiled, summary.in_doubt) == (1, 1, 0)
    assert (first.fate, first.reasons, first.chip_number) == ("SPOILED", ("x-chip-personalised",), USED)
    assert (second.fate, second.chip_number) == ("PRINTED", GOOD)
    assert good.locked
    assert PERSON["name"].encode() in bytes.fromhex(good.data)
    assert {place: count for place, count in accounts.items() if count} == {
        "hopper:P1": 8,
        "printed": 1,
        "spoiled:1": 1,
    }
