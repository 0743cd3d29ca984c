"""The day's work: make a station, import, run, look, check."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command, refusing
from cardprint.errors import InputError
from cardprint.language import Sentence as _
from cardprint.model.syncing import IntakeReport
from cardprint.model.views import Change
from cardprint.station import Station
from cardprint.station.told import of_change, of_check, of_import, of_run, of_status

__all__ = ["check", "import_", "init", "run", "status", "stop"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--people", type=click.IntRange(min=1), prompt="How many people work here", help="1: no witness needed.")
@click.option("--name", default="", help="What the office calls its station; else the folder's name.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value for machines.")
def init(folder: Path, people: int, name: str, *, as_json: bool) -> None:
    """Write a commented station.toml into FOLDER, made if it is not there; nothing is overwritten.

    Example: cardprint init office --people 3
    """
    shown = Shown(folder, as_json=as_json)
    with refusing(shown):
        path = Station.initialize(folder, people=people, name=name or folder.resolve().name)
    here = "" if folder == Path() else f"cd {folder} && "
    told = _("Wrote {path}.", path=path), _("Next: {here}cardprint import FILE", here=here)
    shown.result({"configuration": path}, *told)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="import", show_default=True, help="Name under which its requests are known.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: encoding, columns.NAME, ...")
@command
def import_(shown: Shown, file: Path, source: str, settings: tuple[str, ...]) -> None:
    """Take in FILE: XLSX, CSV, JSON Lines, a ZIP of one of the last two with photos, or a source's bundle.

    Bad rows go to the rejects, good ones are in, and the exit code is then 1. The same file twice adds nothing; an
    import that was cut goes on where it stopped. Example: cardprint import people.zip
    """
    pairs = dict(setting.partition("=")[::2] for setting in settings)

    def tell(report: IntakeReport) -> None:
        if sys.stderr.isatty() and report.pages % 20 == 0:
            shown.progress(_("{seen.new} new, {seen.known} known, {seen.rejected} rejected so far", seen=report))

    with shown.station() as station:
        report = station.sources.import_file(file, source=source, settings=pairs, progress=tell)
    shown.result(report, *of_import(report, file))
    if not report.ok:
        sys.exit(1)


@click.command()
@click.option("--cards", type=click.IntRange(min=1), help="Stop after so many good cards.")
@click.option("--keep-running", is_flag=True, help="Wait for more work until stopped.")
@command
def run(shown: Shown, cards: int | None, *, keep_running: bool) -> None:
    """Print until nothing more can be done.

    Ctrl-C, SIGTERM and `cardprint stop` finish the cards in the machines and feed no more; a second one waits for no
    card, and the next run looks for what is left in a machine. Exit code 1 where a card is in doubt.
    Example: cardprint run --cards 50
    """
    asked = 0

    def stop_it(*_signal: object) -> None:
        nonlocal asked
        asked += 1
        station.stop(now=asked > 1)

    def tell(change: Change) -> None:
        for line in of_change(change):
            shown.progress(line)

    with shown.station() as station:
        station.subscribe(tell)
        signal.signal(signal.SIGINT, stop_it)
        signal.signal(signal.SIGTERM, stop_it)
        summary = station.run(until_idle=not keep_running, cards=cards)
        advice = station.status().advice
    shown.result(summary, *of_run(summary, advice))
    if summary.in_doubt:
        sys.exit(1)


@click.command()
@click.option("--now", is_flag=True, help="Wait for no card; the next run looks for what is left in a machine.")
@click.option("--drain", is_flag=True, help="Work off what waits, then stop.")
@command
def stop(shown: Shown, *, now: bool, drain: bool) -> None:
    """Ask the running station to stop; a card in a machine is finished first.

    Example: cardprint stop --drain
    """
    if now and drain:
        raise InputError(_("--now and --drain cannot be had together."), cure=_("Leave one of them out."))
    with shown.station() as station:
        station.stop(now=now, drain=drain)
    shown.result({"asked": True}, _("Asked it to stop. See when it has: cardprint status"))


@click.command()
@command
def status(shown: Shown) -> None:
    """Show jobs, blanks, printers, and the one next command worth typing.

    Example: cardprint status --json
    """
    with shown.station() as station:
        seen = station.status()
    shown.result(seen, *of_status(seen))


@click.command()
@click.option("--backup", type=click.Path(path_type=Path), metavar="FILE", help="Copy the store to FILE as well.")
@command
def check(shown: Shown, backup: Path | None) -> None:
    """Inspect the store: every invariant, the journal's chain, SQLite's own pages. Exit code 1 with problems.

    The journal's head, kept elsewhere, proves everything before it. Example: cardprint check --backup monday.db
    """
    with shown.station() as station:
        report = station.check()
        seq, digest = station.journal.head()
        if backup is not None:
            station.backup(backup)
    value = {"ok": report.ok, "problems": report.problems, "advice": report.advice, "invariants": report.invariants}
    shown.result({**value, "journal": {"lines": seq, "head": digest}}, *of_check(report, seq, digest))
    if not report.ok:
        sys.exit(1)
