"""Write the reference pages that say what the code says: ``python docs/write_reference.py``; a test compares them."""

from __future__ import annotations

import ast
import enum
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from cardprint import errors
from cardprint.model import AttemptState, CardFate, JobState, PrinterState, StepKind
from cardprint.model.jobs import TRANSITIONS
from cardprint.model.keywords import DRAW_REASONS, JOB_REASONS, RECORD_RULES, RUN_REASONS, STOCK_REASONS
from cardprint.model.reasons import DEVICE_REASONS, STATION_REASONS
from cardprint.testing.drivers import DriverSuite
from cardprint.testing.encoders import EncoderSuite
from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.rules import Rule, rules_of
from cardprint.testing.sources import DataSourceSuite

FOLDER = Path(__file__).parent / "reference"
_STATES = """\
# States

Where a job, an attempt, a card and a printer can stand. The words are those of the command line, of `--json` and of
the store; [the glossary](../glossary.md) has all others.
"""
_REASONS = """\
# Reasons

The keywords of printers, runs, jobs, draws, records and blanks; a plugin may have more.

Why a printer is as it is, as a keyword: in a driver's `PrinterStatus`, `AttemptOutcome` and `DriverError`, in
`cardprint printers` and in the journal. They are IPP's `printer-state-reasons` (RFC 8011, 5.4.12, and the IANA
registry) without the suffixes `-report`, `-warning` and `-error`; what IPP lacks begins with `x-`. A driver may use
keywords of its own that begin with `x-` and the vendor's name: they are shown as they are.
"""
_ERRORS = """\
# Errors

All errors that leave cardprint hang from `CardprintError`. Each has a `message`, a `cure` (what to do next, ideally
the exact command) and `blank_touched`, which is True only where a blank may have moved. No text of an error holds a
person's data. [The library's page](library.md) has the signatures.
"""
_CONFORMANCE = """\
# Conformance

What a plugin must do, as numbered rules that `cardprint.testing` proves. A vendor subclasses one suite, gives it the
fixtures below, and runs pytest ([how](../tutorials/first-driver.md)). The kit and its tools come with `pip install
cardprint[testing]`.

- A rule is skipped, with the reason, where its capability is not declared or the bench cannot provoke what it asks
  for. Rules ask for capabilities, never for names.
- A number is never given to another rule.
- A plugin that is known to break a rule says so in `conformance.toml` beside the suite's module, in a table of the
  suite's name: `[TestRio]` and `D15 = "the reason"`. So does one whose bench can never provoke what a rule asks for,
  and says where that is proven instead. Once the rule passes, the test fails until the line is taken out.
- `pytest --cardprint-report FILE.json` writes what became of each rule: `passed`, `failed`, `skipped` or `exempt`, with
  the reason; `FILE.md` beside it is the same as a page. A suite's **level** is the highest all of whose rules are
  proven: 1 needs the plugin alone, 2 a bench that counts cards, 3 one that makes trouble; 0 where a rule is broken. A
  rule whose capability is not declared lowers no level, one that the bench cannot provoke does. An exempt rule does
  not either: its reason stands in the report.
- `pytest -s --cardprint-device URI` names a real device on the desk. The fixture `cardprint_desk` is then a bench whose
  hand is yours: it asks for every count and every trouble, and what you answer with `no` is skipped. Without the option
  it is None; `cardprint_device` is the bare address.
- `cardprint.testing.exchanges`: `record` stands between a driver and a device on the network and writes down what both
  say, `replay` is that device afterwards, byte for byte.
- `pytest -m cardprint_rule` runs these tests alone, and `@pytest.mark.cardprint_rule("X1")` takes a test of one's own
  into the report. The fixture `cardprint_context` is a `PluginContext`. `-p no:cardprint` switches all of this off; the
  suites work without.
"""
_DRIVERS = """\
`cardprint.testing.drivers.DriverSuite`; fixtures `make_driver` (a function that makes the driver) and `bench` (a
`Bench`: the device's address, and whatever of counting and provoking is possible)."""
_SOURCES = """\
`cardprint.testing.sources.DataSourceSuite`; fixture `origin` (an `Origin`: the other end, filled by the test)."""
_ENCODERS = """\
`cardprint.testing.encoders.EncoderSuite`; fixtures `make_encoder` (a function that makes the encoder) and `bench` (a
`cardprint.testing.chips.ChipBench`: good and bad chips; `SimulatedChips` where it can be set up for their layout)."""
_POLICIES = """\
`cardprint.testing.policies.AllocationPolicySuite`; fixture `make_policy` (a function that makes the policy, with a
`ForbiddenClock` in its context). `cardprint.testing.strategies` has the strategies for hypothesis."""
_RENDERERS = """\
`cardprint.testing.renderers.CardRendererSuite`; fixtures `make_renderer` (a function that makes the renderer, with a
`ForbiddenClock` in its context) and, where the sample will not do, `person` (a request whose card can be made)."""


