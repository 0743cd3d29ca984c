"""The computer's own clock."""

from __future__ import annotations

import time

__all__ = ["SystemClock"]


class SystemClock:
    """Tell the computer's time."""

    def now(self) -> float:
        """Give the wall time."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
