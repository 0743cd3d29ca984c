"""A plugin that ends the process that imports it: told, remembered, and tried apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.model.configuration import PluginRules
from cardprint.model.trials import PluginTrial
from cardprint.registry.announced import announced
from cardprint.registry.discovery import discover, list_plugins
from cardprint.registry.notes import ImportNotes
from cardprint.registry.trial import try_apart

Install = Callable[..., Path]

HEAD = 'from cardprint.plugin import DriverEntry, PolicyEntry, hookimpl\nCARDPRINT_API = "1.0"\n'
SEGFAULT = "import ctypes\nctypes.string_at(0)\n"
EXIT = "import os\nos._exit(0)\n"


def announcing(factory: str, settings: str = "") -> str:
    entry = f"DriverEntry(name='acme', factory='{factory}', settings='{settings}', summary='Acme.')"
    return f"{HEAD}@hookimpl\ndef cardprint_printer_drivers():\n    return [{entry}]\n"


def tried(name: str = "acme") -> PluginTrial:
    (found,) = [each for each in announced() if each.name == name]
    (view,) = [each for each in list_plugins(PluginRules()) if each.name == name]
    return try_apart(found, view)


def put(install: Install, files: dict[str, str]) -> Path:
    return install("cardprint-acme", None, entry_points="[cardprint]\nacme = acme\n", files=files)


GOOD_DRIVER = """
import attrs
from cardprint.plugin import PrinterDriver

@attrs.frozen
class Settings:
    speed: int = 1

class Driver(PrinterDriver):
    def __init__(self, settings, context):
        pass

    def open(self, device):
        raise NotImplementedError

class Abstract(PrinterDriver):
    def __init__(self, settings, context):
        pass

class Narrow(Driver):
    def __init__(self):
        pass
"""


def test_a_good_plugin_has_no_problem_and_this_process_imports_nothing_of_it(install: Install) -> None:
    put(install, {"acme/__init__.py": announcing("acme.d:Driver", "acme.d:Settings"), "acme/d.py": GOOD_DRIVER})
    trial = tried()
    assert (trial.problems, trial.warnings, trial.covered) == ((), (), True)
    assert (trial.plugin.state, trial.plugin.entries, trial.plugin.api) == ("loaded", ("driver:acme",), "1.0")
    assert "acme" not in sys.modules


@pytest.mark.parametrize(
    ("factory", "settings", "told"),
    [
        ("acme.nowhere:Driver", "", "needs the module acme.nowhere"),
        ("acme.d:Absent", "", "there is no such class"),
        ("acme.d:Settings", "", "that is no PrinterDriver"),
        ("acme.d:Abstract", "", "lacks open of PrinterDriver"),
        ("acme.d:Narrow", "", "cannot be made as Narrow(settings, context)"),
        ("acme.d:Driver", "acme.d:Driver", "that is no attrs class"),
        ("acme.bad:Driver", "", "RuntimeError: no device"),
        ("acme.dies:Driver", "", "the process died (SIGSEGV) while acme.dies:Driver was imported"),
        ("acme.leaves:Driver", "", "ended itself (exit code 0) while acme.leaves:Driver was imported"),
    ],
)
def test_what_an_entry_names_is_looked_at(install: Install, factory: str, settings: str, told: str) -> None:
    files = {
        "acme/__init__.py": announcing(factory, settings),
        "acme/d.py": GOOD_DRIVER,
        "acme/bad.py": "raise RuntimeError('no device')",
        "acme/dies.py": SEGFAULT,
        "acme/leaves.py": EXIT,
    }
    put(install, files)
    (problem,) = tried().problems
    assert told in problem.problem
    assert problem.cure


def test_a_file_that_was_changed_after_installing_is_told(install: Install) -> None:
    site = put(install, {"acme/__init__.py": announcing("acme.d:Driver"), "acme/d.py": GOOD_DRIVER})
    (site / "acme" / "d.py").write_text(GOOD_DRIVER + "\n")
    trial = tried()
    assert [each.problem for each in trial.problems] == ["acme/d.py is not what was installed."]
    assert (trial.plugin.state, trial.covered) == ("loaded", False)


def test_a_printing_plugin_answers_all_the_same(install: Install) -> None:
    put(install, {"acme/__init__.py": "print('{}')\n" + announcing("acme.d:Driver"), "acme/d.py": GOOD_DRIVER})
    assert tried().ok


def test_what_will_be_taken_away_is_shown_once_with_what_to_write(install: Install) -> None:
    # As a later cardprint will have it.
    old = (
        "from cardprint import plugin\nfrom cardprint.plugin.deprecation import Replaced\n"
        "plugin.REPLACED['CardDriver'] = Replaced(replacement='cardprint.plugin:PrinterDriver', removal='2.0')\n"
        "from cardprint.plugin import CardDriver\n"
    )
    put(install, {"acme/__init__.py": old + announcing("acme.d:Driver"), "acme/d.py": GOOD_DRIVER})
    trial = tried()
    (warning,) = trial.warnings
    assert warning.startswith("cardprint.plugin.CardDriver is gone in version 2.0 of the vendor surface; use ")
    assert "acme/__init__.py:4" in warning
    assert trial.ok


# What a station remembers.

STATION = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from cardprint.model.configuration import PluginRules
from cardprint.registry.discovery import discover
print(next(each.view.state + ": " + each.view.detail for each in discover(PluginRules(), Path(sys.argv[2]))
           if each.view.name == "acme"))
"""