def sentences(kind: type[enum.Enum]) -> dict[str, str]:
    """Give the sentence below each member of an enumeration, by member's name."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found: dict[str, str] = {}
    for member, text in pairwise(body):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[ast.unparse(member.targets[0])] = plain(str(text.value.value))
    return found


def plain(text: str) -> str:
    """Give a docstring's text as Markdown on one line."""
    return re.sub(r"``([^`]+)``", r"`\1`", " ".join(text.split()))


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Draw a table."""
    cells = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells] + [""]


def states() -> Iterator[str]:
    """Tell of the states and what leads from one to another."""
    yield _STATES
    told: tuple[tuple[str, type[enum.Enum]], ...] = (
        ("Jobs", JobState),
        ("Attempts", AttemptState),
        ("Fates", CardFate),
        ("Steps", StepKind),
        ("Printers", PrinterState),
    )
    for title, kind in told:
        said = sentences(kind)
        yield from (f"## {title}", "", f"{plain((inspect.getdoc(kind) or '').splitlines()[0])} `{kind.__name__}`.", "")
        yield from table(("value", "meaning"), ((f"`{member.value}`", said[member.name]) for member in kind))
    yield from ("## What leads from one state of a job to another", "", "What is not in the table is refused.", "")
    yield from table(
        ("from", "what happens", "to"),
        ((f"`{state.value}`", event.value, f"`{after.value}`") for (state, event), after in TRANSITIONS.items()),
    )


def reasons() -> Iterator[str]:
    """Tell of all reasons."""
    yield _REASONS
    told: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("What a driver reports", DEVICE_REASONS),
        ("What the station adds", STATION_REASONS),
        ("Why a run ended", RUN_REASONS),
        ("Why a job is as it is", JOB_REASONS),
        ("Who gets the next blank", DRAW_REASONS),
        ("Why a record was refused", RECORD_RULES),
        ("Why blanks moved", STOCK_REASONS),
    )
    for title, words in told:
        yield from (f"## {title}", "")
        yield from table(("keyword", "meaning"), ((f"`{word}`", said) for word, said in sorted(words.items())))


def faults() -> Iterator[str]:
    """Tell of the errors."""
    yield _ERRORS
    yield from table(
        ("error", "is a", "tells"),
        (
            (f"`{name}`", f"`{kind.__base__.__name__}`", said(kind))
            for name, kind in ((name, getattr(errors, name)) for name in errors.__all__)
        ),
    )
    yield from (
        "The command line ends with exit code 1 after an error, and prints its message and its cure. A driver's",
        "`DriverError` ends no command: the engine concludes from it what became of the card",
        "([The print act](../explanation/print-act.md)).",
    )


def said(kind: type) -> str:
    """Give all that a class's docstring says."""
    text = plain(inspect.getdoc(kind) or "").removeprefix("Tell that ").removeprefix("Tell of ").removeprefix("Be ")
    return text[:1].upper() + text[1:]


def conformance() -> Iterator[str]:
    """Tell of the suites and their rules."""
    yield _CONFORMANCE
    for title, suite, fixtures in (
        ("Printer drivers", DriverSuite, _DRIVERS),
        ("Data sources", DataSourceSuite, _SOURCES),
        ("Allocation policies", AllocationPolicySuite, _POLICIES),
        ("Chip encoders", EncoderSuite, _ENCODERS),
        ("Card renderers", CardRendererSuite, _RENDERERS),
    ):
        yield from (f"## {title}", "", fixtures, "")
        for rule in rules_of(suite):
            yield from _stated(rule)


def _stated(rule: Rule) -> Iterator[str]:
    needs = ", ".join(f"`{name}`" for name in rule.needs)
    yield from (
        f"### {rule.number}",
        "",
        f"**{rule.sentence}**",
        "",
        f"- Why: {rule.why}",
        f"- Example: {rule.example}",
    )
    yield from ([f"- Needs: {needs}."] if needs else [])
    yield from ([f"- Level: {rule.level}."] if rule.level > 1 else [])
    yield from (f"- Exceptions: {rule.exceptions}", "")


PAGES: Mapping[str, Callable[[], Iterator[str]]] = {
    "conformance.md": conformance,
    "errors.md": faults,
    "reasons.md": reasons,
    "states.md": states,
}
"""What makes each page."""


def page(name: str) -> str:
    """Give a page as it is to be."""
    return "\n".join(PAGES[name]()).rstrip("\n") + "\n"


if __name__ == "__main__":
    for each in PAGES:
        (FOLDER / each).write_text(page(each), encoding="utf-8")
