"""Jobs that wait before their next try, by monotonic time; a restart forgets the waits, never the jobs."""

from __future__ import annotations

import threading

from cardprint.engine.parts import Parts
from cardprint.store import jobs

__all__ = ["Delays"]


class Delays:
    """Remember until when jobs stay out of their lanes; safe for several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._until: dict[int, float] = {}

    def add(self, job: int, seconds: float) -> None:
        """Keep a job out for some seconds from now."""
        with self._lock:
            self._until[job] = self._parts.clock.monotonic() + seconds

    def next(self) -> float | None:
        """Give the monotonic time at which the next job comes back; None where none is out."""
        with self._lock:
            return min(self._until.values(), default=None)

    def bring_back(self) -> None:
        """Put the jobs whose time has come back into their lanes."""
        now = self._parts.clock.monotonic()
        with self._lock:
            due = [job for job, until in self._until.items() if until <= now]
        if due:
            with self._parts.database.owning(self._parts.clock.now()) as tx:
                for job in due:
                    if jobs.undelay(tx, job):
                        tx.note("job-waits-again", job=job)
            with self._lock:
                for job in due:
                    self._until.pop(job, None)
            self._parts.committed()
