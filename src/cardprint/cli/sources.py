"""Sources: pull, tell, and see what was refused."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command
from cardprint.language import Sentence as _
from cardprint.station.told import Table

__all__ = ["sources"]


@click.group()
def sources() -> None:
    """Pull from configured sources, tell sources of outcomes, show refused records."""


@sources.command()
@click.argument("name")
@command
def pull(shown: Shown, name: str) -> None:
    """Take in all that a configured source has. Example: cardprint sources pull centre."""
    with shown.station() as station:
        report = station.sources.pull(name)
    told = _("{name}: {seen.new} new, {seen.known} known, {seen.rejected} rejected.", name=name, seen=report)
    shown.result(report, told)
    if not report.ok:
        sys.exit(1)


@sources.command()
@command
def deliver(shown: Shown) -> None:
    """Tell every source of the outcomes it is owed. Example: cardprint sources deliver."""
    with shown.station() as station:
        accepted = station.sources.deliver()
        owed = station.status().outbox
    shown.done({"accepted": accepted, "owed": owed}, "{accepted} reports delivered, {owed} still owed.")
    if owed:
        sys.exit(1)


@sources.command()
@click.option("--source", default="", help="Only of this source.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write them as CSV.")
@command
def rejects(shown: Shown, source: str, output: Path | None) -> None:
    """Show refused records: line, column, rule, the value's shape. Example: cardprint sources rejects."""
    with shown.station() as station:
        if output is not None:
            count = station.sources.export_rejects(output, source)
            shown.done({"rejects": count, "file": output}, "{rejects} rejects written to {file}.")
            return
        found = station.sources.rejects(source)
    rows = [(each.source, each.line, each.column, each.rule, each.shape) for each in found]
    shown.result(found, Table(rows, "source", "line", "column", "rule", "shape"))
