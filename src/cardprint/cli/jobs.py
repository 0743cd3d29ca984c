"""Jobs: look at them and decide about them."""

from __future__ import annotations

import click

from cardprint.cli.finished import hand_over, reissue, spoil, verify
from cardprint.cli.outlook import next_
from cardprint.cli.resolve import resolve
from cardprint.cli.shown import Shown, by_option, command, together
from cardprint.language import Sentence as _
from cardprint.model import JobState
from cardprint.station.told import of_job, of_jobs, of_why

__all__ = ["jobs"]

_reason = click.option("--reason", default="x-operator", show_default=True, help="A keyword that is kept.")
_decision = together(click.argument("job", metavar="ID"), by_option, _reason, command)
_STATES = click.Choice([state.value for state in JobState])


@click.group()
def jobs() -> None:
    """List, explain and decide about jobs and cards. ID: a job's number, its request's id, or its person's."""


for _command in (hand_over, next_, reissue, resolve, spoil, verify):
    jobs.add_command(_command)


@jobs.command("list")
@click.option("--state", type=_STATES, help="Only those in this state; pending ones come in their order.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="After this job; with pending: leave out so many.")
@click.option("--unverified", is_flag=True, help="Only those whose good card nobody has scanned, the latest first.")
@command
def list_(shown: Shown, state: str | None, limit: int, after: int, *, unverified: bool) -> None:
    """List jobs. Example: cardprint jobs list --state held."""
    with shown.station() as station:
        if unverified:
            found = list(station.jobs.unverified(limit=limit))
        else:
            found = station.jobs.list(state=JobState(state) if state else None, limit=limit, after=after)
    shown.result(found, of_jobs(found))


@jobs.command()
@click.argument("job", metavar="ID")
@command
def show(shown: Shown, job: str) -> None:
    """Show a job with its attempts and history. Example: cardprint jobs show 17."""
    with shown.station() as station:
        detail = station.jobs.show(station.jobs.find(job))
    shown.result(detail, *of_job(detail))


@jobs.command()
@click.argument("job", metavar="ID")
@command
def why(shown: Shown, job: str) -> None:
    """Say why a request was printed or still waits, and where in its lane. Example: cardprint jobs why 17."""
    with shown.station() as station:
        answer = station.jobs.why(station.jobs.find(job))
    shown.result(answer, *of_why(answer))


@jobs.command()
@_decision
def hold(shown: Shown, job: str, by: str, reason: str) -> None:
    """Keep a waiting job from being printed. Example: cardprint jobs hold 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        station.jobs.hold(number, by=by, reason=reason)
    shown.done({"job_id": number, "state": "held"}, "Held. Release it with: cardprint jobs release {job_id} --by NAME")


@jobs.command()
@click.argument("job", metavar="[ID]", required=False)
@click.option("--held-for", metavar="KEYWORD", help="All that are held for this reason.")
@by_option
@command
def release(shown: Shown, job: str | None, held_for: str | None, by: str) -> None:
    """Let a held job wait in its lane again. Example: cardprint jobs release 17 --by Sari."""
    if (job is None) == (held_for is None):
        raise click.UsageError(_("Give an ID or --held-for, not both."))
    with shown.station() as station:
        if job is None:
            count = station.jobs.release_held_for(held_for or "", by=by)
        else:
            count = station.jobs.release(station.jobs.find(job), by=by)
    shown.done({"released": count}, "Jobs that wait in their lanes again: {released}.")


@jobs.command()
@_decision
def cancel(shown: Shown, job: str, by: str, reason: str) -> None:
    """Cancel a job; once a blank may have moved it is a wish. Example: cardprint jobs cancel 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        state = station.jobs.cancel(number, by=by, reason=reason)
    later = _("Its card is in a machine; the outcome will tell.")
    shown.result({"job_id": number, "state": state}, _("Canceled.") if state is JobState.CANCELED else later)


@jobs.command()
@_decision
def first(shown: Shown, job: str, by: str, reason: str) -> None:
    """Put a waiting job at the head of its lane. Example: cardprint jobs first 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        station.jobs.first(number, by=by, reason=reason)
    shown.done({"job_id": number, "position": 1}, "Job {job_id} is the first of its lane now.")
