"""Trying it out: a small office on real files, a large one in virtual time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardprint.cli.refusal import refusing
from cardprint.cli.shown import Shown, counted, json_option

if TYPE_CHECKING:
    from cardprint.station.outcome import Outcome

__all__ = ["demo", "simulate"]


@click.command()
@click.option("--output", type=click.Path(path_type=Path), default="cards", show_default=True, help="Where cards go.")
@click.option("--people", type=click.IntRange(min=3, max=500), default=24, show_default=True, help="Made-up people.")
@click.option("--seed", type=int, default=1, show_default=True, help="Other people for another seed.")
@json_option
def demo(output: Path, people: int, seed: int, *, as_json: bool) -> None:
    """Work a small office's day: made-up people, too few blanks, one of three printers broken.

    The cards end as PNG and PDF in the output folder. Example: cardprint demo --output cards
    """
    from cardprint.station.demo import demo as work

    shown = Shown(as_json=as_json)
    with refusing(as_json=as_json):
        outcome = work(output, people=people, seed=seed, progress=shown.progress)
    shown.result(outcome, *_summary(outcome), f"The cards: {output}")


@click.command()
@click.option("--scenario", default="office", show_default=True, metavar="NAME|FILE", help="office, small, or a TOML.")
@click.option("--seed", type=int, help="Other chances for another seed; else the scenario's own.")
@json_option
def simulate(scenario: str, seed: int | None, *, as_json: bool) -> None:
    """Work a scenario off in virtual time, on the real engine and store.

    Faces are not rendered. Exit code 1 where book and world differ. Example: cardprint simulate --scenario office
    """
    from cardprint.station.simulate import simulate as work

    shown = Shown(as_json=as_json)
    with refusing(as_json=as_json):
        outcome = work(scenario, seed=seed, progress=shown.progress)
    shown.result(outcome, *_summary(outcome))
    if outcome.discrepancies or outcome.doubled or outcome.lost:
        sys.exit(1)


def _summary(outcome: Outcome) -> list[str]:
    days = f"{outcome.working_days} working day{'' if outcome.working_days == 1 else 's'}"
    return [
        "",
        f"Printed:  {outcome.printed} cards in {days}; {outcome.doubled} doubled, {outcome.lost} lost",
        f"Waiting:  {counted(outcome.waiting.items())}",
        f"Blanks:   {counted(outcome.blanks.items())}",
        *(f"Why:      {name}: {sentence}" for name, sentence in outcome.why.items()),
        *(f"Differs:  {sentence}" for sentence in outcome.discrepancies),
        "The books close." if not outcome.discrepancies else "THE BOOKS DO NOT CLOSE.",
    ]
