"""Each rule for drivers lets a good driver pass and catches a bad one."""

from __future__ import annotations

import pytest

from cardprint.testing.drivers import DriverSuite
from cardprint.testing.rules import rules_of
from support.conformance import outcomes
from support.toy_printer import BAD_DRIVERS

pytest_plugins = ["pytester"]

SUITE = """
import pytest

from cardprint.testing.drivers import DriverSuite
from cardprint.testing.surroundings import plugin_context
from support.toy_printer import BAD_DRIVERS, ToyBench, ToyDriver, ToyPrinter


class TestToy(DriverSuite):
    @pytest.fixture
    def printer(self):
        return ToyPrinter()

    @pytest.fixture
    def make_driver(self, printer, tmp_path):
        return lambda: {driver}(printer, plugin_context(tmp_path))

    @pytest.fixture
    def bench(self, printer):
        return ToyBench(printer)
"""

ALSO = {"D3": {"D4", "D24"}}
"""What a bad driver cannot but break as well: two copies of two sides, and after a fence, are two cards."""


def run(pytester: pytest.Pytester, driver: str) -> dict[str, str]:
    return outcomes(pytester, SUITE.format(driver=driver))


def test_a_good_driver_passes_every_rule(pytester: pytest.Pytester) -> None:
    assert run(pytester, "ToyDriver") == {rule.number: "passed" for rule in rules_of(DriverSuite)}


@pytest.mark.parametrize(
    ("number", "index"), [(number, index) for number, bad in BAD_DRIVERS.items() for index in range(len(bad))]
)
def test_a_bad_driver_breaks_its_rule_and_no_other(pytester: pytest.Pytester, number: str, index: int) -> None:
    found = run(pytester, f"BAD_DRIVERS[{number!r}][{index}]")
    assert {rule for rule, outcome in found.items() if outcome == "failed"} == {number, *ALSO.get(number, ())}


def test_every_rule_has_a_bad_driver() -> None:
    assert list(BAD_DRIVERS) == [rule.number for rule in rules_of(DriverSuite)]


BREAKING = """
from support.toy_printer import ToyDriver, ToySession


class BreakingSession(ToySession):
    def print_card(self, order, steps):
        raise RuntimeError("the ribbon is " + "torn")


class Breaking(ToyDriver):
    session = BreakingSession
"""


def test_what_escapes_a_driver_is_shown_in_full(pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]) -> None:
    outcomes(pytester, BREAKING + SUITE.format(driver="Breaking"), "-k", "step")
    told = capfd.readouterr().out
    assert 'raise RuntimeError("the ribbon is " + "torn")' in told
    assert "RuntimeError: the ribbon is torn" in told
