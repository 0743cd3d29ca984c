"""The print act's transactions, in its order (guarantees, "The print act"). Nothing here touches a device."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cardprint.engine.allocation import TEST_CARD, Chosen
from cardprint.engine.corrections import BOX, correct
from cardprint.engine.parts import Parts
from cardprint.model.attempts import AttemptState, CardFate, Step
from cardprint.model.identifiers import BatchId
from cardprint.model.jobs import JobEvent, JobState
from cardprint.model.ledger import Account, AccountKind, MovementKind, StockMovement, hopper, in_machine
from cardprint.model.printers import Observation
from cardprint.model.reasons import IN_DOUBT
from cardprint.model.retry import ErrorClass, RetryDecision, decide_retry
from cardprint.store import Transaction, attempts, finished, grants, jobs, lanes, ledger, outbox, printers, testcards

__all__ = ["IN_DOUBT", "MISSING", "Conclusion", "conclude", "doubt", "intend", "report", "reserve", "void"]

MISSING = "x-card-missing"
"""Why a job is held whose card is found nowhere: only two people let another one be made."""


@attrs.frozen(kw_only=True)
class Conclusion:
    """State what became of an attempt's blank."""

    fate: CardFate
    """NOT_FED, PRINTED or SPOILED; UNKNOWN where the card is found nowhere."""
    rule: str
    """``outcome``, ``R1`` to ``R4``, ``never-sent`` or ``missing``."""
    reasons: tuple[str, ...] = ()
    """Keywords."""
    detail: str = ""
    """One line for the technician."""
    permanent: bool = False
    """No later try can succeed."""
    after: Observation | None = None
    """Evidence."""
    card_number: str = ""
    """The card's number, where read or scanned."""
    by: str = ""
    """Who said so, where a person did."""
    witness: str = ""
    """The second person."""


def reserve(tx: Transaction, parts: Parts, printer: str, chosen: Chosen) -> attempts.AttemptRow:
    """Reserve (A) the front blank of the hopper for the chosen job."""
    head = chosen.heads[0]
    printers.set_business_date(tx, parts.today().isoformat())
    movement = ledger.book(
        tx,
        StockMovement(
            batch_id=BatchId(chosen.batch),
            count=1,
            source=hopper(printer),
            target=in_machine(printer),
            kind=MovementKind.PENDING,
        ),
    )
    policy = attempts.policy_row(tx, parts.config.policy.plugin, parts.policy.version, parts.settings_digest)
    attempt = attempts.add(
        tx,
        head.job,
        printer,
        batch=chosen.batch,
        movement=movement,
        policy=policy,
        draw=chosen.draw,
    )
    jobs.change_state(tx, head.job, JobEvent.RESERVED)
    if chosen.counted_for is not None:
        lanes.count_anew(tx, chosen.counted_for)
    lanes.drawn(tx, head.lane)
    tx.note(
        "attempt-reserved",
        job=head.job,
        attempt=attempt.name,
        printer=printer,
        batch=chosen.batch,
        decision=chosen.draw.reason,
        policy=policy,
    )
    return attempt


def void(tx: Transaction, attempt: attempts.AttemptRow, reasons: tuple[str, ...]) -> None:
    """End a reservation: nothing has moved, and the job waits where it waited."""
    attempts.void(tx, attempt, reasons)
    ledger.resolve(tx, attempt.movement, MovementKind.VOID)
    job = jobs.row_of(tx, attempt.job)
    lanes.undrawn(tx, job.lane)
    state = jobs.change_state(tx, attempt.job, JobEvent.VOIDED, before=job.state)
    tx.note("attempt-voided", job=attempt.job, attempt=attempt.name, printer=attempt.printer, reasons=list(reasons))
    if job.cancel_wished:
        _withdraw(tx, job.id, state)


def intend(
    tx: Transaction,
    attempt: attempts.AttemptRow,
    before: Observation,
    faces: Sequence[str],
    code: str = "",
) -> None:
    """Write the intent (B), the point of no return, with the digests of the faces and of the code on them."""
    attempts.intend(tx, attempt, before, faces, finished.code_digest(tx, code))
    ledger.resolve(tx, attempt.movement, MovementKind.POST)
    printers.add_duty(tx, attempt.printer, printers.business_date(tx))
    tx.note("attempt-intent", job=attempt.job, attempt=attempt.name, printer=attempt.printer, faces=list(faces))


