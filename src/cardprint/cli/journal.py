"""The journal: look at it, keep its head elsewhere, and prove it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command
from cardprint.errors import InputError
from cardprint.language import Sentence as _
from cardprint.station.told import of_lines, of_proof

__all__ = ["journal"]


@click.group()
def journal() -> None:
    """Show, export and prove the journal: one line for every change, each bound to the one before by its hash."""


@journal.command()
@click.option("--after", type=click.IntRange(min=0), default=0, help="From behind this line.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many lines.")
@command
def show(shown: Shown, after: int, limit: int) -> None:
    """Show lines in order. Example: cardprint journal show --after 100."""
    with shown.station() as station:
        lines = station.journal.lines(after=after, limit=limit)
    shown.result(lines, of_lines(lines))


@journal.command()
@command
def head(shown: Shown) -> None:
    """Print the head for safekeeping elsewhere: it proves every line up to it. Example: cardprint journal head."""
    with shown.station() as station:
        seq, digest = station.journal.head()
    shown.done({"line": seq, "hash": digest, "head": f"{seq}:{digest}"}, "{head}")


@journal.command()
@click.argument("file", type=click.Path(path_type=Path))
@command
def export(shown: Shown, file: Path) -> None:
    """Write every line with its hash as JSON Lines. Example: cardprint journal export monday.jsonl."""
    with shown.station() as station:
        seq, digest = station.journal.export(file)
    value = {"lines": seq, "head": f"{seq}:{digest}", "file": file}
    shown.done(value, "Wrote {lines} lines to {file}.", "Head: {head}")


@journal.command()
@click.option("--head", "kept", default="", metavar="LINE:HASH", help="A head that was kept elsewhere.")
@command
def verify(shown: Shown, kept: str) -> None:
    """Find lines that were altered, removed or reordered; exit code 1 where there are any.

    Against a head kept elsewhere an end that was cut off or rewritten shows as well.
    Example: cardprint journal verify --head 812:3f0c...
    """
    number, digest = kept.partition(":")[::2]
    if kept and not (number.isdigit() and digest):
        cure = _("Give LINE:HASH as printed by: cardprint journal head")
        raise InputError(_("{kept!r} is no head.", kept=kept), cure=cure)
    with shown.station() as station:
        problems = station.journal.verify((int(number), digest) if kept else None)
        seq = station.journal.head()[0]
    value = {"ok": not problems, "lines": seq, "problems": problems}
    shown.result(value, *of_proof(problems, seq, against=bool(kept)))
    if problems:
        sys.exit(1)
