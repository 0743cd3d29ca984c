"""What can go wrong in a simulated printer, and when."""

from __future__ import annotations

import enum

import attrs

__all__ = ["CHIP_FAULTS", "Fault", "FaultKind", "Phase", "phase_after"]


class Phase(enum.Enum):
    """What a printer is doing to a job."""

    QUEUED = "queued"
    """The job is taken, no blank has moved."""
    FEED = "feed"
    """A blank has left the hopper."""
    ENCODE = "encode"
    """The card is at the contact station, and its chip's number is read."""
    WRITE = "write"
    """The number is told, and the chip is written in part; only where the machine writes chips by itself."""
    PRINT = "print"
    """The first panel is on the card, the last is not."""
    EJECT = "eject"
    """The card is whole and on its way out."""

    @property
    def share(self) -> float:
        """Give the share of ``seconds_per_card`` that it takes."""
        return _SHARES[self]


_SHARES = {
    Phase.QUEUED: 0.0,
    Phase.FEED: 0.1,
    Phase.ENCODE: 0.05,
    Phase.WRITE: 0.2,
    Phase.PRINT: 0.8,
    Phase.EJECT: 0.1,
}
_NEXT = {
    Phase.QUEUED: Phase.FEED,
    Phase.FEED: Phase.PRINT,
    Phase.ENCODE: Phase.WRITE,
    Phase.WRITE: Phase.PRINT,
    Phase.PRINT: Phase.EJECT,
}


def phase_after(phase: Phase, *, encodes: bool) -> Phase:
    """Give what comes after a phase."""
    return Phase.ENCODE if encodes and phase is Phase.FEED else _NEXT[phase]


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
    DEAD_CHIP = "dead-chip"
    """The chip does not answer."""
    WRONG_CHIP = "wrong-chip"
    """The chip is of another kind."""
    USED_CHIP = "used-chip"
    """The chip holds somebody's data already."""
    TORN_CHIP = "torn-chip"
    """The chip loses its contacts after some commands."""


CHIP_FAULTS = frozenset({FaultKind.DEAD_CHIP, FaultKind.WRONG_CHIP, FaultKind.USED_CHIP, FaultKind.TORN_CHIP})
"""Trouble with a card's chip, which nobody meets who needs none."""
_WHEN = {
    **dict.fromkeys(CHIP_FAULTS, Phase.ENCODE),
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

    commands: int = 0
    """Commands that a torn chip answers before it is silent."""

    @phase.default
    def _usual_phase(self) -> Phase:
        return _WHEN.get(self.kind, Phase.PRINT)

    def __attrs_post_init__(self) -> None:
        """Refuse a phase in which the trouble cannot come."""
        if self.phase is not _WHEN.get(self.kind, self.phase):
            raise ValueError(f"{self.kind.value} cannot come in phase {self.phase.value}")
