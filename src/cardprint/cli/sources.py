"""Where requests come from: take in a file, pull, tell, and see what was refused."""

from __future__ import annotations

import json
import shlex
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cardprint.cli.shown import Shown, command, counted, listing
from cardprint.model.views import IntakeReport
from cardprint.station import Station

__all__ = ["import_", "sources"]

_COUNTS = ("new", "known", "corrected", "held", "withdrawn", "refused", "rejected")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="import", show_default=True, help="Name under which its requests are known.")
@click.option("--rejects", type=click.Path(path_type=Path), metavar="FILE", help="Write refused records as CSV.")
@click.option("--delimiter", metavar="CHARACTER", help="What parts the fields of a CSV; else it is detected.")
@click.option("--encoding", metavar="NAME", help="The file's encoding; else it is detected.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of the file source.")
@command
def import_(
    shown: Shown,
    file: Path,
    source: str,
    rejects: Path | None,
    delimiter: str | None,
    encoding: str | None,
    settings: tuple[str, ...],
) -> None:
    """Take in FILE: CSV, JSON Lines, or a ZIP of one of these with photos.

    Bad rows go to the rejects, good ones are in, and the exit code is then 1. The same file twice adds nothing; an
    import that was cut goes on where it stopped. Example: cardprint import people.zip --rejects rejects.csv
    """
    given = {key: value for key, value in (("delimiter", delimiter), ("encoding", encoding)) if value is not None}
    _take_in(
        shown,
        source,
        rejects,
        lambda station, tell: station.sources.import_file(
            file, source=source, settings={**_settings(settings), **given}, progress=tell
        ),
        what=str(file),
    )


@click.group()
def sources() -> None:
    """List and pull sources, tell sources of outcomes, show refused records."""


@sources.command("list")
@command
def list_(shown: Shown) -> None:
    """List the configured sources. Example: cardprint sources list."""
    with shown.station() as station:
        found = [{"name": name, "plugin": use.plugin} for name, use in station.config.sources.items()]
    if not found:
        shown.result(found, "No source is configured. Take in a file: cardprint import FILE")
        return
    shown.result(found, listing("source, plugin", [(each["name"], each["plugin"]) for each in found]))


@sources.command()
@click.argument("name")
@click.option("--rejects", type=click.Path(path_type=Path), metavar="FILE", help="Write refused records as CSV.")
@command
def pull(shown: Shown, name: str, rejects: Path | None) -> None:
    """Take in all that a configured source has. Example: cardprint sources pull centre."""
    _take_in(shown, name, rejects, lambda station, tell: station.sources.pull(name, progress=tell), what=name)


@sources.command()
@command
def deliver(shown: Shown) -> None:
    """Tell every source of the outcomes it is owed. Example: cardprint sources deliver."""
    with shown.station() as station:
        accepted = station.sources.deliver()
        owed = station.status().outbox
    again = [] if not owed else ["Once the line is up: cardprint sources deliver"]
    shown.result({"accepted": accepted, "owed": owed}, f"{accepted} reports delivered, {owed} still owed.", *again)
    if owed:
        sys.exit(1)


@sources.command("rejects")
@click.option("--source", default="", help="Only of this source.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write them as CSV.")
@command
def rejects_(shown: Shown, source: str, output: Path | None) -> None:
    """Show refused records: line, column, rule, the value's shape. Example: cardprint sources rejects."""
    with shown.station() as station:
        if output is not None:
            count = station.sources.export_rejects(output, source)
            shown.result({"rejects": count, "file": output}, f"{count} rejects written to {output}.")
            return
        found = station.sources.rejects(source)
    rows = [(each.source, each.line, each.column, each.rule, each.shape) for each in found]
    shown.result(found, listing("source, line, column, rule, shape", rows))


def _take_in(
    shown: Shown,
    source: str,
    rejects: Path | None,
    take: Callable[[Station, Callable[[IntakeReport], None]], IntakeReport],
    *,
    what: str,
) -> None:
    with shown.station() as station:
        with shown.working(f"reading {what}") as tell:
            report = take(station, lambda seen: tell(f"{_said(seen)} so far"))
        written = None if rejects is None else station.sources.export_rejects(rejects, source)
        advice = station.status().advice
    lines = [f"{what}: {_said(report)}."]
    if written is not None:
        lines.append(f"{written} rejects of {source} written to {rejects}.")
    elif not report.ok:
        lines.append(f"See why: cardprint sources rejects --source {shlex.quote(source)} --output rejects.csv")
    elif advice:
        lines.append(f"Next: {advice}")
    shown.result(report, *lines)
    if not report.ok:
        sys.exit(1)


def _said(report: IntakeReport) -> str:
    said = counted([(word, getattr(report, word)) for word in _COUNTS])
    return "nothing new" if said == "none" else said


def _settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Read ``key=value`` as station.toml would: a number, a list, a dotted key; what is none of these is text."""
    lines = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter("a setting is KEY=VALUE", param_hint="--set")
        line = f"{key} = {value}"
        try:
            tomllib.loads(line)
        except tomllib.TOMLDecodeError:
            line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        lines.append(line)
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        raise click.BadParameter("a setting is KEY=VALUE, each key once", param_hint="--set") from None
