"""Whoever wants to know: told of every committed change, in the journal's order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from cardprint.model.jobs import JobView
from cardprint.model.views import Change
from cardprint.store import Database, jobs, journal

__all__ = ["Listeners"]

_log = logging.getLogger(__name__)
_AT_ONCE = 200


class Listeners:
    """Read the journal's tail after each commit and pass it on.

    The thread that committed passes the changes on before it goes on; while one thread does so, the others leave
    theirs to it. A listener that raises is logged and told of the next change all the same.
    """

    def __init__(self, database: Database, job_changed: Callable[[JobView, str], None] | None) -> None:
        self._database = database
        self._job_changed = job_changed
        self._functions: list[Callable[[Change], None]] = []
        self._lock = threading.Lock()
        self._telling = False
        self._asked = False
        with database.reading() as reading:
            self._last, _ = journal.head(reading)

    def add(self, function: Callable[[Change], None]) -> Callable[[], None]:
        """Tell a function from now on; the answer ends it."""
        with self._lock:
            if not self._functions and self._job_changed is None:
                with self._database.reading() as reading:
                    self._last, _ = journal.head(reading)
            self._functions.append(function)

        def remove() -> None:
            with self._lock:
                if function in self._functions:
                    self._functions.remove(function)

        return remove

    def tell(self) -> None:
        """Pass on what was committed since the last time."""
        with self._lock:
            if not self._functions and self._job_changed is None:
                return
            self._asked = True
            if self._telling:
                return
            self._telling = True
        try:
            while self._go_on():
                self._tell_page()
        finally:
            with self._lock:
                self._telling = False

    def _go_on(self) -> bool:
        with self._lock:
            asked, self._asked = self._asked, False
            if not asked:
                self._telling = False
            return asked

    def _tell_page(self) -> None:
        while True:
            with self._database.reading() as reading:
                changes = journal.lines(reading, after=self._last, limit=_AT_ONCE)
                views = {
                    change.job_id: jobs.view(reading, change.job_id)
                    for change in changes
                    if self._job_changed is not None and change.job_id is not None
                }
            if not changes:
                return
            self._last = changes[-1].seq
            for change in changes:
                with self._lock:
                    functions = list(self._functions)
                for function in functions:
                    try:
                        function(change)
                    except Exception as error:  # noqa: BLE001 - a listener's failure is its own
                        _log.error("a listener failed with %s at change %d", type(error).__name__, change.seq)
                if self._job_changed is not None and change.job_id is not None:
                    self._job_changed(views[change.job_id], change.event)
