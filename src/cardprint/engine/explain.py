"""Why a request was printed, or why it still waits: sentences are made when shown (decisions 31)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cardprint.engine.parts import Parts
from cardprint.language import Sentence, joined, template
from cardprint.model.choosing import StockView
from cardprint.model.identifiers import JobId
from cardprint.model.jobs import JobState, JobView
from cardprint.model.views import Change, Why
from cardprint.store import Reading, attempts, jobs, lanes, ledger

__all__ = ["explain", "sentence", "warnings"]

_SENTENCES = {
    "x-lane-first": template(
        "It was the first of lane {lane}, the first lane in which someone waited ({waiting} waiting)."
    ),
    "x-lane-in-order": template(
        "It was the first of lane {lane}, whose turn it was ({waiting} waiting; order of {effective})."
    ),
    "x-lane-share": template(
        "It was the first of lane {lane}, which has {weight} of {of} shares and had had {drawn} of {cards} cards"
        " ({waiting} waiting; shares of {effective})."
    ),
    "x-kept-for-lane": template(
        "It was the first of lane {lane} ({waiting} waiting): the last {floor} blanks of kind {kind} are kept for it,"
        " and {left} were left, so that lane {passed} had to wait."
    ),
    "x-kept-for-others": template("The last {floor} blanks of kind {kind} are kept for {lanes}; {left} are left."),
    "x-lane-not-served": template("Lane {lane} is not served (order of {effective})."),
    "x-before-first-stage": template("Nobody is served before {effective}."),
    "x-by-request-type": template("It was placed by its type and its priority, {priority}."),
    "x-by-arrival": template("It was placed by its arrival."),
    "x-by-rule": template("It was placed by rule {rule}, for its type {type} and its reason; priority {priority}."),
    "x-by-no-rule": template("It was placed where requests wait that no rule fits; type {type}, priority {priority}."),
    "x-nobody-waits": template("Nobody waits whom this printer could serve."),
    "x-no-blanks": template("No blank of kind {kind} is left."),
    "x-hopper-empty": template("The hopper is empty."),
    "x-test-card": template("It is a test card of a printer; its blank is booked as spoiled."),
    "x-suspected-duplicate": template("Another request for a first card of the same person is known."),
    "x-verdict-unverified": template("The centre has not yet verified the record."),
    "x-verdict-duplicate": template("The centre knows the person under another record."),
    "x-verdict-revoked": template("The centre has revoked the record."),
    "x-revoked": template("The source has withdrawn the request."),
    "x-operator": template("An operator decided so."),
    "x-in-doubt": template("Nobody knows yet what became of its card."),
    "x-lease-expired": template("Its lease ended before its card was begun."),
    "x-photo-awaited": template("Its photo is still to come from its source."),
    "x-photo-missing": template("Its photo is missing."),
    "x-photo-unreadable": template("Its photo cannot be read."),
    "x-field-missing": template("A field that the card needs is empty."),
    "x-text-does-not-fit": template("A text does not fit on the card."),
    "x-glyph-missing": template("The font lacks a letter of a text."),
    "x-spoiled-too-often": template("It spoiled as many blanks as one request may."),
    "x-tried-too-often": template("It was tried as often as one request may be."),
    "x-card-missing": template("Its card was found nowhere."),
    "x-waits-no-blanks": template("No blank of kind {kind} is left; {ahead} are ahead of it in lane {lane}."),
    "x-waits-its-turn": template("{ahead} are ahead of it in lane {lane}; {blanks} blanks of kind {kind} are left."),
    "x-waits-before-retry": template("It waits a moment before it is tried again."),
}

_RELEASE = template("Once that is put right, let it wait again: cardprint jobs release {job} --by NAME")
_CURES = {
    "x-photo-missing": template(
        "Import it again with its photo, or set photo = false in [renderer]; then: cardprint jobs release {job} --by"
        " NAME (all of them: cardprint jobs release --held-for {reason} --by NAME)"
    ),
    "x-field-missing": template(
        "Import it again with a column that is read as that field; then: cardprint jobs release {job} --by NAME (all of"
        " them: cardprint jobs release --held-for {reason} --by NAME)"
    ),
    "x-photo-awaited": template("Let it come: cardprint sync"),
    "x-lease-expired": template("Ask the centre to renew the lease: cardprint sync"),
    "x-card-missing": template("Two people may let another be made: cardprint jobs reissue {job} --reason WORD"),
    "x-suspected-duplicate": template(
        "Print it all the same: cardprint jobs release {job} --by NAME. Never print it: cardprint jobs cancel {job}"
        " --by NAME"
    ),
}


def sentence(reason: str, values: Mapping[str, object]) -> Sentence:
    """Give the sentence of a keyword, the keyword itself where there is none."""
    found = _SENTENCES.get(reason)
    if found is not None:
        try:
            return Sentence(found, **{"reason": reason, **values})
        except (KeyError, IndexError):
            pass
    return Sentence("Reason: {reason}.", reason=reason)


def warnings(history: Sequence[Change]) -> tuple[str, ...]:
    """Give what validators found odd about a request as it was last stored, from its job's lines of the journal."""
    stored = (line for line in reversed(history) if line.event in {"request-warned", "request-corrected"})
    findings = (line.data.get("findings", []) for line in stored)
    last = next(findings, [])
    return tuple(_warning(*finding) for finding in (last if isinstance(last, list) else []))


