"""Pages that are written from the code are as the code is, and its words are all on them."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardprint.model.keywords import DRAW_REASONS, JOB_REASONS, RECORD_RULES, RUN_REASONS, STOCK_REASONS
from cardprint.model.reasons import DEVICE_REASONS, PRINTER_REASONS, STATION_REASONS
from cardprint.model.retry import _OPERATOR
from cardprint.testing.drivers import DriverSuite
from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.rules import Rule, rules_of
from cardprint.testing.sources import DataSourceSuite

ROOT = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "write_reference.py"))
RULES = [
    rule
    for suite in (DriverSuite, DataSourceSuite, AllocationPolicySuite, CardRendererSuite)
    for rule in rules_of(suite)
]


@pytest.mark.parametrize("name", SCRIPT["PAGES"])
def test_a_page_is_as_the_code_is(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert written == SCRIPT["page"](name), "write it anew: .venv/bin/python docs/write_reference.py"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.number)
def test_a_rule_says_what_why_and_where_not(rule: Rule) -> None:
    for text in (rule.sentence, rule.why, rule.example, rule.exceptions):
        assert re.fullmatch(r"[A-Z`x].*[.`]", text), text
    assert "\n" not in rule.sentence + rule.why + rule.example + rule.exceptions


@pytest.mark.parametrize("suite", [DriverSuite, DataSourceSuite, AllocationPolicySuite, CardRendererSuite])
def test_the_rules_of_a_suite_are_numbered_without_a_gap_and_each_test_has_one(suite: type) -> None:
    rules = rules_of(suite)
    letter = rules[0].number[0]
    assert [rule.number for rule in rules] == [f"{letter}{number}" for number in range(1, len(rules) + 1)]
    assert len([name for name in dir(suite) if name.startswith("test_")]) == len(rules)


def keywords(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"x(-[a-z]+)+", node.value):
            yield node.value


def said_by(*places: str) -> set[str]:
    paths = [path for place in places for path in sorted(ROOT.glob(place))]
    assert paths
    return {word for path in paths for word in keywords(path)}


def test_every_reason_that_our_drivers_and_hosts_give_is_explained() -> None:
    said = said_by(
        "src/cardprint/builtin/folder/*.py",
        "src/cardprint/hosts/*.py",
        "src/cardprint/simulation/*.py",
        "plugins/cardprint-simulator/src/**/*.py",
    )
    assert said - set(PRINTER_REASONS) == set()


def test_every_reason_for_which_the_engine_feeds_no_card_is_explained() -> None:
    found = said_by("src/cardprint/engine/feeding.py") - {"x-empty-by-device", "x-pick-counter", "x-printer-swapped"}
    assert found - set(PRINTER_REASONS) == set()
    assert set(_OPERATOR) <= set(DEVICE_REASONS)


def test_every_keyword_in_the_code_is_explained_and_no_other_one() -> None:
    tables = (PRINTER_REASONS, RUN_REASONS, JOB_REASONS, DRAW_REASONS, RECORD_RULES, STOCK_REASONS)
    explained = {word for table in tables for word in table}
    assert said_by("src/cardprint/[!t]*/**/*.py", "src/cardprint/*.py") - explained == set()
    told_of = said_by("src/cardprint/[!mt]*/**/*.py", "src/cardprint/model/[!kr]*.py", "src/cardprint/model/re[!a]*.py")
    told_of |= said_by("plugins/cardprint-svg/src/**/*.py")
    ours = {word for table in tables[1:] for word in table if word.startswith("x-")}
    # Made of a verdict's value.
    assert ours - told_of == {"x-in-doubt", "x-verdict-duplicate", "x-verdict-revoked"} - told_of


def test_no_reason_is_explained_twice() -> None:
    assert not set(DEVICE_REASONS) & set(STATION_REASONS)
