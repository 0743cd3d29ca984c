"""The way to a simulated printer, watched: every call may be the process's last, and every submit is checked."""

from __future__ import annotations

from typing import Protocol

from cardprint.model.messages import Command, Event, Lost, Open
from cardprint.plugin import Clock
from cardprint.simulation import SimulatedPort, SimulatedPrinter

__all__ = ["Watch", "WatchedPort"]

_CRASHED = "x-driver-crashed"


class Watch(Protocol):
    """Be told of all that goes over a port."""

    holders: dict[str, WatchedPort]
    """The session that holds each printer."""

    def call(self, kind: str) -> object:
        """Count a call, at which the process may die."""

    def commands(self, port: WatchedPort, command: Command) -> None:
        """Be told before a command reaches its device; the process may stall here."""


class WatchedPort(SimulatedPort):
    """Tell a watch of every call; let a new session end the one that holds the device, as a driver's host does."""

    def __init__(self, printer: SimulatedPrinter, clock: Clock, watch: Watch) -> None:
        super().__init__(printer, clock)
        self._watch = watch
        self._dead = False

    def send(self, command: Command) -> None:
        """Send a command; the process may die before it and after it. What a dead session is sent reaches nobody."""
        self._watch.call("device")
        self._watch.commands(self, command)
        if self._dead:
            self._answers.append(Lost(reason=_CRASHED))
            return
        if isinstance(command, Open):
            holder = self._watch.holders.get(self.printer.name)
            if holder is not None and holder is not self:
                holder.crash()
            self._watch.holders[self.printer.name] = self
            super().send(command)
            return
        super().send(command)
        self._watch.call("device")

    @property
    def dead(self) -> bool:
        """Say whether the session has ended without its station's doing."""
        return self._dead

    def poll(self) -> Event | None:
        """Fetch an event; the process may die before it has read it."""
        event = super().poll() if not self._dead else self._answers.popleft() if self._answers else None
        if event is not None:
            self._watch.call("device")
        return event

    def crash(self) -> None:
        """Let the driver end in the midst of whatever it does; the machine goes on by itself."""
        self.end()
        self._dead = True
        self._answers.append(Lost(reason=_CRASHED))
