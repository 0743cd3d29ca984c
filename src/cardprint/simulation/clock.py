"""Time that passes only when it is told to."""

from __future__ import annotations

__all__ = ["MONDAY_MORNING", "VirtualClock"]

MONDAY_MORNING = 1_767_600_000.0
"""2026-01-05 08:00 UTC, a Monday: when a simulated world begins unless it is told otherwise."""


class VirtualClock:
    """Be a ``Clock`` whose time moves by ``sleep`` and ``advance_to`` alone.

    ``monotonic`` begins at the start's wall time, so that both readings agree until the wall clock jumps.
    """

    def __init__(self, start: float = MONDAY_MORNING) -> None:
        self._elapsed = start
        self._offset = 0.0

    def now(self) -> float:
        """Give the wall time in seconds since 1970 (UTC)."""
        return self._elapsed + self._offset

    def monotonic(self) -> float:
        """Give seconds that only ever grow."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let ``seconds`` pass at once; nothing passes for zero and less."""
        self._elapsed += max(seconds, 0.0)

    def advance_to(self, moment: float) -> None:
        """Let time pass until ``monotonic`` reads ``moment``; a moment that is over changes nothing."""
        self._elapsed = max(self._elapsed, moment)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back where negative; no time passes."""
        self._offset += seconds
