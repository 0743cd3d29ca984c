"""After the printer: a card is verified by a scan, handed over, found to be bad after all, or issued a second time."""

from __future__ import annotations

import logging
import re

from cardprint.engine.act import MISSING
from cardprint.engine.corrections import correct
from cardprint.engine.parts import Parts
from cardprint.errors import InputError, StateError
from cardprint.language import Sentence, moment
from cardprint.model.choosing import Place
from cardprint.model.jobs import JobEvent, JobState
from cardprint.store import Transaction, attempts, finished, jobs, journal, lanes, outbox, printers, requests

__all__ = ["hand_over", "reissue", "spoil", "verify"]

_log = logging.getLogger(__name__)
_KEYWORD = re.compile(r"[a-z][a-z0-9-]{0,63}")


def verify(parts: Parts, scanned: str, *, by: str, job: int | None = None) -> int:
    """Compare a card in the hand with the book, by its number or its code (E); give its job.

    Raises StateError, and changes nothing, where it is no good card of ours, or not the one of ``job``.
    """
    with parts.database.transaction(parts.clock.now()) as tx:
        attempt = finished.by_scan(tx, scanned)
        if attempt is None or job not in {None, attempt.job}:
            whose = Sentence("of this station") if job is None else Sentence("of job {job}", job=job)
            raise StateError(
                Sentence("what was scanned is no good card {whose}; nothing was changed.", whose=whose),
                cure=Sentence("Keep the card aside and look at what it is: cardprint jobs list"),
            )
        finished.verify(tx, attempt.id, by or "somebody")
        tx.note("card-verified", job=attempt.job, attempt=attempt.name, printer=attempt.printer, by=by)
    parts.committed()
    return attempt.job


def hand_over(parts: Parts, job: int, *, by: str) -> None:
    """Note that the person has the card; StateError where there is no good one, or it was handed over already."""
    with parts.database.transaction(parts.clock.now()) as tx:
        attempt = finished.of_job(tx, job)
        if finished.is_handed_over(tx, attempt.id):
            raise StateError(
                Sentence("the card of job {job} was handed over already; nothing was changed.", job=job),
                cure=Sentence("See when: cardprint jobs show {job}", job=job),
            )
        finished.hand_over(tx, attempt.id, by or "somebody")
        tx.note("card-handed-over", job=job, attempt=attempt.name, by=by)
    parts.committed()


def spoil(parts: Parts, job: int, *, reason: str, by: str, witness: str = "", returned: bool = False) -> int:
    """Book a card as spoiled that was taken for a good one, and let another one be made; give the new job.

    The attempt keeps its fate, with the correction beside it (decisions 30); the blank goes from ``printed`` to
    ``spoiled`` by a movement of its own. StateError for a card that was handed over, unless it is ``returned``: the
    person would have two.
    """
    _check(parts, Sentence("to book the card of job {job} as spoiled", job=job), reason, by, witness)
    with parts.database.transaction(parts.clock.now()) as tx:
        attempt = finished.of_job(tx, job)
        if finished.is_handed_over(tx, attempt.id) and not returned:
            raise _handed_over(tx, job)
        printers.set_business_date(tx, parts.today().isoformat())
        correct(tx, attempt, reason, event="card-found-bad", by=by, witness=witness)
        following = _issue(tx, parts, job, reason, by, witness)
    parts.committed()
    return following


def _handed_over(tx: Transaction, job: int) -> StateError:
    line = next(line for line in journal.lines_of_job(tx, job) if line.event == "card-handed-over")
    return StateError(
        Sentence(
            "the card of job {job} was handed over on {date} by {by}; nothing was changed.",
            job=job,
            date=moment(line.at),
            by=line.data.get("by", ""),
        ),
        cure=Sentence(
            "With that card in your hand, add: --returned. If it is not to be had, the centre must revoke it: "
            "cardprint jobs reissue {job} --reason WORD",
            job=job,
        ),
    )


def reissue(parts: Parts, job: int, *, reason: str, by: str, witness: str = "") -> int:
    """Let two people authorise another card for a request whose card exists or is missing; give the new job.

    The centre is asked to revoke the first card.
    """
    _check(parts, Sentence("another card for the request of job {job}", job=job), reason, by, witness)
    with parts.database.transaction(parts.clock.now()) as tx:
        row, view = jobs.row_of(tx, job), jobs.view(tx, job)
        if jobs.latest_of_request(tx, row.request) != job:
            raise StateError(
                Sentence("job {job} has a later one for the same request; nothing was changed.", job=job),
                cure=Sentence("See it: cardprint jobs show {request_id}", request_id=view.request_id),
            )
        if row.state is JobState.COMPLETED:
            first = finished.of_job(tx, job)
        elif row.state is JobState.HELD and MISSING in view.reasons:
            first = attempts.last_of_job(tx, job)
            jobs.change_state(tx, job, JobEvent.WITHDRAW, reasons=("x-reissued",))
        else:
            raise StateError(
                Sentence(
                    "job {job} is {state}, and no card of it exists or is missing; nothing was changed.",
                    job=job,
                    state=Sentence(row.state.value),
                ),
                cure=Sentence("See it: cardprint jobs show {job}", job=job),
            )
        outbox.add(tx, job, outcome="withdrawn", attempt=first.name, business_date=printers.business_date(tx))
        following = _issue(tx, parts, job, reason, by, witness)
    parts.committed()
    return following


def _issue(tx: Transaction, parts: Parts, job: int, reason: str, by: str, witness: str) -> int:
    """Add the next job of a request, where the policy of today places it: the old one's lane may be served no more."""
    request, _ = requests.load(tx, jobs.row_of(tx, job).request)
    following = finished.add_issue(tx, job)
    try:
        place: Place | None = parts.policy.place(request)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; then it waits where the first one waited
        _log.error(
            "job %d waits in the lane of job %d: the policy failed with %s", following, job, type(error).__name__
        )
        place = None
    if place is not None and not place.lane.startswith(lanes.TESTS):
        lane, placement = jobs.lane_row(tx, place.lane, request), jobs.placement_row(tx, place.reason, place.values)
        jobs.place_again(tx, following, request, place, lane=lane, placement=placement)
    tx.note("job-issued-again", job=following, linked=job, reason=reason, by=by, witness=witness)
    return following


def _check(parts: Parts, what: str, reason: str, by: str, witness: str) -> None:
    if not _KEYWORD.fullmatch(reason):
        raise InputError(
            Sentence("{what} needs a reason in one word; nothing was changed.", what=what),
            cure=Sentence("Add: --reason WORD of small letters, digits and hyphens, for example misprint"),
        )
    two = bool(by.strip() and witness.strip()) and by.strip().casefold() != witness.strip().casefold()
    if not by.strip() or (parts.config.people > 1 and not two):
        needed = Sentence("two different people") if parts.config.people > 1 else Sentence("a name")
        raise StateError(
            Sentence("{what} needs {needed}; nothing was changed.", what=what, needed=needed),
            cure=Sentence("Add: --by NAME --witness NAME"),
        )
