"""Printers: look at them, pause them, settle what is in doubt."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, by_option, command, listing, witness_option
from cardprint.model import CardFate

__all__ = ["printers"]

_FATES = {
    "printed": CardFate.PRINTED,
    "spoiled": CardFate.SPOILED,
    "not-fed": CardFate.NOT_FED,
    "missing": CardFate.UNKNOWN,
}


@click.group()
def printers() -> None:
    """List, pause, resume, release and settle printers."""


@printers.command("list")
@command
def list_(shown: Shown) -> None:
    """Show every printer. Example: cardprint printers list."""
    with shown.station() as station:
        found = station.printers.list()
    rows = [
        (view.name, view.state, " ".join(view.reasons), view.driver, view.hopper, view.printed, view.spoiled)
        for view in found
    ]
    shown.result(found, *listing(rows, "printer", "state", "reasons", "driver", "hopper", "printed", "spoiled"))


@printers.command()
@click.argument("name")
@by_option
@command
def pause(shown: Shown, name: str, by: str) -> None:
    """Let a printer finish its card and take no other. Example: cardprint printers pause P1 --by Sari."""
    with shown.station() as station:
        station.printers.pause(name, by=by)
    shown.result({"printer": name, "paused": True}, f"Paused. Go on: cardprint printers resume {name} --by NAME")


@printers.command()
@click.argument("name")
@by_option
@command
def resume(shown: Shown, name: str, by: str) -> None:
    """Let a paused printer go on. Example: cardprint printers resume P1 --by Sari."""
    with shown.station() as station:
        station.printers.resume(name, by=by)
    shown.result({"printer": name, "paused": False}, f"{name} may print again.")


@printers.command()
@click.argument("name")
@by_option
@command
def release(shown: Shown, name: str, by: str) -> None:
    """Take a printer out of quarantine, once it was seen to. Example: cardprint printers release P1 --by Sari."""
    with shown.station() as station:
        station.printers.release(name, by=by)
    shown.result({"printer": name, "quarantined": False}, f"{name} may print again.")


@printers.command()
@click.argument("name")
@click.argument("fate", type=click.Choice(list(_FATES)))
@by_option
@witness_option
@click.option("--number", default="", help="The card's number, scanned.")
@command
def settle(shown: Shown, name: str, fate: str, by: str, witness: str, number: str) -> None:
    """Say what became of the card in doubt, after looking at tray, path, reject bin and hopper.

    "not-fed" without a number, and "missing", need a second person.
    Example: cardprint printers settle P1 printed --by Sari
    """
    with shown.station() as station:
        station.printers.settle(name, _FATES[fate], by=by, witness=witness, card_number=number)
    shown.result({"printer": name, "fate": fate}, f"Settled: {fate}. Go on: cardprint run")
