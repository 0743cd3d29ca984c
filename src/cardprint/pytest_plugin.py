"""The pytest plugin for those who test a plugin of cardprint; pytest loads it by its entry point ``cardprint``.

Nothing of cardprint is imported here: pytest loads this in every project of an environment, before coverage begins.
The suites work without it (``-p no:cardprint``), with neither marker nor report.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cardprint.plugin import PluginContext

__all__ = ["Report", "cardprint_context", "pytest_addoption", "pytest_configure", "pytest_itemcollected"]

_MARKER = "cardprint_rule"
_REPORTER = "cardprint-report"
_RANK = ("skipped", "passed", "exempt", "failed")
"""What a rule that several tests prove comes to: the last of these that one of them has."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for a report."""
    group = parser.getgroup("cardprint")
    group.addoption(
        "--cardprint-report",
        metavar="FILE",
        help="write what became of each rule of cardprint's conformance suites to FILE, as JSON",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker, and begin the report in the process that hears of all tests."""
    config.addinivalue_line("markers", f"{_MARKER}(number): the test proves this rule of cardprint's conformance kit")
    file = config.getoption("--cardprint-report")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(Path(file)), _REPORTER)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a suite's test with its rule, so that ``-m`` finds it, and write the rule into the test's report."""
    stated = getattr(getattr(item, "function", None), _MARKER, None)
    if stated is not None:
        item.add_marker(getattr(pytest.mark, _MARKER)(stated.number))
    marker = item.get_closest_marker(_MARKER)
    if marker is not None and marker.args:
        item.user_properties.append((_MARKER, str(marker.args[0])))


@pytest.fixture
def cardprint_context(tmp_path: Path) -> PluginContext:
    """Give a plugin's context as a station gives it, with a folder of the test's own."""
    from cardprint.testing.surroundings import plugin_context  # noqa: PLC0415 - only for who asks

    return plugin_context(tmp_path)


class Report:
    """Gather what became of each rule, suite by suite."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._suites: dict[str, dict[str, dict[str, str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what one phase of one test came to."""
        number = dict(report.user_properties).get(_MARKER)
        if number is None or (report.passed and report.when != "call"):
            return
        outcome, reason = report.outcome.lower(), ""
        if hasattr(report, "wasxfail"):
            outcome, reason = "exempt", str(report.wasxfail)
        elif report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
        elif report.failed:
            reason = _last_line(report)
        rules = self._suites.setdefault(report.nodeid.rpartition("::")[0], {})
        known = rules.get(str(number))
        if known is None or _RANK.index(outcome) > _RANK.index(known["outcome"]):
            rules[str(number)] = {"outcome": outcome, **({"reason": reason} if reason else {})}

    def pytest_sessionfinish(self) -> None:
        """Write the file."""
        suites = {
            name: dict(sorted(rules.items(), key=lambda each: (each[0][:1], len(each[0]), each[0])))
            for name, rules in sorted(self._suites.items())
        }
        text = json.dumps({"suites": suites}, indent=2, ensure_ascii=False)
        self._file.write_text(text + "\n", encoding="utf-8")


def _last_line(report: pytest.TestReport) -> str:
    """Give the error's own line; the rest of a failure is in pytest's output."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr)
    return (text.splitlines() or [""])[0]
