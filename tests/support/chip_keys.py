"""Providers of keys: one that derives none and notes for whom it is asked, and one that fails."""

from __future__ import annotations

from cardprint.plugin import PluginContext
from cardprint.simulation.chips import KEY

__all__ = ["ASKED", "Derived", "Failing"]

ASKED: list[tuple[str, str]] = []
"""Name and chip of each question."""


class Derived:
    """Give the key of simulated chips."""

    def __init__(self, context: PluginContext) -> None:
        """Need nothing."""

    def key(self, name: str, chip_number: str) -> bytes:
        """Give it."""
        ASKED.append((name, chip_number))
        return bytes.fromhex(KEY)


class Failing:
    """Say too much."""

    def __init__(self, context: PluginContext) -> None:
        """Fail."""
        raise ValueError("PIN 1234 is wrong")
