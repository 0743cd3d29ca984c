"""The office in which everything fails, with a centre that speaks the real protocol over a line that is cut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import attrs
import msgspec
import pytest

import cardprint_centre.records
import cardprint_osia.photos
import cardprint_osia.source
from cardprint.model import OutcomeReport
from cardprint.testing.simulation import Plan, draw_far_plan, draw_leased_plan, run
from cardprint.testing.simulation.mutants import planted
from cardprint.testing.simulation.planting import replaced
from support.served_centre import ServedCentre

SEEDS = int(os.environ.get("CARDPRINT_SEEDS", "3"))
"""Seeds of each of the parts, of which there are four, and of either kind of plan."""
ENOUGH = 300
"""Seeds within which every planted bug must show."""


def without_grant(reports: list[OutcomeReport]) -> bytes:
    return msgspec.json.encode({"reports": [{**attrs.asdict(report), "grant_id": ""} for report in reports]})


def last_page(pull: Callable[..., Iterator[object]]) -> Callable[..., Iterator[object]]:
    return lambda source, cursor: iter(list(pull(source, cursor))[-1:])


BUGS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "a record is leased that the office holds": lambda: replaced(
        cardprint_centre.records, "_FREE", "status = 'PENDING' AND verdict = 'print-ready'"
    ),
    "no lease is renewed": lambda: replaced(cardprint_centre.records, "_HELD", "1 = 0 AND station = ?"),
    "an outcome is told without its grant": lambda: replaced(cardprint_osia.source, "encode_reports", without_grant),
    "a page is passed over": lambda: replaced(
        cardprint_osia.source.OsiaSource, "pull", last_page(cardprint_osia.source.OsiaSource.pull)
    ),
    "half a photo counts as whole": lambda: replaced(cardprint_osia.photos, "_digest_of", lambda path: path.name),
    "a card is begun after its lease": lambda: planted("printed-after-the-lease"),
    "a card is begun without its photo": lambda: planted("begun-without-photo"),
}


@pytest.mark.parametrize("draw", [draw_leased_plan, draw_far_plan])
@pytest.mark.parametrize("part", range(4))
def test_no_promise_is_broken_over_the_real_protocol(part: int, draw: Callable[[int], Plan]) -> None:
    reports = [run(draw(seed), ServedCentre) for seed in range(part * SEEDS, (part + 1) * SEEDS)]
    assert [(report.seed, report.violations) for report in reports if report.violations] == []
    assert sum(report.crashes for report in reports) > SEEDS


def test_a_seed_replays_exactly_over_the_real_protocol() -> None:
    for seed in range(3):
        plan = draw_far_plan(seed)
        assert run(plan, ServedCentre) == run(plan, ServedCentre)


FIRST = {"no lease is renewed": 3, "a page is passed over": 3, "half a photo counts as whole": 6}
"""Seeds from which on a bug is looked for, so that it is found at once; else from 0."""


@pytest.mark.no_cover
@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_is_seen_over_the_real_protocol(name: str) -> None:
    with BUGS[name]():
        assert any(run(draw_far_plan(seed), ServedCentre).violations for seed in range(FIRST.get(name, 0), ENOUGH))


def test_the_command_takes_this_centre() -> None:
    command = [
        sys.executable,
        "-m",
        "cardprint.testing.simulation",
        "--json",
        "--processes",
        "1",
        "--runs",
        "3",
        "--far",
    ]
    given = [*command, "--centre", "support.served_centre:ServedCentre"]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "tests")}
    said = subprocess.run(given, capture_output=True, text=True, check=True, env=here)
    value = json.loads(said.stdout)
    assert (value["runs"], value["violations"]) == (3, 0)
