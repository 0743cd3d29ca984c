"""Each rule for sources lets a good source pass and catches a bad one."""

from __future__ import annotations

import pytest

from cardprint.testing.rules import rules_of
from cardprint.testing.sources import DataSourceSuite
from support.conformance import outcomes
from support.toy_source import BAD_SOURCES

pytest_plugins = ["pytester"]

SUITE = """
import pytest

from cardprint.testing.sources import DataSourceSuite
from support.toy_source import BAD_SOURCES, LaterSource, ToyOrigin, ToySource


class TestToy(DataSourceSuite):
    @pytest.fixture
    def origin(self):
        return ToyOrigin({kind})
"""

ALSO: dict[str, set[str]] = {"S10": {"S16"}}
"""What a bad source cannot but break as well."""


def run(pytester: pytest.Pytester, kind: str) -> dict[str, str]:
    return outcomes(pytester, SUITE.format(kind=kind))


@pytest.mark.parametrize("kind", ["ToySource", "LaterSource"])
def test_a_good_source_passes_every_rule(kind: str, pytester: pytest.Pytester) -> None:
    assert run(pytester, kind) == {rule.number: "passed" for rule in rules_of(DataSourceSuite)}


@pytest.mark.parametrize(
    ("number", "index"), [(number, index) for number, bad in BAD_SOURCES.items() for index in range(len(bad))]
)
def test_a_bad_source_breaks_its_rule_and_no_other(pytester: pytest.Pytester, number: str, index: int) -> None:
    found = run(pytester, f"BAD_SOURCES[{number!r}][{index}]")
    assert {rule for rule, outcome in found.items() if outcome == "failed"} == {number, *ALSO.get(number, ())}


def test_every_rule_has_a_bad_source() -> None:
    assert list(BAD_SOURCES) == [rule.number for rule in rules_of(DataSourceSuite)]
