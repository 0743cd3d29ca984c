"""The day around the printing: make a station, look at it, check it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from cardprint.cli.refusal import refusing
from cardprint.cli.shown import Shown, command, counted, json_option, listing, plain
from cardprint.errors import InputError
from cardprint.station import Station

__all__ = ["check", "init", "plugins", "status"]

_PEOPLE = click.IntRange(min=1, max=100_000)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--people", type=_PEOPLE, help="How many people work here, else it asks; 1: no witness needed.")
@click.option("--name", default="", help="What the office calls its station; else the folder's name.")
@json_option
def init(folder: Path, people: int | None, name: str, *, as_json: bool) -> None:
    """Write a commented station.toml into FOLDER, made if it is not there; nothing is overwritten.

    Example: cardprint init office --people 3
    """
    place = shlex.quote(str(folder))
    with refusing(as_json=as_json):
        if people is None:
            try:
                people = int(click.prompt("How many people work here", type=_PEOPLE, err=True))
            except click.Abort:
                raise InputError(
                    "nobody said how many people work here; nothing was written.",
                    cure=f"Say it: cardprint init {place} --people NUMBER",
                ) from None
        path = Station.initialize(folder, people=people, name=name or folder.resolve().name or "station")
    open_to_others = os.name == "posix" and path.parent.stat().st_mode & 0o077
    here = "" if folder == Path() else f"cd {place} && "
    Shown(as_json=as_json).result(
        {"configuration": path},
        f"Wrote {path}.",
        *([f"Others can look into the folder. Close it: chmod 700 {place}"] if open_to_others else []),
        f"Next: {here}cardprint import FILE",
    )


@click.command()
@command
def status(shown: Shown) -> None:
    """Show jobs, blanks, printers, and the one next command worth typing.

    Example: cardprint status --json
    """
    with shown.station() as station:
        seen = station.status()
    rows = [
        (view.name, view.state, " ".join(view.reasons), view.hopper, view.printed_today, view.printed)
        for view in seen.printers
    ]
    shown.result(
        seen,
        f"{seen.name}, {seen.business_date}, {'running' if seen.running else 'not running'}",
        f"Jobs:    {counted(seen.jobs.items())}",
        f"Waiting: {counted(seen.waiting.items())}",
        f"Blanks:  {counted(seen.accounts.items())}",
        "",
        listing("printer, state, reasons, hopper, today, printed", rows),
        *(["", f"{seen.outbox} reports not yet delivered: cardprint sources deliver"] if seen.outbox else []),
        *([f"{seen.rejects} records were refused: cardprint sources rejects"] if seen.rejects else []),
        *(f"Difference: {sentence}" for sentence in seen.discrepancies),
        *(f"Low: {sentence}" for sentence in seen.warnings),
        *([f"Next: {seen.advice}"] if seen.advice else []),
    )


@click.command()
@click.option("--backup", type=click.Path(path_type=Path), metavar="FILE", help="Copy the store to FILE as well.")
@click.option("--head", is_flag=True, help="Show the journal's head alone, inspect nothing.")
@command
def check(shown: Shown, backup: Path | None, *, head: bool) -> None:
    """Inspect the store: every invariant, the journal's chain, SQLite's own pages. Exit code 1 with problems.

    The journal's head, kept elsewhere, proves everything before it. Example: cardprint check --backup monday.db
    """
    with shown.station() as station:
        if backup is not None:
            station.backup(backup)
        seq, digest = station.journal.head()
        journal = {"lines": seq, "head": digest}
        if head:
            shown.result({"journal": journal}, f"{seq} {digest}")
            return
        report = station.check()
    shown.result(
        {"ok": report.ok, **plain(report), "journal": journal},
        *report.problems,
        *report.advice,
        f"Journal: {seq} lines, head {digest}",
        *([f"Copied to {backup}."] if backup is not None else []),
        "All is well." if report.ok else "Print nothing more before somebody has looked at this: cardprint stop",
    )
    if not report.ok:
        sys.exit(1)


@click.command()
@command
def plugins(shown: Shown) -> None:
    """List plugins, what they ship, and why one is not loaded.

    Example: cardprint plugins
    """
    with shown.station() as station:
        found = station.plugins()
    rows = [(view.name, view.version, view.state, view.detail or " ".join(view.entries)) for view in found]
    shown.result(found, listing("plugin, version, state, ships (or why not)", rows))
