"""Why a request was printed, or why it still waits: sentences are made when shown (decisions 31)."""

from __future__ import annotations

from collections.abc import Mapping

from cardprint.model.identifiers import JobId
from cardprint.model.jobs import JobState, JobView
from cardprint.model.views import Why
from cardprint.store import Reading, attempts, jobs, lanes, ledger

__all__ = ["explain", "sentence"]

_SENTENCES = {
    "x-lane-first": "It was the first of lane {lane}, the first lane in which someone waited ({waiting} waiting).",
    "x-nobody-waits": "Nobody waits whom this printer could serve.",
    "x-hopper-empty": "The hopper is empty.",
    "x-suspected-duplicate": "Another request for a first card of the same person is known.",
    "x-verdict-unverified": "The centre has not yet verified the record.",
    "x-verdict-duplicate": "The centre knows the person under another record.",
    "x-verdict-revoked": "The centre has revoked the record.",
    "x-revoked": "The source has withdrawn the request.",
    "x-operator": "An operator decided so.",
    "x-in-doubt": "Nobody knows yet what became of its card.",
    "x-photo-missing": "Its photo is missing.",
    "x-photo-unreadable": "Its photo cannot be read.",
    "x-text-does-not-fit": "A text does not fit on the card.",
    "x-glyph-missing": "The font lacks a letter of a text.",
    "x-spoiled-too-often": "It spoiled as many blanks as one request may.",
    "x-tried-too-often": "It was tried as often as one request may be.",
    "x-card-missing": "Its card was found nowhere.",
    "x-waits-no-blanks": "No blank of kind {kind} is left; {ahead} are ahead of it in lane {lane}.",
    "x-waits-its-turn": "{ahead} are ahead of it in lane {lane}; {blanks} blanks of kind {kind} are left.",
    "x-waits-before-retry": "It waits a moment before it is tried again.",
}


def sentence(reason: str, values: Mapping[str, object]) -> str:
    """Give the English sentence of a keyword, the keyword itself where there is none."""
    template = _SENTENCES.get(reason)
    if template is None:
        return f"Reason: {reason}."
    try:
        return template.format(**values)
    except (KeyError, IndexError):
        return f"Reason: {reason}."


def explain(reading: Reading, job: int) -> Why:
    """Explain a job, with its position where it waits."""
    view = jobs.view(reading, job)
    position = lanes.position(reading, job)
    if view.state is JobState.PENDING:
        reason, values = _waiting(reading, view, position)
        start = "It waits."
    elif view.state in {JobState.COMPLETED, JobState.PROCESSING}:
        reason, values = attempts.decision_of(reading, job) or ("x-drawn", {})
        start = "It is printed." if view.state is JobState.COMPLETED else "Its card is being made."
    else:
        reason, values = (view.reasons[0] if view.reasons else "x-operator"), {}
        start = f"It is {view.state.value}."
    return Why(
        job_id=JobId(job),
        state=view.state.value,
        reason=reason,
        values=values,
        lane=view.lane,
        position=position,
        sentence=f"{start} {sentence(reason, values)}",
    )


def _waiting(reading: Reading, view: JobView, position: int | None) -> tuple[str, dict[str, object]]:
    if position is None:
        return "x-waits-before-retry", {}
    kind = jobs.kind_of(reading, view.job_id)
    blanks = ledger.kinds_balance(reading, kind)
    values: dict[str, object] = {"lane": view.lane, "ahead": position - 1, "kind": kind, "blanks": blanks}
    return ("x-waits-its-turn" if blanks else "x-waits-no-blanks"), values
