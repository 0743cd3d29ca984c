"""A simulated card printer behind ``sim://``: a device process of its own, and the driver that speaks to it."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import DriverEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_printer_drivers"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_printer_drivers() -> Iterable[DriverEntry]:
    """Announce the driver."""
    return (
        DriverEntry(
            name="simulator",
            factory="cardprint_simulator.driver:SimulatorDriver",
            settings="cardprint_simulator.settings:SimulatorSettings",
            summary="A simulated card printer that runs as a process of its own.",
            schemes=("sim",),
        ),
    )
