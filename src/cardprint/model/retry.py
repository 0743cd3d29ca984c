"""Try again, when, and why."""

from __future__ import annotations

import enum

import attrs

from cardprint.model.attempts import CardFate

__all__ = ["ErrorClass", "RetryDecision", "RetryLimits", "decide_retry"]

_OPERATOR = frozenset(
    {
        "media-empty",
        "media-jam",
        "cover-open",
        "marker-supply-empty",
        "offline",
        "output-area-full",
        "x-reject-bin-full",
        "x-double-feed",
    },
)


class ErrorClass(enum.Enum):
    """Kinds of failure, by what they ask for."""

    TRANSIENT = "transient"
    """Passes by itself."""
    NEEDS_OPERATOR = "needs-operator"
    """Somebody must see to the printer."""
    SPOILED = "spoiled"
    """A blank is used up."""
    PERMANENT = "permanent"
    """No try of this request can succeed."""


@attrs.frozen(kw_only=True)
class RetryLimits:
    """Bound the tries of one request."""

    spoiled: int = 2
    """Blanks one request may spoil before it is held."""
    not_fed: int = 5
    """Transient failures without a blank lost before it is held."""
    delay: float = 5.0
    """Seconds before the second try after a transient failure; doubles each time."""
    delay_max: float = 300.0
    """Seconds the wait never exceeds."""


@attrs.frozen(kw_only=True)
class RetryDecision:
    """Say whether a job is tried again."""

    error_class: ErrorClass
    """The kind of failure."""
    again: bool
    """True: the job goes back to its lane."""
    delay: float
    """Seconds until then."""
    counts: bool
    """True where it uses up one of the job's tries; a printer's own trouble does not."""
    reason: str
    """Keyword kept with the job."""


def decide_retry(
    fate: CardFate,
    reasons: tuple[str, ...],
    *,
    permanent: bool,
    spoiled: int,
    not_fed: int,
    limits: RetryLimits,
) -> RetryDecision:
    """Decide after a try without a good card; ``spoiled`` and ``not_fed`` count this one as well."""
    if permanent:
        error_class = ErrorClass.PERMANENT
        return RetryDecision(error_class=error_class, again=False, delay=0.0, counts=True, reason="x-permanent")
    if fate is CardFate.SPOILED:
        again = spoiled < limits.spoiled
        reason = reasons[0] if reasons else "x-spoiled"
        return RetryDecision(
            error_class=ErrorClass.SPOILED,
            again=again,
            delay=0.0,
            counts=True,
            reason=reason if again else "x-spoiled-too-often",
        )
    if any(reason in _OPERATOR for reason in reasons):
        operator = next(reason for reason in reasons if reason in _OPERATOR)
        return RetryDecision(
            error_class=ErrorClass.NEEDS_OPERATOR,
            again=True,
            delay=0.0,
            counts=False,
            reason=operator,
        )
    again = not_fed < limits.not_fed
    delay = min(limits.delay * 2 ** (not_fed - 1), limits.delay_max)
    reason = reasons[0] if reasons else "x-transient"
    return RetryDecision(
        error_class=ErrorClass.TRANSIENT,
        again=again,
        delay=delay,
        counts=True,
        reason=reason if again else "x-tried-too-often",
    )
