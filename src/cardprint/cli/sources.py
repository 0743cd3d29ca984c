"""Sources: pull, tell, and see what was refused."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click

from cardprint.cli.shown import Shown, by_option, command
from cardprint.errors import InputError
from cardprint.language import Sentence as _
from cardprint.station.told import Table, of_letters, of_sync

__all__ = ["sources", "sync"]


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
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@command
def bundle(shown: Shown, name: str, file: Path) -> None:
    """Write what a source is owed into FILE, to be carried to it; it stays owed until the source answers.

    Example: cardprint sources bundle centre /media/stick/outcomes.bundle
    """
    with shown.station() as station:
        count = station.sources.write_bundle(name, file)
    shown.done({"reports": count, "file": file}, "{reports} reports are in {file}, and stay owed until it is answered.")


@sources.command()
@click.option("--source", default="", help="Only of this source.")
@command
def refused(shown: Shown, source: str) -> None:
    """Show reports that a source has refused for good. Example: cardprint sources refused."""
    with shown.station() as station:
        letters = station.sources.refused(source)
    shown.result(letters, *of_letters(letters))


@sources.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "all_", is_flag=True, help="All that was refused, instead of some by key.")
@by_option
@command
def resend(shown: Shown, keys: tuple[str, ...], *, all_: bool, by: str) -> None:
    """Owe refused reports again, by the keys that `refused` shows.

    Example: cardprint sources resend --all --by Sari
    """
    if bool(keys) is all_:
        raise InputError(_("name the reports by their keys, or say --all."), cure=_("See: cardprint sources refused"))
    with shown.station() as station:
        count = station.sources.resend(*keys, by=by)
    shown.done({"resent": count}, "{resent} reports are owed again: cardprint sync")


@click.command()
@click.argument("name", default="")
@click.option("--once/--watch", default=True, help="One round (default), or again and again until stopped.")
@click.option("--every", type=click.FloatRange(min=1), default=60.0, show_default=True, help="Seconds between rounds.")
@command
def sync(shown: Shown, name: str, every: float, *, once: bool) -> None:
    """Tell every source what it is owed, and take in what it has; or one source, by name.

    With --watch a source that does not answer is tried at growing intervals; Ctrl-C and SIGTERM end it. Exit code 1
    where a source did not answer, is still owed a report, or refused one. Example: cardprint sync --watch
    """
    with shown.station() as station:
        if not once:
            ended = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: ended.set())
            station.sources.watch(
                name, every=every, ended=ended, heard=lambda heard: shown.result(heard, *of_sync(heard))
            )
            return
        reports = station.sources.sync(name)
    shown.result(reports, *(line for report in reports for line in of_sync(report)))
    if not all(report.ok for report in reports):
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
