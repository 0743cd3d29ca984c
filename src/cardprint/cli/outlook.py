"""Who would get the next blanks, under the station's policy and under another."""

from __future__ import annotations

from pathlib import Path

import click

from cardprint.cli.shown import Shown, command
from cardprint.errors import InputError
from cardprint.language import Sentence as _
from cardprint.station.told import of_comparison, of_outlook

__all__ = ["next_"]


@click.command("next")
@click.option("--count", type=click.IntRange(1, 10_000), default=10, show_default=True, help="How many cards.")
@click.option("--what-if", type=click.Path(path_type=Path), metavar="FILE", help="Compare with [policy] of this file.")
@click.option("--policy", metavar="NAME", help="Compare with the policy of this name, as it is without settings.")
@click.option("--kind", default="standard", show_default=True, help="The kind of blank.")
@click.option("--blanks", type=click.IntRange(min=0), help="Count on so many blanks; else on those of the station.")
@command
def next_(shown: Shown, count: int, what_if: Path | None, policy: str | None, kind: str, blanks: int | None) -> None:
    """Show who would get the next blanks, and under another policy; nothing is changed.

    Example: cardprint jobs next --count 100 --what-if circular.toml
    """
    other = what_if if what_if is not None else policy
    if what_if is not None and policy is not None:
        raise InputError(_("--what-if and --policy cannot be had together."), cure=_("Leave one of them out."))
    with shown.station() as station:
        if other is None:
            outlook = station.jobs.next(count, kind=kind, blanks=blanks)
            shown.result(outlook, *of_outlook(outlook))
        else:
            compared = station.jobs.what_if(other, count, kind=kind, blanks=blanks)
            shown.result(compared, *of_comparison(compared))