def report(tx: Transaction, attempt: attempts.AttemptRow, steps: Sequence[Step]) -> None:
    """Note what the driver reported (C)."""
    for step in steps:
        attempts.step(tx, attempt, step)
    tx.note(
        "card-moved",
        job=attempt.job,
        attempt=attempt.name,
        printer=attempt.printer,
        steps=[step.kind.value for step in steps],
    )


def doubt(tx: Transaction, attempt: attempts.AttemptRow, reasons: tuple[str, ...], detail: str = "") -> None:
    """Put an attempt in doubt: job and printer stop until evidence or a person concludes."""
    attempts.doubt(tx, attempt, reasons, detail)
    if attempts.row_of(tx, attempt.id).state is AttemptState.IN_DOUBT and attempt.state is not AttemptState.IN_DOUBT:
        jobs.change_state(tx, attempt.job, JobEvent.DOUBTED, reasons=(IN_DOUBT, *reasons))
    row = printers.row_of(tx, attempt.printer)
    printers.change(tx, attrs.evolve(row, reasons=(IN_DOUBT, *reasons)))
    tx.note(
        "attempt-in-doubt",
        job=attempt.job,
        attempt=attempt.name,
        printer=attempt.printer,
        reasons=list(reasons),
    )


_EVENTS = {
    CardFate.PRINTED: "card-printed",
    CardFate.SPOILED: "card-spoiled",
    CardFate.NOT_FED: "card-not-fed",
    CardFate.UNKNOWN: "card-missing",
}
_TARGETS = {
    CardFate.PRINTED: Account(AccountKind.PRINTED),
    CardFate.SPOILED: Account(AccountKind.SPOILED, BOX),
    CardFate.UNKNOWN: Account(AccountKind.MISSING),
}


def conclude(
    tx: Transaction,
    parts: Parts,
    attempt: attempts.AttemptRow,
    conclusion: Conclusion,
) -> RetryDecision | None:
    """Write (D) fate, job, blank, journal and outbox in one transaction; gives how the job goes on, if it does."""
    fate, job = conclusion.fate, jobs.row_of(tx, attempt.job)
    number = _bound_number(tx, attempt, conclusion)
    attempts.conclude(
        tx,
        attempt,
        fate,
        rule=conclusion.rule,
        reasons=conclusion.reasons,
        detail=conclusion.detail,
        after=conclusion.after,
        card_number=number,
    )
    ledger.book(
        tx,
        StockMovement(
            batch_id=BatchId(attempt.batch),
            count=1,
            source=in_machine(attempt.printer),
            target=_TARGETS.get(fate, hopper(attempt.printer)),
            reason=conclusion.reasons[0] if conclusion.reasons else "",
            by=conclusion.by,
            witness=conclusion.witness,
        ),
        attempt=attempt.id,
    )
    state, decision = _job_after(tx, parts, job, conclusion)
    if state is JobState.ABORTED and decision is not None:
        outbox.add(tx, job.id, outcome="aborted", attempt=attempt.name)
    _printer_after(tx, parts, attempt, conclusion, decision, test=job.test)
    tx.note(
        _EVENTS[fate],
        job=attempt.job,
        attempt=attempt.name,
        printer=attempt.printer,
        rule=conclusion.rule,
        reasons=list(conclusion.reasons),
        by=conclusion.by,
    )
    outcome = {CardFate.PRINTED: "printed", CardFate.SPOILED: "spoiled", CardFate.UNKNOWN: "missing"}.get(fate)
    if outcome is not None:
        day = printers.business_date(tx)
        outbox.add(tx, attempt.job, outcome=outcome, attempt=attempt.name, card_number=number, business_date=day)
    if fate is CardFate.PRINTED:
        grants.use_up(tx, job.request)
    if fate is CardFate.PRINTED and job.test:
        # Whatever it looks like, nobody may be handed this card.
        correct(tx, attempt, TEST_CARD, event="test-card-booked", by=testcards.asked_by(tx, attempt.job))
    if job.cancel_wished:
        _withdraw(tx, job.id, state)
    return decision


