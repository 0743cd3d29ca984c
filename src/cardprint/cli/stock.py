"""Blanks: every movement by hand, and the report."""

from __future__ import annotations

import shlex

import click

from cardprint.cli.shown import Shown, by_option, command, counted, listing, witness_option

__all__ = ["stock"]

_count = click.argument("count", type=click.IntRange(min=0))
_kind = click.option("--kind", default="standard", show_default=True, help="The kind of blank.")


@click.group()
def stock() -> None:
    """Receive, issue, load, unload, count, return, lend, destroy and report blanks.

    Blanks go: supplier -> vault -> working -> hopper:P -> in-machine:P -> printed or spoiled:BOX. A difference is
    booked by counting, never edited away.
    """


@stock.command()
@_count
@click.option("--name", default="", help="The batch's name; else batch-N.")
@_kind
@click.option("--serials", default="", metavar="FIRST..LAST", help="The range of numbers, where the blanks have some.")
@by_option
@command
def receive(shown: Shown, count: int, name: str, kind: str, serials: str, by: str) -> None:
    """Book a delivery into the vault. Example: cardprint stock receive 500 --serials A001..A500 --by Sari."""
    first, dots, last = serials.partition("..")
    if serials and not (first and dots and last):
        raise click.BadParameter("a range is FIRST..LAST, for example A001..A500", param_hint="--serials")
    with shown.station() as station:
        batch = station.stock.receive(count, name=name, kind=kind, serial_first=first, serial_last=last, by=by)
        printer = next((each.name for each in station.config.printers if each.enabled and each.kind == kind), "PRINTER")
        witness = " --witness NAME" if station.config.people > 1 else ""
    shown.result(
        batch,
        f"{count} blanks received as {batch.name}.",
        f"Next: cardprint stock load {printer} {count} --by {shlex.quote(by)}{witness}",
    )


@stock.command()
@_count
@_kind
@by_option
@command
def issue(shown: Shown, count: int, kind: str, by: str) -> None:
    """Take blanks out of the vault. Example: cardprint stock issue 100 --by Sari."""
    with shown.station() as station:
        station.stock.issue(count, kind=kind, by=by)
    shown.result({"issued": count}, f"{count} blanks issued.")


@stock.command()
@click.argument("printer")
@_count
@by_option
@witness_option
@command
def load(shown: Shown, printer: str, count: int, by: str, witness: str) -> None:
    """Fill a hopper from the working stock, else the vault. Example: cardprint stock load P1 100 --by A --witness B."""
    with shown.station() as station:
        station.stock.load(printer, count, by=by, witness=witness)
    shown.result({"loaded": count, "printer": printer}, f"{count} blanks loaded into {printer}.", "Next: cardprint run")


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
    shown.result({"unloaded": taken, "printer": printer}, f"{taken} blanks taken out of {printer}.")


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
    said = "as the book says" if not difference else f"{difference:+d} against the book"
    shown.result({"account": account, "count": count, "difference": difference}, f"{account}: {count}, {said}.")


@stock.command("return")
@_count
@_kind
@by_option
@command
def return_(shown: Shown, count: int, kind: str, by: str) -> None:
    """Send blanks of the vault back. Example: cardprint stock return 20 --by Sari."""
    with shown.station() as station:
        station.stock.return_(count, kind=kind, by=by)
    shown.result({"returned": count}, f"{count} blanks returned.")


@stock.command()
@_count
@click.argument("office")
@_kind
@by_option
@command
def lend(shown: Shown, count: int, office: str, kind: str, by: str) -> None:
    """Lend blanks of the vault to another office. Example: cardprint stock lend 50 north --by Sari."""
    with shown.station() as station:
        station.stock.lend(count, office, kind=kind, by=by)
    back = f"When they come back: cardprint stock take-back COUNT {shlex.quote(office)} --by NAME"
    shown.result({"lent": count, "office": office}, f"{count} blanks lent to {office}.", back)


@stock.command("take-back")
@_count
@click.argument("office")
@_kind
@by_option
@command
def take_back(shown: Shown, count: int, office: str, kind: str, by: str) -> None:
    """Take lent blanks back into the vault. Example: cardprint stock take-back 50 north --by Sari."""
    with shown.station() as station:
        station.stock.take_back(count, office, kind=kind, by=by)
    shown.result({"taken_back": count, "office": office}, f"{count} blanks of {office} are back in the vault.")


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
    shown.result({"destroyed": count, "box": box}, f"{count} spoiled cards of box {box} destroyed.")


@stock.command()
@command
def report(shown: Shown) -> None:
    """Show all blanks, per account and batch; received + found equals all the others.

    Example: cardprint stock report
    """
    with shown.station() as station:
        books = station.stock.report()
    batches = [(batch.name, batch.kind, batch.count, counted(batch.accounts.items())) for batch in books.batches]
    shown.result(
        books,
        f"Received {books.received}, found {books.found}: {'the books close' if books.closes else 'DO NOT CLOSE'}.",
        *(["One person works here: no witness is asked for."] if books.one_person else []),
        "",
        listing("account, blanks", books.accounts.items()),
        "",
        listing("batch, kind, received, where", batches),
        *(f"Difference: {sentence}" for sentence in books.discrepancies),
        *(f"Low: {sentence}" for sentence in books.warnings),
    )
