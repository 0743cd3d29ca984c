"""The contract of an interlock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

import attrs

from cardprint.model.configuration import DutyLimits

__all__ = ["FeedAnswer", "FeedQuestion", "Interlock"]


@attrs.frozen(kw_only=True)
class FeedQuestion:
    """Ask whether a printer may feed its next card."""

    printer: str
    """The printer's name."""
    business_date: date
    """The office's day."""
    fed_today: int
    """Cards it fed on that day."""
    fed_this_hour: int
    """Cards it fed in the last 3,600 seconds, by a clock that does not jump."""
    hour_eases_in: float = 0.0
    """Seconds until the first of these counts no longer; 0 where there is none."""
    duty: DutyLimits = attrs.field(factory=DutyLimits)
    """Its limits."""
    paused_by: str = ""
    """Who paused it; empty: nobody."""


@attrs.frozen(kw_only=True)
class FeedAnswer:
    """Answer the question."""

    feed: bool
    """True: go on."""
    reason: str = ""
    """A printer-state-reasons keyword where not."""
    retry_after: float | None = 5.0
    """Seconds after which to ask again, so that a run goes on by itself; None: somebody's act, or another day."""
    stop_station: bool = False
    """True: finish the cards in the machines and stop, for example on low battery; ``run`` returns with the reason."""


class Interlock(ABC):
    """Say whether the next card may be fed; made as ``Interlock(settings, context)``."""

    @abstractmethod
    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        """Answer at once, without waiting for anything; an exception counts as no.

        Asked before every card, also inside the transaction that reserves its blank, and several times a second while
        the station runs, by more than one thread: a station without work stops when it must as well.
        """

    def close(self) -> None:
        """Give back what is open. Default: nothing to do."""
