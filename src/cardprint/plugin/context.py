"""What the core hands to a plugin when it makes one."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import attrs

__all__ = ["Clock", "PluginContext"]


class Clock(Protocol):
    """Tell the time; always handed in, so that the simulation can be its own."""

    def now(self) -> float:
        """Give the wall time in seconds since 1970 (UTC); it may jump."""

    def monotonic(self) -> float:
        """Give seconds that only ever grow; for measuring."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@attrs.frozen(kw_only=True)
class PluginContext:
    """Give a plugin its surroundings; a factory is called as ``factory(settings, context)``."""

    name: str
    """The name the configuration gives to this use of the plugin: a printer's or a source's name."""
    clock: Clock
    """The time."""
    folder: Path
    """The station's folder; a plugin keeps what it must in ``folder / "plugins" / name``."""
    photos: Path
    """The folder of photos, files named by the SHA-256 of their bytes; read only."""
