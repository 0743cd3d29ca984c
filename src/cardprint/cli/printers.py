"""Printers: look at them, pause them, give them another chance, see to them."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, by_option, command, together, witness_option
from cardprint.language import Sentence as _
from cardprint.station.told import of_difference, of_discovery, of_printers

__all__ = ["printers"]

_named = together(click.argument("name"), by_option, command)


@click.group()
def printers() -> None:
    """Find, list, pause, resume, release and test printers, and note what was done to them."""


@printers.command("list")
@command
def list_(shown: Shown) -> None:
    """Show every printer. Example: cardprint printers list."""
    with shown.station() as station:
        found = station.printers.list()
    shown.result(found, of_printers(found))


@printers.command()
@_named
def pause(shown: Shown, name: str, by: str) -> None:
    """Let a printer finish its card and take no other. Example: cardprint printers pause P1 --by Sari."""
    with shown.station() as station:
        station.printers.pause(name, by=by)
    shown.done({"printer": name, "paused": True}, "Paused. Go on: cardprint printers resume {printer} --by NAME")


@printers.command()
@_named
def resume(shown: Shown, name: str, by: str) -> None:
    """Let a paused printer go on. Example: cardprint printers resume P1 --by Sari."""
    with shown.station() as station:
        station.printers.resume(name, by=by)
    shown.done({"printer": name, "paused": False}, "{printer} may print again.")


@printers.command()
@_named
def release(shown: Shown, name: str, by: str) -> None:
    """Take a printer out of quarantine, once it was seen to. Example: cardprint printers release P1 --by Sari."""
    with shown.station() as station:
        station.printers.release(name, by=by)
    shown.done({"printer": name, "quarantined": False}, "{printer} may print again.")


@printers.command("test")
@_named
def test_(shown: Shown, name: str, by: str) -> None:
    """Print one test card with made-up data; its blank is booked as spoiled.

    Where the station is not running, this printer runs for this card alone.
    Example: cardprint printers test P1 --by Sari
    """
    with shown.station() as station:
        job, made = station.printers.test(name, by=by)
    line = _("The test card is made, and booked as spoiled: look at it, and put it to the spoiled cards.")
    if not made:
        line = _("The station makes the test card; see: cardprint jobs show {job}", job=job)
    shown.result({"printer": name, "job_id": job, "made": made}, line)


@printers.command()
@click.argument("name")
@click.option("--cards", type=click.IntRange(min=1), default=1, show_default=True, help="How many have passed.")
@by_option
@command
def clean(shown: Shown, name: str, cards: int, by: str) -> None:
    """Note that a cleaning card has passed the machine. Example: cardprint printers clean P1 --by Sari."""
    with shown.station() as station:
        station.printers.clean(name, cards=cards, by=by)
    shown.done({"printer": name, "cards": cards}, "{printer}: {cards} cleaning cards noted.")


@printers.command()
@click.argument("name")
@click.argument("count", type=click.IntRange(min=0))
@click.option("--reason", type=click.Choice(["serviced", "swapped"]), default="serviced", help="What was done.")
@by_option
@witness_option
@command
def service(shown: Shown, name: str, count: int, reason: str, by: str, witness: str) -> None:
    """Measure a serviced or swapped printer's counter anew, with COUNT blanks counted in its hopper.

    A difference needs a second person. Example: cardprint printers service P1 42 --by Sari --witness Budi
    """
    with shown.station() as station:
        difference = station.printers.service(name, count, swapped=reason == "swapped", by=by, witness=witness)
    shown.result({"printer": name, "count": count, "difference": difference}, of_difference(name, count, difference))


@printers.command()
@click.option("--driver", default="", metavar="NAME", help="Only this driver's devices.")
@command
def discover(shown: Shown, driver: str) -> None:
    """Find devices by every installed driver, each with the table to paste into station.toml.

    A driver that hangs or crashes is listed with its reason. Example: cardprint printers discover
    """
    with shown.station() as station:
        found = station.discover(driver=driver)
    shown.result(found, *of_discovery(found))
