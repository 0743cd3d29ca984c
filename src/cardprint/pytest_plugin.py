"""The pytest plugin for those who test a plugin of cardprint; pytest loads it by its entry point ``cardprint``.

Nothing of cardprint is imported here before it is asked for: pytest loads this in every project of an environment,
before coverage begins. The suites work without it (``-p no:cardprint``), with neither marker nor report.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cardprint.model import DeviceUri
    from cardprint.plugin import PluginContext
    from cardprint.testing.drivers import Desk

__all__ = [
    "Report",
    "cardprint_context",
    "cardprint_desk",
    "cardprint_device",
    "pytest_addoption",
    "pytest_configure",
    "pytest_itemcollected",
    "pytest_runtest_makereport",
]

_MARKER = "cardprint_rule"
_LEVELS = "cardprint_levels"
_REPORTER = "cardprint-report"
_RANK = ("skipped", "passed", "exempt", "failed")
"""What a rule that several tests prove comes to: the last of these that one of them has."""
_UNDECLARED = "not declared: "
"""How the reason of a rule begins that asks for what the plugin does not claim."""
_EXEMPT = "exempt: "
"""How the reason of a rule begins whose exemption is written down."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that ask for a report, and name a device on a desk."""
    group = parser.getgroup("cardprint")
    group.addoption(
        "--cardprint-report",
        metavar="FILE",
        help="write what became of each rule of cardprint's suites to FILE, as JSON, and beside it as a page",
    )
    group.addoption(
        "--cardprint-device",
        metavar="URI",
        help="a real device, ready on the desk, for the suites that can do with one; a person is asked (needs -s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker, and begin the report in the process that hears of all tests."""
    config.addinivalue_line("markers", f"{_MARKER}(number): the test proves this rule of cardprint's conformance kit")
    file = config.getoption("--cardprint-report")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(Path(file), config.getoption("--cardprint-device") or ""), _REPORTER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a suite's test with its rule, so that ``-m`` finds it, and write the rule into the test's report."""
    stated = getattr(getattr(item, "function", None), _MARKER, None)
    if stated is not None:
        item.add_marker(getattr(pytest.mark, _MARKER)(stated.number))
    marker = item.get_closest_marker(_MARKER)
    if marker is not None and marker.args:
        item.user_properties.append((_MARKER, str(marker.args[0])))
        item.user_properties.append((_LEVELS, _levels_of(item, marker.args[0])))


def _levels_of(item: pytest.Item, number: object) -> dict[str, int]:
    """Give the level of every rule of an item's suite, run or not; of a test outside of suites, its own."""
    tests = (
        (getattr(item.cls, name, None) for name in dir(item.cls))
        if isinstance(item, pytest.Function) and item.cls is not None
        else ()
    )
    stated = (getattr(test, _MARKER, None) for test in tests)
    return {str(number): 1} | {str(rule.number): getattr(rule, "level", 1) for rule in stated if rule is not None}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count a rule as exempt that its bench cannot provoke, where the exemption is written down."""
    report = yield
    marker = item.get_closest_marker("xfail")
    reason = str(marker.kwargs.get("reason", "")) if marker is not None else ""
    if report.skipped and not hasattr(report, "wasxfail") and reason.startswith(_EXEMPT):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if not why.removeprefix("Skipped: ").startswith(_UNDECLARED):
            report.wasxfail = reason
    return report


@pytest.fixture
def cardprint_context(tmp_path: Path) -> PluginContext:
    """Give a plugin's context as a station gives it, with a folder of the test's own."""
    from cardprint.testing.surroundings import plugin_context  # noqa: PLC0415 - only for who asks

    return plugin_context(tmp_path)


@pytest.fixture
def cardprint_device(pytestconfig: pytest.Config) -> DeviceUri | None:
    """Give the device that ``--cardprint-device`` names; None where none is named."""
    uri = pytestconfig.getoption("--cardprint-device")
    if not uri:
        return None
    from cardprint.model import DeviceUri  # noqa: PLC0415 - as above

    return DeviceUri(uri)


@pytest.fixture
def cardprint_desk(cardprint_device: DeviceUri | None) -> Desk | None:
    """Give the bench of the device that ``--cardprint-device`` names; a person at the terminal is asked."""
    if cardprint_device is None:
        return None
    from cardprint.testing.drivers import Desk  # noqa: PLC0415 - as above

    return Desk(cardprint_device, input)


class Report:
    """Gather what became of each rule, suite by suite."""

    def __init__(self, file: Path, device: str = "") -> None:
        self._file = file
        self._device = device
        self._suites: dict[str, dict[str, dict[str, str]]] = {}
        self._levels: dict[str, dict[str, int]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what one phase of one test came to."""
        properties = dict(report.user_properties)
        number = properties.get(_MARKER)
        if number is None or (report.passed and report.when != "call"):
            return
        outcome, reason = report.outcome.lower(), ""
        if hasattr(report, "wasxfail"):
            outcome, reason = "exempt", str(report.wasxfail)
        elif report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
        elif report.failed:
            reason = _last_line(report)
        suite = report.nodeid.rpartition("::")[0]
        levels = properties.get(_LEVELS)
        self._levels.setdefault(suite, {}).update(levels if isinstance(levels, dict) else {})
        rules = self._suites.setdefault(suite, {})
        known = rules.get(str(number))
        if known is None or _RANK.index(outcome) > _RANK.index(known["outcome"]):
            rules[str(number)] = {"outcome": outcome, **({"reason": reason} if reason else {})}

    def pytest_sessionfinish(self) -> None:
        """Write the file, and a page of the same beside it."""
        suites = {
            name: {
                "level": _level(rules, self._levels[name]),
                "rules": dict(sorted(rules.items(), key=lambda each: (each[0][:1], len(each[0]), each[0]))),
            }
            for name, rules in sorted(self._suites.items())
        }
        value = {"device": self._device, "suites": suites}
        self._file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        page = self._file.with_suffix(".md")
        if page != self._file:
            page.write_text("\n".join(_page(self._device, suites)) + "\n", encoding="utf-8")


def _level(rules: Mapping[str, Mapping[str, str]], levels: Mapping[str, int]) -> int:
    """Give the highest level all of whose rules are proven; 0 where one is broken, or not even level 1 is proven."""
    if any(rule["outcome"] == "failed" for rule in rules.values()):
        return 0
    open_ = [level for number, level in levels.items() if not _proven(rules.get(number, {}))]
    return min(open_) - 1 if open_ else max(levels.values())


def _proven(rule: Mapping[str, str]) -> bool:
    """Say whether a rule lowers no level; one that was not run does."""
    return rule.get("outcome") in {"passed", "exempt"} or rule.get("reason", "").startswith(_UNDECLARED)


def _page(device: str, suites: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    yield from ("# Conformance", "")
    yield f"Proven on {device}." if device else "Proven without a device of its own: see the suite's bench."
    for name, suite in suites.items():
        rules = suite["rules"]
        yield from ("", f"## {name}", "", f"Level {suite['level']}.", "", "| rule | outcome | why |", "|---|---|---|")
        for number, rule in rules.items() if isinstance(rules, dict) else ():
            yield f"| {number} | {rule['outcome']} | {rule.get('reason', '').replace('|', '/')} |"


def _last_line(report: pytest.TestReport) -> str:
    """Give the error's own line; the rest of a failure is in pytest's output."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr)
    return (text.splitlines() or [""])[0]
