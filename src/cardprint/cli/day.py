"""The day's work: make a station, import, run, look, check."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from cardprint.cli.shown import Shown, command, listing, refusing
from cardprint.errors import InputError
from cardprint.model.views import Change, IntakeReport
from cardprint.station import Station

__all__ = ["check", "import_", "init", "plugins", "run", "status", "stop"]


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
    with refusing(as_json=as_json):
        path = Station.initialize(folder, people=people, name=name or folder.resolve().name)
    here = "" if folder == Path() else f"cd {folder} && "
    shown.result({"configuration": path}, f"Wrote {path}.", f"Next: {here}cardprint import FILE")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", default="import", show_default=True, help="Name under which its requests are known.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting: delimiter, encoding, ...")
@command
def import_(shown: Shown, file: Path, source: str, settings: tuple[str, ...]) -> None:
    """Take in FILE: CSV, JSON Lines, or a ZIP of one of these with photos.

    Bad rows go to the rejects, good ones are in, and the exit code is then 1. The same file twice adds nothing; an
    import that was cut goes on where it stopped. Example: cardprint import people.zip
    """
    pairs = dict(setting.partition("=")[::2] for setting in settings)

    def tell(report: IntakeReport) -> None:
        if sys.stderr.isatty() and report.pages % 20 == 0:
            shown.progress(f"{report.new} new, {report.known} known, {report.rejected} rejected so far")

    with shown.station() as station:
        report = station.sources.import_file(file, source=source, settings=pairs, progress=tell)
    words = ("new", "known", "corrected", "held", "withdrawn", "refused", "rejected")
    counts = ", ".join(f"{getattr(report, word)} {word}" for word in words if getattr(report, word))
    lines = [f"{file}: {counts or 'nothing new'}."]
    if not report.ok:
        lines.append("See why: cardprint sources rejects --output rejects.csv")
    shown.result(report, *lines)
    if not report.ok:
        sys.exit(1)


@click.command()
@click.option("--cards", type=click.IntRange(min=1), help="Stop after so many good cards.")
@click.option("--keep-running", is_flag=True, help="Wait for more work until stopped.")
@command
def run(shown: Shown, cards: int | None, *, keep_running: bool) -> None:
    """Print until nothing more can be done; Ctrl-C finishes the cards in the machines first.

    Exit code 1 where a card is in doubt. Example: cardprint run --cards 50
    """

    def tell(change: Change) -> None:
        if change.event in {"card-printed", "card-spoiled", "card-not-fed", "attempt-in-doubt", "printer-quarantined"}:
            what = change.event.partition("-")[2].replace("-", " ")
            shown.progress(f"{change.printer}: job {change.job_id} {what}")

    with shown.station() as station:
        station.subscribe(tell)
        signal.signal(signal.SIGINT, lambda *_: station.stop())
        summary = station.run(until_idle=not keep_running, cards=cards)
        advice = station.status().advice
    shown.result(
        summary,
        f"{summary.printed} printed, {summary.spoiled} spoiled, {summary.not_fed} not fed, "
        f"{summary.in_doubt} in doubt, {summary.waiting} waiting ({summary.stopped_by}).",
        *([f"Next: {advice}"] if advice else []),
    )
    if summary.in_doubt:
        sys.exit(1)


@click.command()
@command
def stop(shown: Shown) -> None:
    """Ask the running station to stop; a card in a machine is finished first.

    Example: cardprint stop
    """
    with shown.station() as station:
        station.stop()
    shown.result({"asked": True}, "Asked it to stop. See when it has: cardprint status")


@click.command()
@command
def status(shown: Shown) -> None:
    """Show jobs, blanks, printers, and the one next command worth typing.

    Example: cardprint status --json
    """
    with shown.station() as station:
        seen = station.status()
    shown.result(
        seen,
        f"{seen.name}, {seen.business_date}, {'running' if seen.running else 'not running'}",
        "Jobs:    " + ", ".join(f"{count} {state}" for state, count in seen.jobs.items() if count),
        "Waiting: " + ", ".join(f"{count} {kind}" for kind, count in seen.waiting.items() if count),
        "Blanks:  " + ", ".join(f"{count} {account}" for account, count in seen.accounts.items()),
        "",
        *listing(
            [
                (view.name, view.state, " ".join(view.reasons), view.hopper, view.printed_today, view.printed)
                for view in seen.printers
            ],
            "printer",
            "state",
            "reasons",
            "hopper",
            "today",
            "printed",
        ),
        *(["", f"{seen.outbox} reports not yet delivered: cardprint sources deliver"] if seen.outbox else []),
        *(f"Difference: {sentence}" for sentence in seen.discrepancies),
        *(f"Low: {sentence}" for sentence in seen.warnings),
        *([f"Next: {seen.advice}"] if seen.advice else []),
    )


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
    shown.result(
        {**value, "journal": {"lines": seq, "head": digest}},
        *report.problems,
        *report.advice,
        f"Journal: {seq} lines, head {digest}",
        "All is well." if report.ok else "Print nothing more before somebody has looked at this.",
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
    if not found:
        raise InputError("no plugin was found.", cure="Install cardprint anew: pip install --force-reinstall cardprint")
    rows = [(view.name, view.version, view.state, " ".join(view.entries) or view.detail) for view in found]
    shown.result(found, *listing(rows, "plugin", "version", "state", "ships"))
