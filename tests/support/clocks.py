"""Clocks to hand to a plugin."""

from __future__ import annotations

import time

__all__ = ["LateClock", "LeapingClock", "RealClock"]


class RealClock:
    """Tell the time; nobody may wait by it."""

    def now(self) -> float:
        """Give the wall time."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Refuse."""
        raise AssertionError


class LateClock(RealClock):
    """Every look at it is 100 seconds after the last."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def monotonic(self) -> float:
        """Give 100 seconds more."""
        self._seconds += 100
        return self._seconds


class LeapingClock(RealClock):
    """Be ahead by what the test says."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        """Give the seconds with those it is ahead."""
        return super().monotonic() + self.ahead
