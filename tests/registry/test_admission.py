"""Which files may load: the allow-list by name, version and the hash of RECORD."""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.model.configuration import AllowedPlugin, PluginRules
from cardprint.model.views import PluginView
from cardprint.registry import list_plugins, read_configuration, with_allow_lines
from cardprint.registry.discovery import discover

Install = Callable[..., Path]

ANNOUNCE = """
from cardprint.plugin import DriverEntry, hookimpl
CARDPRINT_API = "1.0"

@hookimpl
def cardprint_printer_drivers():
    return [DriverEntry(name="acme", factory="acme.driver:Driver", summary="Acme's printers.")]
"""
FILES = {"acme/__init__.py": ANNOUNCE, "acme/driver.py": "class Driver: pass\n", "acme/models.toml": "dpi = 300\n"}


@pytest.fixture
def acme(install: Install) -> Path:
    return install("cardprint-acme", None, entry_points="[cardprint]\nacme = acme\n", files=FILES)


def view(rules: PluginRules) -> PluginView:
    (found,) = [plugin.view for plugin in discover(rules) if plugin.view.name == "acme"]
    return found


def record(site: Path) -> str:
    return f"sha256:{hashlib.sha256((site / 'cardprint_acme-1.2.dist-info' / 'RECORD').read_bytes()).hexdigest()}"


def allowed(site: Path, **other: str) -> PluginRules:
    return PluginRules(allow=(AllowedPlugin(**{"name": "Cardprint_Acme", "record": record(site), **other}),))


def test_what_was_installed_loads(acme: Path) -> None:
    assert view(allowed(acme, version="1.2")).state == "loaded"


@pytest.mark.parametrize("line", ["cardprint-acme", "cardprint-acme==1.2", "Cardprint.Acme == 1.2"])
def test_a_name_and_a_version_are_enough_where_no_hash_is_asked_for(acme: Path, line: str) -> None:
    (acme / "acme" / "extra.py").touch()
    assert view(PluginRules(allow=("other", line))).state == "loaded"


def test_another_version_than_the_one_that_is_named_is_refused(acme: Path) -> None:
    for rules in (PluginRules(allow=("cardprint-acme==1.3",)), allowed(acme, version="1.3")):
        refused = view(rules)
        assert refused.state == "refused"
        assert "version 1.2, and [plugins] allow names 1.3" in refused.detail
    assert "acme" not in sys.modules


def change(site: Path) -> str:
    (site / "acme" / "driver.py").write_text("class Driver: print('mine now')\n")
    return "acme/driver.py is not what was installed"


def change_data(site: Path) -> str:
    (site / "acme" / "models.toml").write_text("dpi = 600\n")
    return "acme/models.toml is not what was installed"


def remove(site: Path) -> str:
    (site / "acme" / "models.toml").unlink()
    return "acme/models.toml is missing"


def add(site: Path) -> str:
    (site / "acme" / "driver.so").write_bytes(b"\x7fELF")
    return "acme/driver.so was not installed with it"


def add_compiled(site: Path) -> str:
    (site / "acme" / "attrs.pyc").write_bytes(b"")
    return "acme/attrs.pyc was not installed with it"


def add_folder(site: Path) -> str:
    (site / "elsewhere").mkdir()
    (site / "acme" / "sdk").symlink_to(site / "elsewhere")
    return "acme/sdk was not installed with it"


def drop_hash(site: Path) -> str:
    file = site / "cardprint_acme-1.2.dist-info" / "RECORD"
    lines = file.read_text().splitlines()
    file.write_text("\n".join("acme/driver.py,," if line.startswith("acme/driver.py") else line for line in lines))
    return "RECORD has no hash of acme/driver.py that counts"


def weaken_hash(site: Path) -> str:
    file = site / "cardprint_acme-1.2.dist-info" / "RECORD"
    file.write_text(file.read_text().replace("acme/driver.py,sha256=", "acme/driver.py,md5="))
    return "RECORD has no hash of acme/driver.py that counts"


def shadow(site: Path) -> str:
    first = site.parent / "first"
    (first / "acme").mkdir(parents=True, mode=0o700)
    (first / "acme" / "__init__.py").write_text(ANNOUNCE)
    sys.path.insert(0, str(first))
    return "would be imported in its place"


@pytest.mark.parametrize(
    "tamper", [change, change_data, remove, add, add_compiled, add_folder, drop_hash, weaken_hash, shadow]
)
def test_what_is_not_as_installed_is_refused_by_name_and_nothing_of_it_is_imported(
    acme: Path, tamper: Callable[[Path], str]
) -> None:
    told = tamper(acme)
    refused = view(allowed(acme))
    assert (refused.state, told in refused.detail) == ("refused", True), refused.detail
    assert "acme" not in sys.modules
    # Without a hash nothing of this is looked at.
    assert view(PluginRules(allow=("cardprint-acme",))).state == "loaded"


def test_a_record_that_is_another_than_the_one_looked_at_is_refused(acme: Path) -> None:
    rules = allowed(acme)
    change(acme)
    info = acme / "cardprint_acme-1.2.dist-info" / "RECORD"
    info.write_text(info.read_text() + "acme/more.py,sha256=x,1\n")
    refused = view(rules)
    assert refused.state == "refused"
    assert f"its RECORD is {record(acme)}" in refused.detail


def test_what_python_compiles_beside_the_source_is_left_aside(acme: Path) -> None:
    (acme / "acme" / "__pycache__").mkdir()
    (acme / "acme" / "__pycache__" / "driver.cpython-311.pyc").write_bytes(b"")
    assert view(allowed(acme)).state == "loaded"


def test_an_editable_install_is_let_in_by_name_and_not_by_a_hash_that_covers_nothing(install: Install) -> None:
    announced = "[cardprint]\nacme = acme\n"
    site = install("cardprint-acme", ANNOUNCE, module="acme", files={}, editable=True, entry_points=announced)
    refused = view(allowed(site))
    assert refused.state == "refused"
    assert "editable install" in refused.detail
    rules = PluginRules(allow=("cardprint-acme",))
    assert [each.allow for each in with_allow_lines([view(rules)])] == ['"cardprint-acme"']


def test_the_line_to_paste_lets_in_exactly_this(acme: Path, tmp_path: Path) -> None:
    (listed,) = [each for each in with_allow_lines(list_plugins(PluginRules())) if each.name == "acme"]
    tmp_path.chmod(0o700)
    file = tmp_path / "station.toml"
    file.write_text(f"[plugins]\nallow = [{listed.allow}]\n")
    assert tomllib.loads(file.read_text())["plugins"]["allow"] == [
        {"name": "cardprint-acme", "version": "1.2", "record": record(acme)}
    ]
    rules = read_configuration(file).plugins
    assert view(rules).state == "loaded"
    change(acme)
    assert "acme/driver.py" in view(rules).detail
