from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.model.configuration import PluginRules
from cardprint.model.views import PluginView
from cardprint.registry.discovery import discover, list_plugins

Install = Callable[..., Path]

GOOD = """
from cardprint.plugin import DriverEntry, hookimpl
CARDPRINT_API = 1

@hookimpl
def cardprint_printer_drivers():
    return [DriverEntry(name="acme", factory="acme_sdk:Driver", summary="Acme's printers.")]
"""


def found(name: str, rules: PluginRules | None = None) -> PluginView:
    (view,) = [plugin.view for plugin in discover(rules or PluginRules()) if plugin.view.name == name]
    return view


def body(text: str, *, api: str = "CARDPRINT_API = 1") -> str:
    return f"from cardprint.plugin import DriverEntry, PolicyEntry, hookimpl\n{api}\n{text}"


def test_the_built_ins_are_there_without_any_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("cardprint.builtin.entries")
    finders = [finder for finder in sys.meta_path if not hasattr(finder, "find_distributions")]
    monkeypatch.setattr(sys, "meta_path", finders)
    view = found("cardprint")
    assert view.state == "loaded"
    assert {"policy:first-time-first", "policy:fifo", "driver:folder", "source:file", "renderer:none"} <= set(
        view.entries
    )


def test_an_installed_plugin_is_loaded_with_what_it_ships_and_no_sdk_is_imported(install: Install) -> None:
    install("cardprint-acme", GOOD)
    view = found("cardprint-acme")
    assert (view.state, view.distribution, view.version, view.entries) == (
        "loaded",
        "cardprint-acme",
        "1.2",
        ("driver:acme",),
    )
    assert "acme_sdk" not in sys.modules


