"""The durable row the engine works on, and the one table of its state changes."""

from __future__ import annotations

import enum
from datetime import date

import attrs

from cardprint.errors import StateError
from cardprint.language import Sentence
from cardprint.model.identifiers import JobId, SourceName
from cardprint.model.requests import RequestType

__all__ = ["TRANSITIONS", "JobEvent", "JobState", "JobView", "next_state"]


class JobState(enum.Enum):
    """Where a print job stands (after IPP ``job-state``)."""

    PENDING = "pending"
    """Waits for a blank in its lane."""
    HELD = "held"
    """Waits for a person or for the centre; its reasons say which."""
    PROCESSING = "processing"
    """An attempt has it: reserved or in a machine."""
    STOPPED = "stopped"
    """Its attempt is in doubt: only evidence or a person may go on."""
    COMPLETED = "completed"
    """A good card exists."""
    CANCELED = "canceled"
    """Withdrawn or revoked; no card will be made."""
    ABORTED = "aborted"
    """No try can succeed; a new request is needed."""


class JobEvent(enum.Enum):
    """What can happen to a job."""

    RESERVED = "reserved"
    """A blank was reserved for it."""
    VOIDED = "voided"
    """The reservation ended before anything moved."""
    PRINTED = "printed"
    """Its card came out good."""
    RETRY = "retry"
    """The attempt ended without a good card and another may follow."""
    EXHAUSTED = "exhausted"
    """The attempt ended without a good card and the bound is reached."""
    FAILED = "failed"
    """No try can succeed."""
    DOUBTED = "doubted"
    """Nobody knows what became of its card."""
    MISSING = "missing"
    """A person found the card nowhere."""
    HOLD = "held"
    """An operator, a validator or the centre holds it."""
    RELEASE = "released"
    """What held it is settled."""
    WITHDRAW = "withdrawn"
    """The centre revokes it or an operator cancels it."""


_S, _E = JobState, JobEvent
TRANSITIONS: dict[tuple[JobState, JobEvent], JobState] = {
    (_S.PENDING, _E.RESERVED): _S.PROCESSING,
    (_S.PENDING, _E.HOLD): _S.HELD,
    (_S.PENDING, _E.WITHDRAW): _S.CANCELED,
    (_S.HELD, _E.RELEASE): _S.PENDING,
    (_S.HELD, _E.HOLD): _S.HELD,
    (_S.HELD, _E.WITHDRAW): _S.CANCELED,
    (_S.PROCESSING, _E.VOIDED): _S.PENDING,
    (_S.PROCESSING, _E.PRINTED): _S.COMPLETED,
    (_S.PROCESSING, _E.RETRY): _S.PENDING,
    (_S.PROCESSING, _E.EXHAUSTED): _S.HELD,
    (_S.PROCESSING, _E.FAILED): _S.ABORTED,
    (_S.PROCESSING, _E.DOUBTED): _S.STOPPED,
    (_S.STOPPED, _E.PRINTED): _S.COMPLETED,
    (_S.STOPPED, _E.RETRY): _S.PENDING,
    (_S.STOPPED, _E.EXHAUSTED): _S.HELD,
    (_S.STOPPED, _E.FAILED): _S.ABORTED,
    (_S.STOPPED, _E.MISSING): _S.HELD,
}
"""Every change of state there is; what is not here is refused."""


def next_state(state: JobState, event: JobEvent) -> JobState:
    """Give the state that follows, or raise StateError where the table has none."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        state_word, event_word = Sentence(state.value), Sentence(event.value)
        message = Sentence(
            "a job that is {state} cannot be {event}; no blank was touched.", state=state_word, event=event_word
        )
        raise StateError(message, cure=Sentence("See its state with: cardprint jobs show ID")) from None


@attrs.frozen(kw_only=True)
class JobView:
    """Show one job to people and programs; holds no personal data."""

    job_id: JobId
    """Its number."""
    source: SourceName
    """Where its request came from."""
    request_id: str
    """The source's name of the request."""
    issue: int
    """1 for the first card of the request; more by authorisation, or by a new grant after it was canceled."""
    request_type: RequestType
    """Why the card is wanted."""
    priority: int
    """0 to 9."""
    state: JobState
    """Where it stands."""
    reasons: tuple[str, ...]
    """Job-state-reasons, keywords."""
    lane: str
    """The lane it waits in."""
    waiting_since: date | None
    """The source's date of waiting."""
    attempts: int
    """Attempts so far, voided ones left out."""
    spoiled: int
    """Blanks spoiled for it."""
