"""What runs out when."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, command
from cardprint.model.forecast import gains
from cardprint.station.told import of_forecast, plain

__all__ = ["forecast"]

_number = click.IntRange(min=0)


@click.command()
@click.option("--kind", default="standard", show_default=True, help="The kind of blank.")
@click.option("--arrivals", type=_number, help="Requests that come in on a day; else as measured.")
@click.option("--cards-per-day", type=_number, help="Of each printer with neither a limit nor days behind it.")
@click.option("--ribbon", type=_number, help="Cards for which there is ribbon; else as configured.")
@command
def forecast(shown: Shown, kind: str, arrivals: int | None, cards_per_day: int | None, ribbon: int | None) -> None:
    """Say what runs out when, in days of work: blanks, ribbon, or printers against who waits.

    Example: cardprint stock forecast --ribbon 1000
    """
    with shown.station() as station:
        seen = station.forecast(kind=kind, arrivals=arrivals, cards_per_day=cards_per_day, ribbon=ribbon)
    more = gains(seen.figures)
    shown.result({**plain(seen), "gains": more}, *of_forecast(seen, more))
