"""Trying it out: a small office on real files, a large one in virtual time."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, refusing
from cardprint.language import Sentence as _
from cardprint.station.told import of_outcome

__all__ = ["demo", "simulate"]


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default="cards", show_default=True, help="Where cards go.")
@click.option("--people", type=click.IntRange(min=3, max=500), default=24, show_default=True, help="Made-up people.")
@click.option("--seed", type=int, default=1, show_default=True, help="Other people for another seed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")
def demo(output: Path, people: int, seed: int, *, as_json: bool) -> None:
    """Work a small office's day: made-up people, too few blanks, one of three printers broken.

    The cards end as PNG and PDF in the output folder. Example: cardprint demo --output cards
    """
    from cardprint.station.demo import demo as work

    shown = Shown(output, as_json=as_json)
    with refusing(shown):
        outcome = work(output, people=people, seed=seed, progress=shown.progress)
    shown.result(outcome, *of_outcome(outcome), _("The cards: {output}", output=output))


@click.command()
@click.option("--scenario", default="office", show_default=True, metavar="NAME|FILE", help="office, small, or a TOML.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")
def simulate(scenario: str, *, as_json: bool) -> None:
    """Work a scenario off in virtual time, on the real engine and store.

    Faces are not rendered. Exit code 1 where book and world differ. Example: cardprint simulate --scenario office
    """
    from cardprint.station.simulate import simulate as work

    shown = Shown(Path(), as_json=as_json)
    with refusing(shown):
        outcome = work(scenario, progress=shown.progress)
    shown.result(outcome, *of_outcome(outcome))
    if outcome.discrepancies or outcome.doubled or outcome.lost:
        sys.exit(1)
