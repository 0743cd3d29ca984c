"""A thread for what is done beside the cards, so that no printer waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

__all__ = ["Ahead"]

_log = logging.getLogger(__name__)


class Ahead:
    """Do what is asked for one after the other; of each name only what was asked last."""

    def __init__(self) -> None:
        self._asked: dict[str, Callable[[], None]] = {}
        self._changed = threading.Condition()
        self._ended = False

    def ask(self, name: str, work: Callable[[], None]) -> None:
        """Have something done soon, in place of what was asked under this name and is not begun."""
        with self._changed:
            self._asked[name] = work
            self._changed.notify()

    def end(self) -> None:
        """Let ``run`` return, at the latest after what it does now."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def run(self) -> None:
        """Work until ``end`` is called."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._asked)
                if self._ended:
                    return
                work = self._asked.pop(next(iter(self._asked)))
            try:
                work()
            except Exception as error:  # noqa: BLE001 - it shows again when the card's turn comes
                _log.info("nothing could be made ahead: %s", type(error).__name__)
