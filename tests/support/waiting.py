"""Waiting for what another thread or process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["PATIENCE", "wait_for"]

PATIENCE = 120.0
"""Seconds after which a test gives up."""


def wait_for(holds: Callable[[], bool]) -> None:
    """Ask until it is so."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.05)
