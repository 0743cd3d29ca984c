"""What pytest adds for whoever tests a plugin: marker, fixture, report, exemptions."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.conformance import results

pytest_plugins = ["pytester"]

SUITE = """
import pytest

from cardprint.testing.sources import DataSourceSuite
from support.toy_source import BAD_SOURCES, ToyOrigin, ToySource


class TestToy(DataSourceSuite):
    @pytest.fixture
    def origin(self):
        return ToyOrigin({kind})
"""
RULE = "def test_it():\n    pass\n\ntest_it.cardprint_rule = __import__('types').SimpleNamespace(number='X7')\n"


def suite(kind: str = "ToySource") -> str:
    return SUITE.format(kind=kind)


def exempt(pytester: pytest.Pytester, text: str) -> None:
    (pytester.path / "conformance.toml").write_text(text, "utf-8")


def test_a_failure_is_reported_in_one_line(pytester: pytest.Pytester) -> None:
    found = results(pytester, suite("BAD_SOURCES['S2'][0]"), "-k", "pages_are_no_larger or every_request")
    assert found == {
        "S1": {"outcome": "passed"},
        "S2": {
            "outcome": "failed",
            "reason": "cardprint.testing.rules.RuleBrokenError: a page of 14 items where 7 were asked for",
        },
    }


def test_a_rule_that_is_proved_by_several_tests_fails_with_one_of_them(pytester: pytest.Pytester) -> None:
    found = results(pytester, suite("BAD_SOURCES['S9'][1]"), "-k", "bad_record")
    assert found["S9"]["outcome"] == "failed"


def test_a_skipped_rule_tells_what_the_bench_cannot(pytester: pytest.Pytester) -> None:
    found = results(
        pytester,
        """
import pytest

from cardprint.testing.drivers import Bench, DriverSuite
from cardprint.testing.surroundings import plugin_context
from support.toy_printer import HERE, ToyDriver, ToyPrinter


class NoBench(Bench):
    device = HERE


class TestToy(DriverSuite):
    @pytest.fixture
    def make_driver(self, tmp_path):
        printer = ToyPrinter()
        return lambda: ToyDriver(printer, plugin_context(tmp_path))

    @pytest.fixture
    def bench(self):
        return NoBench()
""",
    )
    skipped = {number: result["reason"] for number, result in found.items() if result["outcome"] == "skipped"}
    assert skipped == {
        "D2": "the bench cannot name a device that is not there",
        "D3": "the bench cannot count blanks",
        "D4": "the bench cannot count blanks",
        "D5": "the bench cannot tell what was printed",
        "D8": "the bench cannot count blanks",
        "D10": "the bench cannot empty the hopper",
        "D11": "the bench cannot jam a card",
        "D12": "the bench cannot spoil a card",
        "D13": "the bench cannot count blanks",
        "D14": "the bench cannot cut the power",
        "D15": "the bench cannot count blanks",
        "D21": "the bench cannot cut the power",
        "D23": "the bench cannot cut the power",
        "D24": "the bench cannot count blanks",
        "D31": "the bench cannot silence the device",
    }
    assert {result["outcome"] for result in found.values()} == {"passed", "skipped"}


def test_a_capability_that_is_not_declared_skips_its_rules(pytester: pytest.Pytester) -> None:
    found = results(
        pytester,
        """
import attrs
import pytest

from cardprint.testing.drivers import DriverSuite
from cardprint.testing.surroundings import plugin_context
from support.toy_printer import CAN, ToyBench, ToyDriver, ToyPrinter, ToySession


class Fenceless(ToySession):
    can = attrs.evolve(CAN, can_fence=False)


class Driver(ToyDriver):
    session = Fenceless


class TestToy(DriverSuite):
    @pytest.fixture
    def printer(self):
        return ToyPrinter()

    @pytest.fixture
    def make_driver(self, printer, tmp_path):
        return lambda: Driver(printer, plugin_context(tmp_path))

    @pytest.fixture
    def bench(self, printer):
        return ToyBench(printer)
