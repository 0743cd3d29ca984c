"""What a station hands to a plugin, for its tests."""

from __future__ import annotations

from pathlib import Path

from cardprint.hosts.clock import SystemClock
from cardprint.plugin import Clock, PluginContext
from cardprint.testing.rules import RuleBrokenError

__all__ = ["ForbiddenClock", "plugin_context"]


class ForbiddenClock:
    """Be the clock of a plugin that must not ask the time."""

    def now(self) -> float:
        """Refuse."""
        raise RuleBrokenError("it asked for the time")

    def monotonic(self) -> float:
        """Refuse."""
        raise RuleBrokenError("it asked for the time")

    def sleep(self, seconds: float) -> None:
        """Refuse."""
        raise RuleBrokenError("it waited")


def plugin_context(folder: Path, *, name: str = "P1", clock: Clock | None = None) -> PluginContext:
    """Give a context as a station gives it, with this folder as the station's and the computer's clock."""
    photos = folder / "photos"
    return PluginContext(name=name, clock=clock or SystemClock(), folder=folder, photos=photos)
