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
@click.argument("design", metavar="[DESIGN]", default="")
@click.option("--sheet", type=click.Path(path_type=Path), metavar="FILE", help="A picture of its worst cases, .png.")
@command
def check(shown: Shown, design: str, sheet: Path | None) -> None:
    """Say what is wrong with the station's design, or with a folder or a design by its name, by file and line.

    The sheet shows longest texts, missing fields and each script. Example: cardprint designs check our-card
    """
    from cardprint.station.designs import checked

    if design:
        problems, sheet = checked(shown.configuration(), design, sheet)
    else:
        with shown.station() as station:
            problems, sheet = station.designs.checked(sheet)
    shown.result({"ok": not problems, "problems": problems, "sheet": sheet}, *of_design(problems, sheet, design))
    if problems:
        sys.exit(1)


@designs.command()
@click.argument("design", metavar="[DESIGN]", default="")
@click.option("--job", "--request", metavar="ID", help="Whose card: a job, request or person.")
@click.option("--sample", is_flag=True, help="The design's made-up person: so it is without --job.")
@click.option("--dpi", type=click.IntRange(75, 1200), default=300, show_default=True, help="Pixels an inch.")
@click.option("--sides", type=click.IntRange(1, 2), default=2, show_default=True, help="1: the front alone.")
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, metavar="FILE", help=".png or .pdf.")
@command
def preview(shown: Shown, design: str, job: str | None, dpi: int, sides: int, output: Path, *, sample: bool) -> None:
    """Draw a card as it would be printed now, or in another design, into a picture or a document.

    Example: cardprint designs preview --job 17 -o card.png
    """
    from cardprint.station.designs import drawn, looked_at

    whose = "" if sample or not job else job
    if design and not whose:
        faces = looked_at(shown.configuration(), design).preview(dpi=dpi, sides=sides)
    else:
        with shown.station() as station:
            looked = station.designs.of(design) if design else station.designs
            faces = looked.preview(station.jobs.find(whose) if whose else None, dpi=dpi, sides=sides)
    drawn(faces, output)
    value = {"output": output, "sides": len(faces.sides), "warnings": faces.warnings, "code": faces.code}
    shown.result(value, *of_preview(output, faces.warnings))


@designs.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--like", default="id-card", show_default=True, metavar="DESIGN", help="Which one to begin with.")
@command
def new(shown: Shown, folder: Path, like: str) -> None:
    """Make a folder with a copy of a design that comes with a renderer. Example: cardprint designs new our-card."""
    from cardprint.station.drafts import copied

    value = {"folder": copied(shown.configuration(), like, folder)}
    shown.done(value, "Made {folder}.", "Next: cardprint designs check {folder} --sheet sheet.png")
