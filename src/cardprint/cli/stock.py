"""Blanks: every movement by hand, and the report."""

from __future__ import annotations

import click

from cardprint.cli.forecast import forecast
from cardprint.cli.shown import Shown, by_option, command, together, witness_option
from cardprint.language import Sentence as _
from cardprint.station.told import of_difference, of_stock

__all__ = ["stock"]

_count = click.argument("count", type=click.IntRange(min=0))
_kind = click.option("--kind", default="standard", show_default=True, help="The kind of blank.")
_counted = together(_count, _kind, by_option, command)


@click.group()
def stock() -> None:
    """Receive, issue, load, unload, count, return, lend, destroy, report and foresee blanks.

    Blanks go: supplier -> vault -> working -> hopper:P -> in-machine:P -> printed or spoiled:BOX. A difference is
    booked by counting, never edited away.
    """


stock.add_command(forecast)


@stock.command()
@_count
@click.option("--name", default="", help="The batch's name; else batch-N.")
@_kind
@click.option("--serials", default="", metavar="FIRST..LAST", help="The range of numbers, where the blanks have some.")
@by_option
@command
def receive(shown: Shown, count: int, name: str, kind: str, serials: str, by: str) -> None:
    """Book a delivery into the vault. Example: cardprint stock receive 500 --serials A001..A500 --by Sari."""
    first, last = serials.partition("..")[::2]
    with shown.station() as station:
        batch = station.stock.receive(count, name=name, kind=kind, serial_first=first, serial_last=last, by=by)
    shown.done(batch, "{seen.count} blanks received as {seen.name}.", "Next: cardprint stock load PRINTER COUNT")


@stock.command()
@_counted
def issue(shown: Shown, count: int, kind: str, by: str) -> None:
    """Take blanks out of the vault. Example: cardprint stock issue 100 --by Sari."""
    with shown.station() as station:
        station.stock.issue(count, kind=kind, by=by)
    shown.done({"issued": count}, "{issued} blanks issued.")


@stock.command()
@click.argument("hoppers", nargs=-1, required=True, metavar="PRINTER COUNT [PRINTER COUNT]...")
@by_option
@witness_option
@command
def load(shown: Shown, hoppers: tuple[str, ...], by: str, witness: str) -> None:
    """Fill hoppers from the working stock, else the vault: all that are named, or none.

    Example: cardprint stock load P1 100 P2 80 --by A --witness B
    """
    counts = hoppers[1::2]
    if len(hoppers) % 2 or not all(count.isascii() and count.isdigit() for count in counts):
        raise click.UsageError("Every PRINTER needs its COUNT, as in: P1 100 P2 80")
    loads = list(zip(hoppers[::2], map(int, counts), strict=True))
    with shown.station() as station:
        station.stock.load_all(loads, by=by, witness=witness)
    value = {"loaded": sum(count for _, count in loads), "printers": [printer for printer, _ in loads]}
    lines = [_("{count} blanks loaded into {printer}.", count=count, printer=printer) for printer, count in loads]
    shown.result(value, *lines, _("Next: cardprint run"))


@stock.command()
@click.argument("printer")
@click.argument("count", type=click.IntRange(min=0), required=False)
@by_option
@witness_option
@command
def unload(shown: Shown, printer: str, count: int | None, by: str, witness: str) -> None:
    """Take blanks, or all of them, out of a hopper. Example: cardprint stock unload P1 --by A --witness B."""
    with shown.station() as station:
        taken = station.stock.unload(printer, count, by=by, witness=witness)
    shown.done({"unloaded": taken, "printer": printer}, "{unloaded} blanks taken out of {printer}.")


@stock.command()
@click.argument("account")
@_count
@_kind
@by_option
@witness_option
@command
def recount(shown: Shown, account: str, count: int, kind: str, by: str, witness: str) -> None:
    """Book what was counted in vault, working, hopper:P or spoiled:BOX.

    Example: cardprint stock recount hopper:P1 42 --by A --witness B
    """
    with shown.station() as station:
        difference = station.stock.recount(account, count, by=by, witness=witness, kind=kind)
    value = {"account": account, "count": count, "difference": difference}
    shown.result(value, of_difference(account, count, difference))


@stock.command()
@by_option
@witness_option
@command
def day(shown: Shown, by: str, witness: str) -> None:
    """Let a business date that ran ahead go back to the clock's day.

    Example: cardprint stock day --by A --witness B
    """
    with shown.station() as station:
        shown.done({"date": station.stock.put_day_right(by=by, witness=witness)}, "The business date is {date}.")


@stock.command("return")
@_counted
def return_(shown: Shown, count: int, kind: str, by: str) -> None:
    """Send blanks of the vault back. Example: cardprint stock return 20 --by Sari."""
    with shown.station() as station:
        station.stock.return_(count, kind=kind, by=by)
    shown.done({"returned": count}, "{returned} blanks returned.")


@stock.command()
@_count
@click.argument("office")
@_kind
@click.option("--back", is_flag=True, help="They come back.")
@by_option
@command
def lend(shown: Shown, count: int, office: str, kind: str, by: str, *, back: bool) -> None:
    """Lend blanks to another office, or take them back. Example: cardprint stock lend 50 north --by Sari."""
    with shown.station() as station:
        (station.stock.take_back if back else station.stock.lend)(count, office, kind=kind, by=by)
    said = _("{count} blanks back.", count=count) if back else _("{count} blanks lent.", count=count)
    shown.result({"lent": -count if back else count, "office": office}, said)


@stock.command()
@_count
@click.option("--box", default="1", show_default=True, help="The box of spoiled cards.")
@_kind
@by_option
@witness_option
@command
def destroy(shown: Shown, count: int, box: str, kind: str, by: str, witness: str) -> None:
    """Destroy spoiled cards before two people. Example: cardprint stock destroy 3 --by A --witness B."""
    with shown.station() as station:
        station.stock.destroy(count, box=box, kind=kind, by=by, witness=witness)
    shown.done({"destroyed": count, "box": box}, "{destroyed} spoiled cards of box {box} destroyed.")


@stock.command()
@command
def report(shown: Shown) -> None:
    """Show all blanks, per account and batch; received + found equals all the others.

    Example: cardprint stock report
    """
    with shown.station() as station:
        books = station.stock.report()
    shown.result(books, *of_stock(books))
