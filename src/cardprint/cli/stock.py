"""Blanks: every movement by hand, and the report."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, by_option, command, listing, witness_option

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
    first, _, last = serials.partition("..")
    with shown.station() as station:
        batch = station.stock.receive(count, name=name, kind=kind, serial_first=first, serial_last=last, by=by)
    shown.result(batch, f"{count} blanks received as {batch.name}.", "Next: cardprint stock load PRINTER COUNT")


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
@click.option("--back", is_flag=True, help="They come back.")
@by_option
@command
def lend(shown: Shown, count: int, office: str, kind: str, by: str, *, back: bool) -> None:
    """Lend blanks to another office, or take them back. Example: cardprint stock lend 50 north --by Sari."""
    with shown.station() as station:
        (station.stock.take_back if back else station.stock.lend)(count, office, kind=kind, by=by)
    shown.result({"lent": -count if back else count, "office": office}, f"{count} blanks {'back' if back else 'lent'}.")


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
    accounts = [*books.accounts.items()]
    shown.result(
        books,
        f"Received {books.received}, found {books.found}: {'the books close' if books.closes else 'DO NOT CLOSE'}.",
        *(["One person works here: no witness is asked for."] if books.one_person else []),
        "",
        *listing(accounts, "account", "blanks"),
        "",
        *listing(
            [
                (batch.name, batch.kind, batch.count, ", ".join(f"{n} {name}" for name, n in batch.accounts.items()))
                for batch in books.batches
            ],
            "batch",
            "kind",
            "received",
            "where",
        ),
        *(f"Difference: {sentence}" for sentence in books.discrepancies),
        *(f"Low: {sentence}" for sentence in books.warnings),
    )