BROKEN = {
    "import error": (body("import a_library_nobody_has"), "failed", "a_library_nobody_has"),
    "syntax error": ("def (", "failed", "SyntaxError"),
    "end of the process": (body("import sys\nsys.exit(3)"), "failed", "SystemExit"),
    "unknown hook": (
        body("@hookimpl\ndef cardprint_printer_divers():\n    return []"),
        "failed",
        "cardprint_printer_divers",
    ),
    "unknown argument": (
        body("@hookimpl\ndef cardprint_job_changed(jobs):\n    pass"),
        "failed",
        "jobs",
    ),
    "unmarked hook": (body("def cardprint_printer_drivers():\n    return []"), "failed", "lacks @hookimpl"),
    "no hook": (body(""), "failed", "implements no hook"),
    "other version": (
        body("@hookimpl\ndef cardprint_printer_drivers():\n    return []", api="CARDPRINT_API = 2"),
        "refused",
        "version 2",
    ),
    "no version": (
        body("@hookimpl\ndef cardprint_printer_drivers():\n    return []", api=""),
        "refused",
        "CARDPRINT_API",
    ),
    "old wrapper": (
        body("@hookimpl(hookwrapper=True)\ndef cardprint_printer_drivers():\n    yield"),
        "refused",
        "wrapper",
    ),
    "new wrapper": (
        body("@hookimpl(wrapper=True)\ndef cardprint_printer_drivers():\n    return (yield)"),
        "refused",
        "wrapper",
    ),
    "hook that raises": (
        body("@hookimpl\ndef cardprint_printer_drivers():\n    raise RuntimeError('no device')"),
        "failed",
        "RuntimeError: no device",
    ),
    "hook that raises half-way": (
        body("@hookimpl\ndef cardprint_printer_drivers():\n    yield from ()\n    raise RuntimeError('half')"),
        "failed",
        "RuntimeError: half",
    ),
    "nothing returned": (body("@hookimpl\ndef cardprint_printer_drivers():\n    pass"), "failed", "NoneType"),
    "no entries": (body("@hookimpl\ndef cardprint_printer_drivers():\n    return 'acme'"), "failed", "DriverEntry"),
    "entries of another kind": (
        body(
            "@hookimpl\ndef cardprint_printer_drivers():\n    return [PolicyEntry(name='a', factory='a:B', summary='')]"
        ),
        "failed",
        "PolicyEntry",
    ),
    "bad factory": (
        body(
            "@hookimpl\ndef cardprint_printer_drivers():\n    return [DriverEntry(name='a', factory='a', summary='')]"
        ),
        "failed",
        "package.module:Class",
    ),
    "name repeated inside": (
        body(
            "@hookimpl\ndef cardprint_printer_drivers():\n"
            "    return [DriverEntry(name='a', factory='a:B', summary='')] * 2"
        ),
        "refused",
        "twice",
    ),
    "name of a built-in": (
        body(
            "@hookimpl\ndef cardprint_printer_drivers():\n"
            "    return [DriverEntry(name='folder', factory='a:B', summary='')]"
        ),
        "refused",
        "repeats the printer driver folder of cardprint",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_recorded_and_disables_only_itself(install: Install, case: str) -> None:
    code, state, detail = BROKEN[case]
    install("aaa-broken", code)
    install("cardprint-acme", GOOD)
    view = found("aaa-broken")
    assert view.state == state
    assert detail in view.detail
    assert view.entries == ()
    assert found("cardprint-acme").state == "loaded"
    assert found("cardprint").state == "loaded"


def test_of_two_plugins_with_one_name_the_first_by_distribution_stays(install: Install) -> None:
    install("zz-acme", GOOD)
    install("cardprint-acme", GOOD)
    assert found("cardprint-acme").state == "loaded"
    late = found("zz-acme")
    assert late.state == "refused"
    assert "repeats the printer driver acme of cardprint-acme" in late.detail


def test_one_name_in_two_kinds_is_no_repetition(install: Install) -> None:
    entry = "PolicyEntry(name='acme', factory='a:B', summary='')"
    policy = f"@hookimpl\ndef cardprint_allocation_policies():\n    return [{entry}]"
    install("cardprint-acme", GOOD)
    install("zz-policy", body(policy))
    assert found("zz-policy").state == "loaded"


def test_a_distribution_that_is_not_allowed_is_not_imported(install: Install) -> None:
    install("cardprint-acme", GOOD, module="acme_never")
    view = found("cardprint-acme", PluginRules(allow=("another",)))
    assert view.state == "refused"
    assert "[plugins] allow" in view.detail
    assert "acme_never" not in sys.modules


def test_an_allowed_distribution_may_be_spelt_as_pip_spells_it(install: Install) -> None:
    install("Cardprint-Acme", GOOD)
    assert found("Cardprint-Acme", PluginRules(allow=("cardprint_acme",))).state == "loaded"


def test_safe_mode_loads_only_the_built_ins(install: Install) -> None:
    install("cardprint-acme", GOOD, module="acme_unsafe")
    rules = PluginRules(safe_mode=True, allow=("cardprint-acme",))
    assert found("cardprint-acme", rules).state == "refused"
    assert found("cardprint", rules).state == "loaded"
    assert "acme_unsafe" not in sys.modules


@pytest.mark.parametrize(
    ("entry_points", "metadata"),
    [
        ("[cardprint]\nno equals sign here\n", None),
        ("[cardprint]\nbad = not a module!\n", None),
        (None, ""),
        (None, "Metadata-Version: 2.1\nVersion: 1\n"),
    ],
)
def test_broken_metadata_disable_only_their_own_distribution(
    install: Install, entry_points: str | None, metadata: str | None
) -> None:
    install("broken", GOOD, entry_points=entry_points, metadata=metadata)
    install("cardprint-acme", GOOD)
    states = {plugin.view.name: plugin.view.state for plugin in discover(PluginRules())}
    assert states.pop("cardprint") == "loaded"
    assert states.pop("cardprint-acme") == "loaded"
    # What this machine has installed beside is not the broken one.
    assert [state for state in states.values() if state != "loaded"] == ["failed"]


def test_a_broken_distribution_that_is_none_of_ours_is_passed_over(install: Install) -> None:
    install("stranger", None, entry_points="[console_scripts]\nno equals sign here\n")
    assert "stranger" not in {plugin.view.distribution for plugin in discover(PluginRules())}


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_code_that_everybody_may_change_is_not_imported(install: Install) -> None:
    site = install("cardprint-acme", GOOD, module="acme_open")
    (site / "acme_open.py").chmod(0o666)
    view = found("cardprint-acme")
    assert view.state == "refused"
    assert "chmod o-w" in view.detail
    assert "acme_open" not in sys.modules


def test_listing_imports_nothing_and_follows_the_rules(install: Install) -> None:
    install("cardprint-acme", GOOD, module="acme_listed")
    install("zz-broken", "def (")
    states = {view.name: view.state for view in list_plugins(PluginRules(allow=("cardprint-acme",)))}
    assert (states.pop("cardprint"), states.pop("cardprint-acme")) == ("listed", "listed")
    # The broken one, and whatever else this machine has installed.
    assert set(states.values()) == {"refused"}
    assert "zz-broken" in states
    assert not {"acme_listed", "zz_broken"} & set(sys.modules)
