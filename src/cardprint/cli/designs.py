"""Looking at cards before one is made."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command
from cardprint.station.told import of_design, of_preview

__all__ = ["designs"]


@click.group()
def designs() -> None:
    """Look at how cards look; nothing is printed."""


@designs.command()
@command
def check(shown: Shown) -> None:
    """Say what is wrong with the station's design, with its sample drawn. Example: cardprint designs check."""
    with shown.station() as station:
        problems = station.designs.check()
    shown.result({"ok": not problems, "problems": problems}, *of_design(problems))
    if problems:
        sys.exit(1)


@designs.command()
@click.option("--job", metavar="ID", help="Whose card: a job, request or person; else the design's made-up one.")
@click.option("--dpi", type=click.IntRange(75, 1200), default=300, show_default=True, help="Pixels an inch.")
@click.option("--sides", type=click.IntRange(1, 2), default=2, show_default=True, help="1: the front alone.")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, metavar="FILE", help=".png or .pdf.")
@command
def preview(shown: Shown, job: str | None, dpi: int, sides: int, output: Path) -> None:
    """Draw a card as it would be printed now, into a picture or a document.

    Example: cardprint designs preview --job 17 -o card.png
    """
    from cardprint.station.designs import drawn

    with shown.station() as station:
        faces = station.designs.preview(None if job is None else station.jobs.find(job), dpi=dpi, sides=sides)
    drawn(faces, output)
    value = {"output": output, "sides": len(faces.sides), "warnings": faces.warnings, "code": faces.code}
    shown.result(value, *of_preview(output, faces.warnings))
