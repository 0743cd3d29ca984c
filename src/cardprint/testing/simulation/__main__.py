"""Run seeds, sweep crash points, plant bugs: ``python -m cardprint.testing.simulation --help``."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from itertools import chain

import click

from cardprint.testing.simulation import Plan, doubles, draw_far_plan, draw_lying_plan, draw_mixed_plan, singles
from cardprint.testing.simulation.batch import Result, reports
from cardprint.testing.simulation.mutants import MUTANTS

__all__ = ["main"]

_TELL = 10_000
_DRAWS = {"lying": draw_lying_plan, "far": draw_far_plan}


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=1000, show_default=True, help="Random runs.")
@click.option("--seed", type=int, default=0, show_default=True, help="The first run's seed; the next ones count up.")
@click.option(
    "--exhaustive",
    "kind",
    flag_value="exhaustive",
    help="Every crash point instead: single on two printers, double on one.",
)
@click.option("--lying", "kind", flag_value="lying", help="Disks that lie instead: what they forget must be noticed.")
@click.option("--far", "kind", flag_value="far", help="Offices far from their centre instead: late photos, nights.")
@click.option("--centre", default="", metavar="MODULE:CLASS", help="Another centre than the one in memory.")
@click.option("--mutant", type=click.Choice(sorted(MUTANTS)), help="Plant this bug and stop at the first violation.")
@click.option("--list-mutants", is_flag=True, help="Name the bugs that can be planted.")
@click.option("--processes", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Default: one a core.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")
def main(
    runs: int,
    seed: int,
    mutant: str | None,
    processes: int,
    centre: str,
    kind: str | None,
    *,
    list_mutants: bool,
    as_json: bool,
) -> None:
    """Let processes die at every call, disks forget, people err, and count what breaks a promise.

    A run is repeated exactly by ``--runs 1 --seed SEED``. Exit code 1 on a violation.
    """
    if list_mutants:
        for name, bug in sorted(MUTANTS.items()):
            click.echo(f"{name}: {bug.summary}")
        return
    draw = _DRAWS.get(kind or "") or (MUTANTS[mutant].draw if mutant else draw_mixed_plan)
    exhaustive = kind == "exhaustive"
    plans: Iterable[Plan] = chain(singles(), doubles()) if exhaustive else map(draw, range(seed, seed + runs))
    begun = time.monotonic()
    result = Result()
    for report, plan in reports(plans, mutant, processes, centre):
        result.add(report, plan)
        if result.runs % _TELL == 0:
            click.echo(f"{result.runs} runs, {result.crashes} crashes, {result.violations} violations", err=True)
        if mutant and result.violations:
            break
    value = result.value(time.monotonic() - begun, mutant, centre)
    if as_json:
        click.echo(json.dumps(value))
    else:
        for name, item in value.items():
            click.echo(f"{name}: {item}")
    sys.exit(1 if result.violations else 0)


if __name__ == "__main__":
    main()
