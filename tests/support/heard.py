"""What a running station tells, and waiting for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cardprint import Station
from cardprint.model.views import Change

__all__ = ["Heard"]


class Heard:
    """Hear a station's changes and wait for them."""

    def __init__(self, station: Station) -> None:
        self.changes: list[Change] = []
        self._more = threading.Condition()
        station.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        with self._more:
            self.changes.append(change)
            self._more.notify_all()

    def count(self, event: str, printer: str) -> int:
        """Count the changes of a kind that are about a printer."""
        return sum(change.event == event and change.printer == printer for change in self.changes)

    def shown(self, printer: str) -> list[object]:
        """Give what the printer was said to show, one list of reasons after the other."""
        return [
            change.data["reasons"]
            for change in self.changes
            if change.event == "printer-changed" and change.printer == printer
        ]

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds, asking after every change."""
        with self._more:
            assert self._more.wait_for(holds, 60), [change.event for change in self.changes]
