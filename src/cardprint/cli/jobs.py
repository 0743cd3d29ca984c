"""Jobs: look at them and decide about them."""

from __future__ import annotations

import click

from cardprint.cli.shown import Shown, by_option, command, listing
from cardprint.model import JobState

__all__ = ["jobs"]

_STATES = click.Choice([state.value for state in JobState])


@click.group()
def jobs() -> None:
    """List, explain, hold, release, cancel jobs. ID is a job's number or the source's id of its request."""


@jobs.command("list")
@click.option("--state", type=_STATES, help="Only those in this state; pending ones come in their order.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="After this job; with pending: leave out so many.")
@command
def list_(shown: Shown, state: str | None, limit: int, after: int) -> None:
    """List jobs. Example: cardprint jobs list --state held."""
    with shown.station() as station:
        found = station.jobs.list(state=JobState(state) if state else None, limit=limit, after=after)
    rows = [
        (job.job_id, job.state.value, job.lane, job.waiting_since, job.request_id, " ".join(job.reasons))
        for job in found
    ]
    shown.result(found, *listing(rows, "job", "state", "lane", "waiting since", "request", "reasons"))


@jobs.command()
@click.argument("job", metavar="ID")
@command
def show(shown: Shown, job: str) -> None:
    """Show a job with its attempts and history. Example: cardprint jobs show 17."""
    with shown.station() as station:
        detail = station.jobs.show(station.jobs.find(job))
    view = detail.job
    tries = [(each.attempt_id, each.printer, each.state, each.fate, " ".join(each.reasons)) for each in detail.attempts]
    shown.result(
        detail,
        f"Job {view.job_id}: {view.state.value} {' '.join(view.reasons)}".rstrip(),
        f"Request {view.request_id} of {view.source}, {view.request_type.value}, priority {view.priority}",
        *(["", *listing(tries, "attempt", "printer", "state", "fate", "reasons")] if tries else []),
        *(["", *(f"{change.seq}: {change.event}" for change in detail.history)] if detail.history else []),
    )


@jobs.command()
@click.argument("job", metavar="ID")
@command
def why(shown: Shown, job: str) -> None:
    """Say why a request was printed or still waits, and where in its lane. Example: cardprint jobs why 17."""
    with shown.station() as station:
        answer = station.jobs.why(station.jobs.find(job))
    place = f" Position {answer.position} in lane {answer.lane}." if answer.position else ""
    shown.result(answer, f"Job {answer.job_id}: {answer.sentence}{place}")


@jobs.command()
@click.argument("job", metavar="ID")
@by_option
@click.option("--reason", default="x-operator", show_default=True, help="A keyword that is kept.")
@command
def hold(shown: Shown, job: str, by: str, reason: str) -> None:
    """Keep a waiting job from being printed. Example: cardprint jobs hold 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        station.jobs.hold(number, by=by, reason=reason)
    shown.result({"job_id": number, "state": "held"}, f"Held. Release it with: cardprint jobs release {job} --by NAME")


@jobs.command()
@click.argument("job", metavar="ID")
@by_option
@command
def release(shown: Shown, job: str, by: str) -> None:
    """Let a held job wait in its lane again. Example: cardprint jobs release 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        station.jobs.release(number, by=by)
    shown.result({"job_id": number, "state": "pending"}, f"Job {number} waits in its lane again.")


@jobs.command()
@click.argument("job", metavar="ID")
@by_option
@click.option("--reason", default="x-operator", show_default=True, help="A keyword that is kept.")
@command
def cancel(shown: Shown, job: str, by: str, reason: str) -> None:
    """Cancel a job; once a blank may have moved it is a wish. Example: cardprint jobs cancel 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        state = station.jobs.cancel(number, by=by, reason=reason)
    done = "Canceled." if state is JobState.CANCELED else "Its card is in a machine; the outcome will tell."
    shown.result({"job_id": number, "state": state}, done)


@jobs.command()
@click.argument("job", metavar="ID")
@by_option
@click.option("--reason", default="x-operator", show_default=True, help="A keyword that is kept.")
@command
def first(shown: Shown, job: str, by: str, reason: str) -> None:
    """Put a waiting job at the head of its lane. Example: cardprint jobs first 17 --by Sari."""
    with shown.station() as station:
        number = station.jobs.find(job)
        station.jobs.first(number, by=by, reason=reason)
    shown.result({"job_id": number, "position": 1}, f"Job {number} is the first of its lane now.")
