"""What a run has done."""

from __future__ import annotations

import attrs

__all__ = ["RunSummary"]


@attrs.frozen(kw_only=True)
class RunSummary:
    """Count what a run has done."""

    printed: int
    """Good cards."""
    spoiled: int
    """Blanks used up without a good card."""
    not_fed: int
    """Tries that ended with the blank where it was."""
    in_doubt: int
    """Attempts whose fate nobody knows, now."""
    waiting: int
    """Jobs that still wait for a card, held ones among them."""
    held: int
    """Those of them that wait until a person decides."""
    stopped_by: str
    """A keyword: why it ended."""