""",
        "-k",
        "fence",
    )
    assert found == {key: {"outcome": "skipped", "reason": "not declared: can_fence"} for key in ["D24", "D25"]}


def test_an_exemption_is_reported_with_its_reason(pytester: pytest.Pytester) -> None:
    exempt(pytester, '[TestToy]\nS2 = "the server gives 14"\n[TestOther]\nS1 = "not ours"\n')
    found = results(pytester, suite("BAD_SOURCES['S2'][0]"), "-k", "pages_are_no_larger or every_request")
    assert found == {"S1": {"outcome": "passed"}, "S2": {"outcome": "exempt", "reason": "exempt: the server gives 14"}}


def test_an_exemption_that_is_no_longer_needed_fails(pytester: pytest.Pytester) -> None:
    exempt(pytester, '[TestToy]\nS2 = "the server gave 14"\n')
    found = results(pytester, suite(), "-k", "pages_are_no_larger")
    assert found["S2"]["outcome"] == "failed"
    assert "XPASS(strict)" in found["S2"]["reason"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[TestToy]\nS99 = "a slip"\n', "S99"),
        ("[TestToy]\nS2 = 14\n", 'D15 = "the reason"'),
        ('[TestToy]\nS2 = " "\n', 'D15 = "the reason"'),
        ("TestToy = 3\n", 'D15 = "the reason"'),
        ("[TestToy\n", "cannot be read"),
    ],
)
def test_exemptions_that_make_no_sense_fail(pytester: pytest.Pytester, text: str, said: str) -> None:
    exempt(pytester, text)
    found = results(pytester, suite(), "-k", "pages_are_no_larger")
    assert found["S2"]["outcome"] == "failed"
    assert said in found["S2"]["reason"]


NOT_RUN = "pass  # left out"


@pytest.mark.parametrize(
    ("how", "level"),
    [
        ({}, 3),
        ({1: "pytest.fail('no')"}, 0),
        ({3: "pytest.fail('no')"}, 0),
        ({1: "pytest.skip('the bench cannot')"}, 0),
        ({2: "pytest.skip('the bench cannot')"}, 1),
        ({3: "pytest.skip('the bench cannot')"}, 2),
        ({2: "pytest.skip('the bench cannot')", 3: "pytest.skip('the bench cannot')"}, 1),
        ({2: "pytest.skip('not declared: a table')"}, 3),
        ({2: "pytest.xfail('exempt: known')"}, 3),
        ({2: NOT_RUN}, 1),
    ],
)
def test_a_report_has_the_level_whose_rules_are_all_proven(
    pytester: pytest.Pytester, how: dict[int, str], level: int
) -> None:
    tests = "".join(
        f"    def test_{n}(self):\n        {how.get(n, 'pass')}\n"
        f"    test_{n}.cardprint_rule = SimpleNamespace(number='X{n}', level={n})\n"
        for n in (1, 2, 3)
    )
    suite_ = f"import pytest\nfrom types import SimpleNamespace\n\nclass TestOwn:\n{tests}"
    results(pytester, suite_, *(["-k", "not test_2"] if how.get(2) == NOT_RUN else []))
    (found,) = json.loads((pytester.path / "report.json").read_text("utf-8"))["suites"].values()
    assert found["level"] == level
    page = (pytester.path / "report.md").read_text("utf-8")
    assert f"Level {level}." in page
    assert all((f"| X{n} |" in page) == (how.get(n) != NOT_RUN) for n in (1, 2, 3))


def test_a_device_on_the_desk_comes_with_a_person_who_is_asked(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["3", "", "no"])
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    pytester.makepyfile(
        """
        import pytest

        def test_it(cardprint_desk):
            assert cardprint_desk.device == "usb://Acme/P5"
            assert cardprint_desk.used() == 3
            cardprint_desk.cut_power()
            with pytest.raises(pytest.skip.Exception, match="cannot jam"):
                cardprint_desk.jam_next()

        def test_none(cardprint_device):
            assert cardprint_device == "usb://Acme/P5"
        """
    )
    pytester.inline_run("-p", "no:xdist", "-s", "--cardprint-device", "usb://Acme/P5").assertoutcome(passed=2)


def test_rules_are_selected_by_their_marker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(RULE + "\ndef test_other():\n    pass\n")
    passed, _, _ = pytester.inline_run("-p", "no:xdist", "--strict-markers", "-m", "cardprint_rule").listoutcomes()
    assert [report.nodeid.rpartition("::")[2] for report in passed] == ["test_it"]


def test_a_vendors_own_rule_is_reported_as_well(pytester: pytest.Pytester) -> None:
    own = 'import pytest\n\n@pytest.mark.cardprint_rule("X1")\ndef test_own():\n    pass\n'
    assert results(pytester, own, "--strict-markers") == {"X1": {"outcome": "passed"}}


def test_the_context_is_a_stations(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_it(cardprint_context, tmp_path):
            assert cardprint_context.folder == tmp_path
            assert cardprint_context.clock.now() > 0
        """
    )
    pytester.inline_run("-p", "no:xdist").assertoutcome(passed=1)


