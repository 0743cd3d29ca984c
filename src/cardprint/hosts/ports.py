"""The engine's end of a connection to a printer's driver."""

from __future__ import annotations

from typing import Protocol

from cardprint.model.messages import Command, Event

__all__ = ["PrinterPort"]


class PrinterPort(Protocol):
    """Carry commands to one driver and events back; one thread uses it."""

    def send(self, command: Command) -> None:
        """Send a command; never waits for its effect."""

    def poll(self) -> Event | None:
        """Give the next event if there is one; never waits."""

    def wait(self, timeout: float) -> Event | None:
        """Give the next event, waiting for it at most ``timeout`` seconds."""

    def end(self) -> None:
        """End the driver, whatever it is doing; nothing comes from it afterwards."""
