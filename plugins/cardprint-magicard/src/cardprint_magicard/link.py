"""What carries bytes to a printer and back, whichever way it hangs on the computer."""

from __future__ import annotations

from abc import ABC, abstractmethod

__all__ = ["Link"]


class Link(ABC):
    """Hold an open way to a printer; what goes wrong is an OSError, and TimeoutError where it is only slow."""

    @abstractmethod
    def send(self, data: bytes, timeout: float) -> int:
        """Send some of the bytes, at least one, and say how many; wait no longer than ``timeout`` seconds."""

    @abstractmethod
    def receive(self, size: int, timeout: float) -> bytes:
        """Give at least one byte and at most ``size``; wait no longer than ``timeout`` seconds."""

    @abstractmethod
    def close(self) -> None:
        """Give the printer back; once is enough."""