def start(site: Path, folder: Path) -> str | int:
    """Start what a station starts with; give the plugin's state, or how the process died."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", STATION, str(site), str(folder)], check=False, capture_output=True, text=True
    )
    return done.stdout.strip() if done.returncode == 0 and done.stdout else done.returncode


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "office").mkdir(mode=0o700)
    return tmp_path / "office"


def test_a_plugin_that_kills_the_station_kills_it_once(install: Install, office: Path) -> None:
    site = put(install, {"acme/__init__.py": SEGFAULT})
    assert start(site, office) == -11
    told = start(site, office)
    assert isinstance(told, str)
    assert told.startswith("refused: the station died while it imported cardprint-acme")
    assert "cardprint plugins check acme" in told
    assert start(site, office) == told


def test_a_death_that_was_not_the_plugins_is_forgotten_once_it_loads(install: Install, office: Path) -> None:
    # As a power cut leaves it: the first import ends the process, and any later one does not.
    dying = f"import os, pathlib\nfirst = pathlib.Path({str(office.parent / 'first')!r})\n"
    dying += "if not first.exists():\n    first.touch()\n    os._exit(7)\n"
    site = put(install, {"acme/__init__.py": dying + announcing("acme.d:Driver")})
    assert start(site, office) == 7
    assert start(site, office) == "loaded:"
    assert list(office.iterdir()) == []


def test_a_plugin_that_dies_only_in_the_station_is_left_out_from_the_second_time_on(
    install: Install, office: Path
) -> None:
    dying = f"import os, sys\nif {str(office)!r} in sys.argv:\n    os._exit(7)\n"
    site = put(install, {"acme/__init__.py": dying + announcing("acme.d:Driver"), "acme/d.py": GOOD_DRIVER})
    assert [start(site, office), start(site, office)] == [7, 7]
    told = str(start(site, office))
    assert told.startswith("refused: the station died twice in a row while it imported cardprint-acme")
    ImportNotes(office).forget("cardprint-acme")
    assert list(office.iterdir()) == []


def test_a_note_of_a_living_process_is_no_death(office: Path) -> None:
    with ImportNotes(office).during("cardprint-acme"):
        assert len(list(office.iterdir())) == 1
        assert ImportNotes(office).deaths("cardprint-acme") == 0
    assert list(office.iterdir()) == []


def test_a_plugin_that_fails_leaves_no_note(install: Install, office: Path) -> None:
    put(install, {"acme/__init__.py": "raise SystemExit(3)"})
    (view,) = [each.view for each in discover(PluginRules(), office) if each.view.name == "acme"]
    assert view.state == "failed"
    assert list(office.iterdir()) == []


def test_a_folder_that_takes_no_note_stops_nothing(install: Install, office: Path) -> None:
    put(install, {"acme/__init__.py": announcing("acme.d:Driver")})
    (view,) = [each.view for each in discover(PluginRules(), office / "nowhere") if each.view.name == "acme"]
    assert view.state == "loaded"