def _bound_number(tx: Transaction, attempt: attempts.AttemptRow, conclusion: Conclusion) -> str:
    number = conclusion.card_number or attempts.chip_or_card_number(tx, attempt)
    if number and not ledger.bind_number(tx, number, attempt.batch, attempt.id):
        # A number of another card is an incident for people, never a silent re-binding (I9).
        ledger.set_discrepancy(tx, str(in_machine(attempt.printer)), "x-number-of-another-card", 0, "1")
        return ""
    return number


def _job_after(
    tx: Transaction,
    parts: Parts,
    job: jobs.JobRow,
    conclusion: Conclusion,
) -> tuple[JobState, RetryDecision | None]:
    if conclusion.fate is CardFate.PRINTED:
        return jobs.change_state(tx, job.id, JobEvent.PRINTED, before=job.state), None
    if conclusion.fate is CardFate.UNKNOWN:
        event = JobEvent.FAILED if job.test else JobEvent.MISSING
        return jobs.change_state(tx, job.id, event, before=job.state, reasons=(MISSING,)), None
    spoiled, not_fed = int(conclusion.fate is CardFate.SPOILED), int(conclusion.fate is CardFate.NOT_FED)
    decision = decide_retry(
        conclusion.fate,
        conclusion.reasons,
        permanent=conclusion.permanent,
        spoiled=job.spoiled + spoiled,
        not_fed=job.not_fed + not_fed,
        limits=parts.config.retry,
    )
    if job.test:
        decision = attrs.evolve(decision, again=False)
    event = JobEvent.RETRY if decision.again else JobEvent.EXHAUSTED
    if job.test or (conclusion.permanent and job.state is JobState.PROCESSING):
        event = JobEvent.FAILED
    state = jobs.change_state(
        tx,
        job.id,
        event,
        before=job.state,
        reasons=() if decision.again else (decision.reason,),
        spoiled=spoiled,
        not_fed=not_fed if decision.counts else 0,
    )
    if decision.again and decision.delay > 0 and not conclusion.by:
        # Whoever was asked has seen to it: there is nothing to wait for.
        jobs.delay(tx, job.id)
    if conclusion.fate is CardFate.NOT_FED:
        lanes.undrawn(tx, job.lane)
    return state, decision


def _printer_after(
    tx: Transaction,
    parts: Parts,
    attempt: attempts.AttemptRow,
    conclusion: Conclusion,
    decision: RetryDecision | None,
    *,
    test: bool,
) -> None:
    row = printers.row_of(tx, attempt.printer)
    config = parts.printer(attempt.printer)
    used = int(conclusion.fate in {CardFate.PRINTED, CardFate.SPOILED})
    good = int(conclusion.fate is CardFate.PRINTED and not test)
    blamed = decision is not None and decision.error_class in {ErrorClass.SPOILED, ErrorClass.TRANSIENT}
    failures = row.failures + int(blamed) if conclusion.fate is not CardFate.PRINTED else 0
    quarantine = row.quarantine
    if config is not None and failures >= config.quarantine_after and blamed and not quarantine:
        spoiled = conclusion.fate is CardFate.SPOILED
        quarantine = "x-spoiled-repeatedly" if spoiled else "x-failed-repeatedly"
        tx.note("printer-quarantined", printer=attempt.printer, reason=quarantine, failures=failures)
    row = attrs.evolve(
        row,
        reasons=conclusion.reasons if conclusion.fate is not CardFate.PRINTED else (),
        failures=failures,
        quarantine=quarantine,
        used=row.used + used,
        printed=row.printed + good,
        spoiled=row.spoiled + used - good,
    )
    if conclusion.fate is CardFate.UNKNOWN:
        # Whether its pick was counted cannot be known: measure from a new baseline.
        row = attrs.evolve(row, pick_baseline=None, serial="", used=0)
    printers.change(tx, row)


def _withdraw(tx: Transaction, job: int, state: JobState) -> None:
    """Take a job out whose withdrawal was wished for while its blank could move."""
    if state in {JobState.PENDING, JobState.HELD}:
        jobs.change_state(tx, job, JobEvent.WITHDRAW, before=state, reasons=("x-cancel-wished",))
        outbox.add(tx, job, outcome="canceled")
        tx.note("job-canceled", job=job, reason="x-cancel-wished")