def pytest_in(pytester: pytest.Pytester, *arguments: str) -> str:
    """Run pytest in a process of its own."""
    command = [sys.executable, "-m", "pytest", *arguments]
    done = subprocess.run(command, cwd=pytester.path, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_suites_work_without_the_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    pytester.makepyfile(suite())
    said = pytest_in(pytester, "-p", "no:cardprint", "-p", "no:xdist", "--strict-markers", "-W", "error", "-q")
    assert "20 passed" in said


def test_tests_in_several_processes_make_one_report(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", ":".join(sys.path))
    pytester.makepyfile(suite())
    pytest_in(pytester, "-n", "2", "-q", "--cardprint-report", "report.json")
    (found,) = json.loads((pytester.path / "report.json").read_text("utf-8"))["suites"].values()
    assert list(found["rules"]) == [f"S{number}" for number in range(1, 18)]


def test_the_plugin_loads_nothing_of_cardprint() -> None:
    show = "import sys, cardprint.pytest_plugin; print(*[name for name in sys.modules if name.startswith('cardprint')])"
    done = subprocess.run([sys.executable, "-c", show], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["cardprint", "cardprint.pytest_plugin"]


PLAIN = """
import attrs

from support.toy_printer import CAN, ToyDriver, ToySession


class PlainSession(ToySession):
    can = attrs.evolve(CAN, job_table=False, job_table_survives_power=False)


class Plain(ToyDriver):
    session = PlainSession
"""
UNPROVOKED = """
import pytest

from cardprint.testing.drivers import Bench, DriverSuite
from cardprint.testing.surroundings import plugin_context
from support.toy_printer import HERE, ToyDriver, ToyPrinter


class NoBench(Bench):
    device = HERE


class TestToy(DriverSuite):
    @pytest.fixture
    def make_driver(self, tmp_path):
        return lambda: {driver}(ToyPrinter(), plugin_context(tmp_path))

    @pytest.fixture
    def bench(self):
        return NoBench()
"""


def test_what_a_bench_cannot_provoke_is_exempt_where_that_is_written_down(pytester: pytest.Pytester) -> None:
    exempt(pytester, '[TestToy]\nD11 = "nothing gets stuck in it"\n')
    found = results(pytester, UNPROVOKED.format(driver="ToyDriver"), "-k", "never_not_fed or came_out_bad")
    assert found == {
        "D11": {"outcome": "exempt", "reason": "exempt: nothing gets stuck in it"},
        "D12": {"outcome": "skipped", "reason": "the bench cannot spoil a card"},
    }


def test_what_is_not_declared_needs_no_exemption(pytester: pytest.Pytester) -> None:
    exempt(pytester, '[TestToy]\nD15 = "it forgets"\n')
    found = results(pytester, PLAIN + UNPROVOKED.format(driver="Plain"), "-k", "never_printed_twice")
    assert found["D15"]["outcome"] == "skipped"
