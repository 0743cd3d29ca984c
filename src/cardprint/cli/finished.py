"""Cards after the printer: scanned, handed over, found bad, issued again."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, by_option, command, together, witness_option

__all__ = ["hand_over", "reissue", "spoil", "verify"]

_reason = click.option("--reason", required=True, metavar="WORD", help="A keyword that is kept, for example misprint.")
_again = together(click.argument("job", metavar="ID"), _reason, by_option, witness_option, command)


@click.command()
@click.argument("job", metavar="[ID]", required=False)
@click.option("--scan", "scanned", required=True, metavar="CODE", help="The card's number, or the code on it.")
@by_option
@command
def verify(shown: Shown, job: str | None, scanned: str, by: str) -> None:
    """Compare a card in the hand with the book. Example: cardprint jobs verify --scan CP1:0A1B2C --by Sari."""
    with shown.station() as station:
        number = station.jobs.verify(scanned, by=by, job=None if job is None else station.jobs.find(job))
        request = station.jobs.show(number).job.request_id
    shown.done({"job_id": number, "request_id": request}, "It is the card of job {job_id}, request {request_id}.")


@click.command("hand-over")
@click.argument("job", metavar="ID")
@click.option("--scan", "scanned", default="", metavar="CODE", help="Verify it by its number or code first.")
@by_option
@command
def hand_over(shown: Shown, job: str, scanned: str, by: str) -> None:
    """Note that the person has the card. Example: cardprint jobs hand-over 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        if scanned:
            station.jobs.verify(scanned, by=by, job=number)
        station.jobs.hand_over(number, by=by)
    shown.done({"job_id": number, "handed_over": True}, "The card of job {job_id} is handed over.")


@click.command()
@click.option("--returned", is_flag=True, help="It was handed over, and is back in your hand.")
@_again
def spoil(shown: Shown, job: str, reason: str, by: str, witness: str, *, returned: bool) -> None:
    """Book a card as spoiled that was taken for a good one; another one is made.

    The blank goes from printed to spoiled with the reason and two names.
    Example: cardprint jobs spoil 17 --reason misprint --by Sari --witness Budi
    """
    with shown.station() as station:
        number = station.jobs.find(job)
        following = station.jobs.spoil(number, reason=reason, by=by, witness=witness, returned=returned)
    shown.done({"job_id": number, "following": following}, "Booked as spoiled. Job {following} makes another card.")


@click.command()
@_again
def reissue(shown: Shown, job: str, reason: str, by: str, witness: str) -> None:
    """Let another card be made for a request whose card exists or is missing; the centre is asked to revoke the first.

    Example: cardprint jobs reissue 17 --reason never-found --by Sari --witness Budi
    """
    with shown.station() as station:
        number = station.jobs.find(job)
        following = station.jobs.reissue(number, reason=reason, by=by, witness=witness)
    shown.done({"job_id": number, "following": following}, "Job {following} makes another card.")
