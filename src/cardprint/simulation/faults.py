"""What can go wrong in a simulated printer, and when."""

from __future__ import annotations

import enum

import attrs

__all__ = ["Fault", "FaultKind", "Phase"]


class Phase(enum.Enum):
    """What a printer is doing to a job."""

    QUEUED = "queued"
    """The job is taken, no blank has moved."""
    FEED = "feed"
    """A blank has left the hopper."""
    ENCODE = "encode"
    """The card is at the contact station."""
    PRINT = "print"
    """The first panel is on the card, the last is not."""
    EJECT = "eject"
    """The card is whole and on its way out."""


class FaultKind(enum.Enum):
    """Kinds of trouble."""

    JAM = "jam"
    """The card is stuck until somebody clears the path."""
    EMPTY = "empty"
    """The feeder finds no blank, whatever lies in the hopper, until somebody has seen to it."""
    COVER_OPEN = "cover-open"
    """Somebody opens the cover; the machine stands still until it is cleared."""
    POWER_LOSS = "power-loss"
    """The machine goes dark."""
    SPOIL = "spoil"
    """The print is bad, and the machine notices."""
    HANG = "hang"
    """The machine says and does nothing."""
    RIBBON_END = "ribbon-end"
    """The ribbon ends on the card."""
    OFFLINE = "offline"
    """The line is cut; the machine goes on by itself."""
    FALSE_DONE = "false-done"
    """The machine says that all is well, and the card is bad."""
    DOUBLE_FEED = "double-feed"
    """Two blanks are drawn at once; the counter counts one."""


_WHEN = {
    FaultKind.EMPTY: Phase.FEED,
    FaultKind.DOUBLE_FEED: Phase.FEED,
    FaultKind.SPOIL: Phase.PRINT,
    FaultKind.FALSE_DONE: Phase.PRINT,
    FaultKind.RIBBON_END: Phase.PRINT,
}
"""Trouble that can only come in one phase."""


@attrs.frozen(kw_only=True)
class Fault:
    """Ask for trouble: the first fault of a printer's queue meets the next job that begins."""

    kind: FaultKind
    """What happens."""
    phase: Phase = attrs.field()
    """At the beginning of which phase; a kind that knows only one phase has its own."""
    lasts: float | None = None
    """Seconds after which a power loss, a hang or a cut line is over; None: until somebody acts."""

    @phase.default
    def _usual_phase(self) -> Phase:
        return _WHEN.get(self.kind, Phase.PRINT)

    def __attrs_post_init__(self) -> None:
        """Refuse a phase in which the trouble cannot come."""
        if self.phase is not _WHEN.get(self.kind, self.phase):
            raise ValueError(f"{self.kind.value} cannot come in phase {self.phase.value}")
