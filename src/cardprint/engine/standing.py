"""Where a printer's worker stands."""

from __future__ import annotations

import enum

import attrs

__all__ = ["IDLE", "Phase", "Standing"]


class Phase(enum.Enum):
    """Where a worker is in its cycle; the values are shown to people."""

    CLOSED = "no session"
    OPENING = "waits for the session"
    WATCHING = "looks at the device, holding nothing"
    READY = "may take a card"
    CHECKING = "pre-flight of a reserved attempt"
    PRINTING = "the device has the card"
    JUDGING = "looks for what the driver's word lacks"
    FENCING = "in doubt: drops what is queued"
    LOOKING = "in doubt: reads the evidence, twice"
    DOUBT = "in doubt: a person must conclude"
    UNWRITTEN = "something could not be written yet"


IDLE = frozenset({Phase.CLOSED, Phase.READY, Phase.DOUBT, Phase.UNWRITTEN})
"""Phases in which no command is under way."""


@attrs.frozen(kw_only=True)
class Standing:
    """Say what a worker waits for."""

    busy: bool
    """True: for its driver, whose next event must be handed to ``advance``."""
    reason: str
    """A keyword."""
    until: float | None = None
    """Monotonic time at which to call ``advance`` at the latest; None: after the next change of the store."""
    passes: bool = True
    """True: it goes on by itself; False: somebody must do something, or another day must come."""
