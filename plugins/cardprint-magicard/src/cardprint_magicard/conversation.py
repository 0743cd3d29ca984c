"""Questions and answers over a link, and nothing that moves a card but ``send``."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from cardprint.plugin import Clock
from cardprint_magicard.link import Link
from cardprint_magicard.status import ANSWER_MAX, COUNT_KEY, PANELS_KEY, SERIAL_KEY, answer_in, count_in, question

__all__ = ["Conversation", "Look", "OutOfStepError"]

_LEFTOVERS = 64
"""Reads of old bytes after which it is taken for a device that never falls silent."""


class OutOfStepError(OSError):
    """Tell of answers that do not belong to their questions."""


@attrs.frozen(kw_only=True)
class Look:
    """Hold what the printer told of itself."""

    serial: str
    """Its serial number."""
    count: int | None
    """Cards it says it has printed; None: it told no number."""
    panels: int | None
    """Panels it says remain; None: it told no number."""


class Conversation:
    """Hold a link to one printer, opened when it is needed and dropped when it has failed."""

    def __init__(self, connect: Callable[[], Link], clock: Clock, answer_timeout: float) -> None:
        self._connect = connect
        self._clock = clock
        self._answer_timeout = answer_timeout
        self._link: Link | None = None

    def look(self) -> Look:
        """Ask for serial number, counts and once more the serial number; raise OSError.

        An answer does not say what it answers, and one that came late would be taken for the next. So the serial number
        comes first and last and must be the same: answers that are out of step are seen.
        """
        first, count, panels, last = self.ask(SERIAL_KEY, COUNT_KEY, PANELS_KEY, SERIAL_KEY)
        # Only answers that were left over three times in a row could be the serial number throughout.
        if not first or first != last or first in {count, panels}:
            self.close()
            raise OutOfStepError(None, "its answers do not belong to the questions")
        return Look(serial=first, count=count_in(count), panels=count_in(panels))

    def ask(self, *keys: str) -> list[str]:
        """Ask for values, one after the other; raise OSError."""
        try:
            link = self._open()
            self._drop_leftovers(link)
            return [self._answer(link, key) for key in keys]
        except OSError:
            self.close()
            raise

    def send(self, data: bytes, deadline: float) -> None:
        """Send all the bytes by a monotonic time; raise OSError. Some may have been taken then."""
        try:
            link, view = self._open(), memoryview(data)
            while view:
                view = view[link.send(bytes(view[: 1 << 16]), self._left(deadline)) :]
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Give the printer back; it is opened again when it is needed."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _open(self) -> Link:
        if self._link is None:
            self._link = self._connect()
        return self._link

    def _drop_leftovers(self, link: Link) -> None:
        """Take away what came too late for an earlier question."""
        for _ in range(_LEFTOVERS):
            try:
                link.receive(ANSWER_MAX, 0.001)
            except TimeoutError:
                return
        raise OutOfStepError(None, "it speaks without being asked")

    def _answer(self, link: Link, key: str) -> str:
        deadline = self._clock.monotonic() + self._answer_timeout
        asked = question(key)
        while asked:
            asked = asked[link.send(asked, self._left(deadline)) :]
        heard = b""
        while True:
            heard += link.receive(ANSWER_MAX, self._left(deadline))
            try:
                value = answer_in(heard)
            except ValueError as error:
                raise OutOfStepError(None, str(error)) from error
            if value is not None:
                return value

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError(None, "it takes too long")
        return left
