"""Cards in doubt: what a person saw of them."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, command
from cardprint.errors import CardprintError, InputError
from cardprint.language import Sentence as _
from cardprint.model import CardFate
from cardprint.model.views import DoubtView
from cardprint.station import Station
from cardprint.station.told import of_doubt

__all__ = ["resolve"]

_FATES: dict[str, CardFate] = {
    _("printed"): CardFate.PRINTED,
    _("spoiled"): CardFate.SPOILED,
    _("not-fed"): CardFate.NOT_FED,
    _("missing"): CardFate.UNKNOWN,
}
_SKIP = _("skip")


@click.command()
@click.argument("job", metavar="[ID]", required=False)
@click.option("--printed", "fate", flag_value="printed", help="A good card of this request is there.")
@click.option("--spoiled", "fate", flag_value="spoiled", help="Its card is bad or half.")
@click.option("--not-fed", "fate", flag_value="not-fed", help="Its blank is still in the hopper.")
@click.option("--missing", "fate", flag_value="missing", help="Its card is found nowhere.")
@click.option("--card", "number", default="", metavar="NUMBER", help="Number or code scanned from card or blank.")
@click.option("--by", default="", metavar="NAME", help="Who looked.")
@click.option("--witness", default="", metavar="NAME", help="The second person.")
@command
def resolve(shown: Shown, job: str | None, fate: str | None, number: str, by: str, witness: str) -> None:
    """Say what became of a card in doubt, after looking at tray, path, reject bin and hopper.

    Without ID, all of them are gone through one by one; with --json they are listed. "--not-fed" and "--printed"
    without the scan of a number that is known, and "--missing", need a second person.
    Example: cardprint jobs resolve 17 --printed --by Sari
    """
    with shown.station() as station:
        if job is None:
            if fate is not None:
                cure = _("Name it: ID or request id.")
                raise InputError(_("an answer is of one card; nothing was changed."), cure=cure)
            _go_through(shown, station)
            return
        if fate is None:
            raise InputError(
                _("it must be said what became of the card; nothing was changed."),
                cure=_("Add one of --printed, --spoiled, --not-fed, --missing."),
            )
        found = station.jobs.find(job)
        done = station.jobs.resolve(found, _FATES[fate], by=by, witness=witness, card_number=number)
    resolved = _("Resolved: {fate}.", fate=_(fate))
    later = _("The station will take the answer; see: cardprint jobs show {job}", job=job)
    shown.result({"job_id": found, "fate": _FATES[fate], "taken": done}, resolved if done else later)


def _go_through(shown: Shown, station: Station) -> None:
    doubts = station.jobs.doubts()
    if shown.as_json:
        shown.result(doubts)
        return
    if not doubts:
        shown.result(doubts, _("No card is in doubt."))
    for number, doubt in enumerate(doubts, start=1):
        place = _("{number} of {count}", number=number, count=len(doubts))
        for line in of_doubt(doubt, place):
            click.echo(shown.text(line))
        while not _answered(shown, station, doubt):
            pass


def _answered(shown: Shown, station: Station, doubt: DoubtView) -> bool:
    """Ask once; nothing is chosen beforehand. False: ask again."""
    fates = {shown.text(word): word for word in (*_FATES, _SKIP)}
    fate = fates[click.prompt(shown.text(_("What became of it")), type=click.Choice(list(fates)))]
    if fate == _SKIP:
        return True
    number = click.prompt(shown.text(_("Number scanned (empty: none)")), default="", show_default=False)
    by = click.prompt(shown.text(_("Who looked")))
    second = shown.text(_("The second person (empty: none)"))
    witness = click.prompt(second, default="", show_default=False) if station.config.people > 1 else ""
    try:
        done = station.jobs.resolve(doubt.job_id, _FATES[fate], by=by, witness=witness, card_number=number)
    except CardprintError as error:
        click.echo(f"{shown.text(error.message)} {shown.text(error.cure)}".rstrip())
        return False
    resolved, later = _("Resolved: {fate}.", fate=_(fate)), _("The station will take the answer.")
    click.echo(shown.text(resolved if done else later))
    return True
