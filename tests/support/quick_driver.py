"""A printer driver that prints nothing, as quickly as it is told, and that can be told to fail."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from cardprint.model import (
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    DeviceUri,
    PrinterState,
    PrinterStatus,
    StepKind,
)
from cardprint.plugin import DriverEntry, PluginContext, PrinterDriver, PrinterSession, Steps, hookimpl

__all__ = ["QuickDriver", "QuickPlugin", "QuickSession", "QuickSettings"]

STEPS = (StepKind.ACCEPTED, StepKind.FED, StepKind.ENCODED, StepKind.PRINTED, StepKind.EJECTED)


@attrs.frozen(kw_only=True)
class QuickSettings:
    """Say how long a card takes, and how the driver fails once a file is there."""

    seconds: float = 0.0
    fault: str = ""
    when: str = ""


class QuickSession(PrinterSession):
    """Print nothing, in the time it is told."""

    def __init__(self, settings: QuickSettings) -> None:
        self._settings = settings
        self.capabilities = Capabilities(call_timeout=60.0, card_timeout=2.0)

    def status(self) -> PrinterStatus:
        """Be idle."""
        return PrinterStatus(state=PrinterState.IDLE)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Report every step."""
        if self._settings.when and Path(self._settings.when).exists():
            faults: dict[str, Callable[[], object]] = {
                "hangs": threading.Event().wait,
                "crashes": lambda: os._exit(1),
                "segfaults": lambda: ctypes.string_at(0),
            }
            faults[self._settings.fault]()
        for kind in STEPS:
            steps.report(kind)
        if self._settings.seconds:
            time.sleep(self._settings.seconds)
        return AttemptOutcome(fate=CardFate.PRINTED)


class QuickDriver(PrinterDriver):
    """Open what is not there."""

    def __init__(self, settings: QuickSettings | None, context: PluginContext) -> None:
        self._settings = settings or QuickSettings()

    def open(self, device: DeviceUri) -> QuickSession:
        """Open it."""
        return QuickSession(self._settings)


class QuickPlugin:
    """Announce the driver."""

    @hookimpl
    def cardprint_printer_drivers(self) -> tuple[DriverEntry, ...]:
        """Announce it."""
        return (
            DriverEntry(
                name="quick",
                factory="support.quick_driver:QuickDriver",
                settings="support.quick_driver:QuickSettings",
                summary="Prints nothing.",
            ),
        )
