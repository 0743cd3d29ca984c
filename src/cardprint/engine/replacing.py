"""Where requests wait by an earlier placement, they are placed anew, in small steps beside the work."""

from __future__ import annotations

import logging

from cardprint.engine.parts import Parts
from cardprint.model.choosing import Place
from cardprint.store import jobs, lanes, places
from cardprint.store.places import Placed, Progress

__all__ = ["Replacing"]

_log = logging.getLogger(__name__)
_PAGE = 200
_LONGEST = 0.004
"""Seconds after which a transaction takes no further job and is synced: a printer waits for the same lock."""


class Replacing:
    """Place every job that may still wait for a blank by the policy of today; what is right already is not written.

    How far it is stands in the store, in the transaction of each step: a crash repeats nothing but reading. Requests
    that come in meanwhile are placed by the same policy and found in their place.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._digest = ""
        self.due = False
        """True while jobs may wait by another placement."""
        try:
            self._digest = parts.placement_digest
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; then all stays where it is
            _log.error("the allocation policy failed with %s; nobody is placed anew", type(error).__name__)
            return
        with parts.database.reading() as reading:
            made = places.progress(reading)
        self.due = not (made.done and made.digest == self._digest)
        self._after = made.after if made.digest == self._digest else 0

    def advance(self) -> bool:
        """Take one step; True while there is more to do."""
        if not self.due:
            return False
        with self._parts.database.reading() as reading:
            last = jobs.last(reading)
            upto = min(self._after + _PAGE, last)
            page = places.page(reading, self._after, upto)
        wrong = [(placed, place) for placed in page if (place := self._place(placed)) is not None]
        if not wrong and upto < last:
            self._after = upto
        else:
            self._write(wrong, upto)
        return self.due

    def _place(self, placed: Placed) -> Place | None:
        """Give where a job belongs; None where it is there, or where the policy fails for it."""
        try:
            place = self._parts.policy.place(placed.request)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; then the job stays where it is
            _log.error("job %d stays in its lane: the policy failed with %s", placed.job, type(error).__name__)
            return None
        if place.lane.startswith(lanes.TESTS):
            _log.error("job %d stays in its lane: the policy names a lane that is kept for test cards", placed.job)
            return None
        return None if place == placed.place else place

    def _write(self, wrong: list[tuple[Placed, Place]], upto: int) -> None:
        moved: list[int] = []
        began = self._parts.clock.monotonic()
        with self._parts.database.owning(self._parts.clock.now()) as tx:
            after = upto
            for placed, place in wrong:
                if moved and self._parts.clock.monotonic() - began > _LONGEST:
                    after = placed.job - 1
                    break
                if places.move(tx, placed, place):
                    moved.append(placed.job)
            done = after >= jobs.last(tx)
            places.set_progress(tx, Progress(digest=self._digest, after=after, done=done))
            if moved:
                tx.note("requests-placed-again", first=moved[0], last=moved[-1], count=len(moved))
        self._after, self.due = after, not done
        if moved:
            self._parts.committed()
