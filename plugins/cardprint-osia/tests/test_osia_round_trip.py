"""An office without a line, from keys to receipts: real commands, a real station, a real centre."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardprint_centre import Served
from support.bad_line import BadLine, Trouble
from support.source_suite import portrait

IMPORT_AND_DIE = """
import os, signal, sys
from cardprint import Station
def die(report):
    if report.pages == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
with Station.open(sys.argv[1]) as station:
    station.sources.import_file(sys.argv[2], progress=die)
"""
SOURCE = """
[sources.centre]
plugin = "osia"
keys = "keys"
"""


class Carried:
    def __init__(self, served: Served, folder: Path) -> None:
        self.served, self.records, self.folder = served, served.records, folder
        self.office, self.desk = folder / "office", folder / "desk"
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.desk.mkdir()
        token = self.desk / "token"
        token.write_text(served.tokens.issue("office-7"))
        token.chmod(0o600)
        (self.desk / "desk.toml").write_text(
            f'keys = "keys"\n[offices.office-7]\nurl = "{served.url}"\ntoken_file = "token"\npage_size = 3\n'
        )
        self.cardprint("init", str(self.office), "--people", "1", station=False)
        config = self.office / "station.toml"
        # The portraits of tests are no pictures that could be drawn.
        config.write_text(config.read_text().replace('plugin = "portrait"', 'plugin = "none"') + SOURCE)

    def people(self, count: int) -> None:
        for number in range(1, count + 1):
            photo = self.records.add_photo(portrait(number))
            data = {"priority": 3, "credentialProfileId": "standard", "requestType": "RENEWAL"}
            body: dict[str, Any] = {
                "personId": f"9900000000{number:06}",
                "biographicData": {"name": f"Orang Contoh {number}"},
                "requestData": data,
                "biometricData": [{"biometricType": "FACE", "imageRef": f"https://centre.example/{photo}"}],
            }
            self.records.create(f"R-{number}", body, "print-ready")

    def exchange_keys(self) -> None:
        """Do what two people with a telephone do."""
        ends = {"centre": self.desk / "keys", "office-7": self.office / "keys"}
        read_aloud = {name: self.osia("keys", "make", str(ends[name]), name).splitlines()[1] for name in ends}
        for mine, theirs in (("centre", "office-7"), ("office-7", "centre")):
            public = str(ends[theirs] / "own.pub")
            self.osia("keys", "trust", str(ends[mine]), public, "--fingerprint", read_aloud[theirs])

    def cardprint(self, *words: str, code: int = 0, station: bool = True) -> str:
        where = ["--station", str(self.office)] if station else []
        return self._done([sys.executable, "-m", "cardprint.cli", *words, *where], code)

    def osia(self, *words: str, code: int = 0) -> str:
        run = "from cardprint_osia.command import main; main(prog_name='cardprint-osia')"
        desk = ["--desk", str(self.desk / "desk.toml")] if words[0] in {"bundle", "take"} else []
        return self._done([sys.executable, "-c", run, *words, *desk], code)

    def import_and_die(self, file: Path, pages: int) -> None:
        self._done([sys.executable, "-c", IMPORT_AND_DIE, str(self.office / "station.toml"), str(file), str(pages)], -9)

    def status(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.cardprint("status", "--json"))
        return value

    def _done(self, command: list[str], code: int) -> str:
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr


@pytest.fixture
def carried(tmp_path: Path) -> Iterator[Carried]:
    served = Served()
    yield Carried(served, tmp_path)
    served.close()


def waiting(status: dict[str, Any]) -> int:
    return int(status["jobs"].get("pending", 0))


def test_an_office_without_a_line_prints_for_a_centre(carried: Carried) -> None:
    carried.people(7)
    carried.exchange_keys()
    there, back = carried.stick / "office-7.bundle", carried.stick / "outcomes.bundle"
    assert "bundle 1 for office-7" in carried.osia("bundle", "office-7", str(there))
    told = carried.cardprint("import", str(there))
    assert "7 new" in told
    refused = carried.cardprint("import", str(there), code=1)
    assert "taken in already" in refused
    assert waiting(carried.status()) == 7
    carried.cardprint("stock", "receive", "7", "--by", "Sari")
    carried.cardprint("stock", "load", "P1", "7", "--by", "Sari")
    carried.cardprint("run")
    assert "7 reports" in carried.cardprint("sources", "bundle", "centre", str(back))
    assert carried.status()["outbox"] == 7
    assert "7 accepted, 0 refused; it has bundle 1" in carried.osia("take", str(back))
    assert "played again" in carried.osia("take", str(back), code=1)
    carried.osia("bundle", "office-7", str(there))
    assert "7 reports have arrived" in carried.cardprint("import", str(there))
    assert carried.status()["outbox"] == 0
    assert [each["outcome"] for each in carried.records.outcomes()] == ["printed"] * 7
    assert {carried.records.read(f"R-{number}")["status"] for number in range(1, 8)} == {"ISSUED"}
    assert carried.cardprint("check")


def test_a_power_cut_in_the_import_costs_nothing_and_doubles_nothing(carried: Carried) -> None:
    carried.people(7)
    carried.exchange_keys()
    there = carried.stick / "office-7.bundle"
    carried.osia("bundle", "office-7", str(there))
    folder = carried.office / "plugins" / "centre" / "bundles"
    carried.import_and_die(there, 1)
    assert list(folder.glob("open-*")) != []
    assert waiting(carried.status()) == 3
    # The pages go on where they were: the third one is the first of the third try.
    carried.import_and_die(there, 2)
    assert "1 new" in carried.cardprint("import", str(there))
    assert waiting(carried.status()) == 7
    assert list(folder.glob("open-*")) == []
    assert "taken in already" in carried.cardprint("import", str(there), code=1)


def test_a_bundle_brings_the_photos_of_records_that_came_over_the_line(carried: Carried) -> None:
    carried.people(5)
    carried.exchange_keys()
    line = BadLine(carried.served.port)
    line.trouble = lambda _number, request: Trouble(down=0) if b"/photos/" in request else Trouble()
    config = carried.office / "station.toml"
    shutil.copy(carried.desk / "token", carried.office / "token")
    config.write_text(config.read_text() + f'url = "{line.url}"\ntoken_file = "token"\n')
    try:
        told = json.loads(carried.cardprint("sync", "--json", code=1))
        assert (told[0]["intake"]["new"], told[0]["awaited"]) == (5, 5)
    finally:
        line.close()
    there = carried.stick / "office-7.bundle"
    carried.osia("bundle", "office-7", str(there))
    assert json.loads(carried.cardprint("import", str(there), "--json"))["photos"] == 5
    assert waiting(carried.status()) == 5
    assert len(list((carried.office / "photos").iterdir())) == 5


def test_nothing_of_a_refused_bundle_reaches_the_store(carried: Carried) -> None:
    carried.people(3)
    carried.exchange_keys()
    there = carried.stick / "office-7.bundle"
    carried.osia("bundle", "office-7", str(there))
    whole = there.read_bytes()
    there.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told = carried.cardprint("import", str(there), code=1)
    assert re.search(r"not what was signed.*nothing was let in", told, re.DOTALL)
    assert waiting(carried.status()) == 0
    assert not list((carried.office / "photos").glob("*"))
    there.write_bytes(whole)
    assert "3 new" in carried.cardprint("import", str(there))
