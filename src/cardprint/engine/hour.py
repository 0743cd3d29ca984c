"""The cards a printer fed in the last hour, by monotonic time; clocks in offices jump (docs, decision 0011)."""

from __future__ import annotations

import threading
from collections import deque

from cardprint.engine.parts import Parts
from cardprint.store import attempts

__all__ = ["LastHour"]

_HOUR = 3600.0
_REMEMBERED = 3600
"""Cards of earlier runs that are looked at: no card printer feeds one a second."""


class LastHour:
    """Count what a printer fed in the last 3,600 seconds; safe for several threads.

    Begins with what the store knows. A wall time that lies ahead, since the clock was set back, counts as now.
    """

    def __init__(self, parts: Parts, printer: str) -> None:
        self._clock = parts.clock
        self._lock = threading.Lock()
        with parts.database.reading() as reading:
            fed = attempts.fed_at(reading, printer, _REMEMBERED)
        now = self._clock.now()
        self._fed = deque(sorted(self._clock.monotonic() - max(now - at, 0.0) for at in fed))

    def add(self) -> None:
        """Count a card that is fed now."""
        with self._lock:
            self._fed.append(self._clock.monotonic())

    def count(self) -> tuple[int, float]:
        """Give the number of cards, and the seconds until the first of them counts no longer; 0 where there is none."""
        with self._lock:
            now = self._clock.monotonic()
            while self._fed and now - self._fed[0] >= _HOUR:
                self._fed.popleft()
            return len(self._fed), _HOUR - (now - self._fed[0]) if self._fed else 0.0
