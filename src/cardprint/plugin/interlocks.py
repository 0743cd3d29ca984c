"""The contract of an interlock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

import attrs

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
    """Cards it fed in the last 3,600 seconds."""


@attrs.frozen(kw_only=True)
class FeedAnswer:
    """Answer the question."""

    feed: bool
    """True: go on."""
    reason: str = ""
    """A printer-state-reasons keyword where not."""
    retry_after: float = 5.0
    """Seconds after which to ask again."""
    stop_station: bool = False
    """True: close the store and stop, for example on low battery."""


class Interlock(ABC):
    """Say whether the next card may be fed; made as ``Interlock(settings, context)``."""

    @abstractmethod
    def may_feed(self, question: FeedQuestion) -> FeedAnswer:
        """Answer at once, without waiting for anything; an exception counts as no."""

    def close(self) -> None:
        """Give back what is open. Default: nothing to do."""
