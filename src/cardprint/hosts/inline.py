"""A driver in a thread of the station's own process: for tests, simulations and drivers that cannot hang."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable

from cardprint.hosts.dialogue import Dialogue
from cardprint.model.identifiers import DeviceUri
from cardprint.model.messages import Close, Command, Event
from cardprint.plugin import ChipEncoder, PrinterSession

__all__ = ["InlinePort"]


class InlinePort:
    """Run a session in a thread; a hung call is abandoned with its thread, for a thread cannot be killed."""

    def __init__(
        self,
        open_session: Callable[[], PrinterSession],
        *,
        name: str = "printer",
        find: Callable[[], Iterable[DeviceUri]] = tuple,
        encoder: ChipEncoder | None = None,
        explains: bool = False,
    ) -> None:
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._dialogue = Dialogue(
            open_session, self._commands.get, self._events.put, find, encoder=encoder, explains=explains
        )
        threading.Thread(target=self._dialogue.run, name=f"driver-{name}", daemon=True).start()

    def send(self, command: Command) -> None:
        """Send a command."""
        self._commands.put(command)

    def poll(self) -> Event | None:
        """Give the next event if there is one."""
        return self.wait(0)

    def wait(self, timeout: float) -> Event | None:
        """Give the next event, waiting for it."""
        try:
            return self._events.get(timeout=timeout) if timeout > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def end(self) -> None:
        """Close the session once its call is over."""
        self._dialogue.ended = True
        self._commands.put(Close())