def _warning(rule: str, field: str, shape: str) -> str:
    where = Sentence("{rule} in {field}", rule=rule, field=field) if field else rule
    return joined((where, shape), ": ") if shape else where


def explain(reading: Reading, parts: Parts, job: int) -> Why:
    """Explain a job, with its position where it waits."""
    view = jobs.view(reading, job)
    position = lanes.position(reading, job)
    if view.state is JobState.PENDING:
        reason, values = _waiting(reading, parts, view, position)
        start = template("It waits. {why}")
    elif view.state in {JobState.COMPLETED, JobState.PROCESSING}:
        reason, values = attempts.decision_of(reading, job) or ("x-drawn", {})
        printed = view.state is JobState.COMPLETED
        start = template("It is printed. {why}") if printed else template("Its card is being made. {why}")
    else:
        reason, values = (view.reasons[0] if view.reasons else "x-operator"), {}
        start = template("It is {state}. {why}")
    return Why(
        job_id=JobId(job),
        state=view.state.value,
        reason=reason,
        values=values,
        lane=view.lane,
        position=position,
        cure=_cure(view, reason),
        sentence=Sentence(start, why=sentence(reason, values), state=Sentence(view.state.value)),
        placed=sentence(*jobs.placed(reading, job)),
    )


def _cure(view: JobView, reason: str) -> str:
    """Say what lets a held job go on; empty where it is not held."""
    if view.state is not JobState.HELD:
        return ""
    return Sentence(_CURES.get(reason, _RELEASE), job=view.job_id, reason=reason)


def _waiting(reading: Reading, parts: Parts, view: JobView, position: int | None) -> tuple[str, Mapping[str, object]]:
    if position is None:
        return "x-waits-before-retry", {}
    kind = jobs.kind_of(reading, view.job_id)
    blanks = ledger.kinds_balance(reading, kind)
    closed = _closed(reading, parts, view.job_id, kind, blanks) if blanks else None
    if closed is not None:
        return closed
    values: dict[str, object] = {"lane": view.lane, "ahead": position - 1, "kind": kind, "blanks": blanks}
    return ("x-waits-its-turn" if blanks else "x-waits-no-blanks"), values


def _closed(
    reading: Reading, parts: Parts, job: int, kind: str, blanks: int
) -> tuple[str, Mapping[str, object]] | None:
    """Ask the policy whether it would draw from the job's lane if nobody waited in another."""
    day = parts.day(reading)
    stock = StockView(kind=kind, in_hopper=blanks, in_station=blanks, business_date=day)
    try:
        draw = parts.policy.draw((lanes.view_of(reading, job, parts.counted_for(day)),), stock)
    except Exception:  # noqa: BLE001 - a plugin may raise anything; then the place in the lane is all there is to say
        return None
    return None if draw.lane is not None else (draw.reason, draw.values)
