"""What an allocation policy sees and answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

__all__ = ["RANK_MAX", "RANK_MIN", "Draw", "LaneView", "Lanes", "Place", "StockView", "waiting_rank"]

RANK_MIN = -(2**63)
RANK_MAX = 2**63 - 1
_DAYS = 10_000_000
"""More days than any calendar date of Python has; keeps priority and date in one number."""


@attrs.frozen(kw_only=True)
class Place:
    """Answer where a request waits."""

    lane: str
    """The lane's name."""
    rank: int = 0
    """Signed 64-bit; the lowest of a lane is drawn first, ties by intake sequence."""
    reason: str = ""
    """A keyword that is stored."""
    values: Mapping[str, str] = attrs.field(factory=dict)
    """What the keyword's sentence needs; no personal data."""


@attrs.frozen(kw_only=True)
class LaneView:
    """Show one lane to a policy."""

    name: str
    """The lane's name, as ``place`` gave it."""
    waiting: int
    """Requests waiting in it that this printer and its hopper could serve."""
    head_since: date | None
    """Since when its head waits, where the source says so."""
    drawn: int
    """Cards of this kind drawn from it since the policy, with its settings and its stage, began."""


Lanes = tuple[LaneView, ...]


@attrs.frozen(kw_only=True)
class StockView:
    """Show the blanks to a policy."""

    kind: str
    """The kind of blank that is free."""
    in_hopper: int
    """Blanks of the kind in this printer's hopper."""
    in_station: int
    """Blanks of the kind in vault, working stock and all hoppers."""
    business_date: date
    """The office's day."""


@attrs.frozen(kw_only=True)
class Draw:
    """Answer which lane the next blank goes to."""

    lane: str | None
    """A lane's name, or None: nobody gets it now."""
    reason: str
    """A keyword that is stored with the attempt."""
    values: Mapping[str, str] = attrs.field(factory=dict)
    """What the keyword's sentence needs; no personal data."""


def waiting_rank(priority: int, waiting_since: date | None) -> int:
    """Give the rank by priority (9 first), then by waiting date (oldest first, undated last)."""
    day = waiting_since.toordinal() if waiting_since is not None else _DAYS - 1
    return (9 - priority) * _DAYS + day
