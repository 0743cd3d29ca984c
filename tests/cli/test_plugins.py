"""Plugins at the command line, also where the station cannot open or there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardprint.cli.app import root
from cardprint.station import Station
from support.distributions import Install

ANNOUNCE = """
from cardprint.plugin import PolicyEntry, hookimpl
CARDPRINT_API = "1.0"

@hookimpl
def cardprint_allocation_policies():
    return [PolicyEntry(name="acme", factory="acme.policy:Acme", summary="Acme's.")]
"""
POLICY = """
from cardprint.model import Draw, Place
from cardprint.plugin import AllocationPolicy

class Acme(AllocationPolicy):
    def __init__(self, settings, context):
        pass

    def place(self, request):
        return Place(lane="all", rank=0, reason="x-all")

    def draw(self, lanes, stock):
        return Draw(lane=None, reason="x-nobody-waits")
"""
FILES = {"acme/__init__.py": ANNOUNCE, "acme/policy.py": POLICY}


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Give a station whose policy is Acme's."""
    folder = tmp_path / "office"
    file = Station.initialize(folder, people=1)
    file.write_text(file.read_text("utf-8").replace('plugin = "first-time-first"', 'plugin = "acme"'), "utf-8")
    return folder


def put(install: Install, files: dict[str, str]) -> Path:
    return install("cardprint-acme", None, entry_points="[cardprint]\nacme = acme\n", files=files)


def typed(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(root, list(words))
    return result.exit_code, result.output


def left_behind(office: Path) -> Path:
    """Leave the notes of two stations that died while they imported Acme's plugin."""
    for pid in (17, 18):
        (office / f".importing-cardprint-acme.{pid}-0badcafe").write_bytes(b"once\n")
    return office


def test_the_list_says_of_each_what_it_is_and_why_it_is_not_loaded(install: Install, office: Path) -> None:
    put(install, FILES)
    install("zz-broken", "raise RuntimeError('no device')")
    code, told = typed("plugins", "--station", str(office))
    assert code == 0
    rows = {line.split()[0]: line.split() for line in told.splitlines()}
    assert rows["acme"][1:6] == ["1.2", "cardprint-acme", "1.0", "loaded", "policy:acme"]
    assert rows["zz-broken"][1:4] == ["1.2", "zz-broken", "failed"]
    assert "zz-broken: zz_broken cannot be imported (RuntimeError: no device)" in told


def test_the_list_is_there_where_the_station_cannot_open(install: Install, office: Path) -> None:
    put(install, {"acme/__init__.py": "raise RuntimeError('no device')"})
    assert typed("status", "--station", str(office))[0] == 1
    code, told = typed("plugins", "--station", str(office), "--json")
    views = {view["name"]: view for view in json.loads(told)}
    assert (code, views["acme"]["state"]) == (0, "failed")
    assert views["acme"]["allow"].startswith('{name = "cardprint-acme", version = "1.2", record = "sha256:')


def test_without_a_station_all_that_is_installed_is_listed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(install, FILES)
    monkeypatch.chdir(tmp_path)
    code, told = typed("plugins")
    assert (code, "policy:acme" in told) == (0, True)
    code, told = typed("plugins", "--station", "nowhere.toml")
    assert (code, "there is no station at nowhere.toml" in told) == (1, True)


def test_a_check_says_in_one_line_what_is_wrong_and_what_to_do(install: Install, office: Path) -> None:
    put(install, {**FILES, "acme/policy.py": "import ctypes\nctypes.string_at(0)"})
    code, told = typed("plugins", "check", "acme", "--station", str(office))
    assert code == 1
    (line,) = told.splitlines()
    assert line.startswith("acme: the process died (SIGSEGV) while acme.policy:Acme was imported. Upgrade cardprint-")


def test_a_check_of_an_unknown_plugin_names_the_known_ones(install: Install, office: Path) -> None:
    put(install, FILES)
    code, told = typed("plugins", "check", "acne", "--station", str(office))
    assert (code, "Did you mean `acme`?" in told) == (1, True)


def test_a_check_does_not_import_what_may_not_load(install: Install, office: Path, tmp_path: Path) -> None:
    (office / "station.toml").write_text('[plugins]\nallow = ["other"]\n[station]\npeople = 1\n')
    mark = tmp_path / "imported"
    put(install, {"acme/__init__.py": f"open({str(mark)!r}, 'w')"})
    code, told = typed("plugins", "check", "acme", "--station", str(office))
    assert (code, "is not among those that [plugins] allow names" in told, mark.exists()) == (1, True, False)


def test_a_station_that_needs_what_it_died_of_starts_once_a_check_has_seen_it_load(
    install: Install, office: Path
) -> None:
    put(install, FILES)
    left_behind(office)
    code, told = typed("status", "--station", str(office))
    assert code == 1
    assert "the station died twice in a row while it imported cardprint-acme" in told
    assert "cardprint plugins check acme" in told
    assert typed("plugins", "check", "acme", "--station", str(office))[0] == 0
    assert typed("status", "--station", str(office))[0] == 0
    assert not list(office.glob(".importing*"))


def test_a_station_that_does_not_need_it_starts_without_it(install: Install, office: Path) -> None:
    put(install, FILES)
    left_behind(office)
    (office / "station.toml").write_text("[station]\npeople = 1\n")
    assert typed("status", "--station", str(office))[0] == 0
    code, told = typed("plugins", "--station", str(office), "--json")
    (view,) = [view for view in json.loads(told) if view["name"] == "acme"]
    assert (code, view["state"]) == (0, "refused")
