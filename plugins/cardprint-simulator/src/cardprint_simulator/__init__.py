"""A simulated card printer behind ``sim://``: a device process of its own, its driver, and an encoder for its chips."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import DriverEntry, EncoderEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_chip_encoders", "cardprint_printer_drivers"]

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


@hookimpl
def cardprint_chip_encoders() -> Iterable[EncoderEntry]:
    """Announce the encoder."""
    return (
        EncoderEntry(
            name="simulator",
            factory="cardprint_simulator.encoder:SimulatorEncoder",
            settings="cardprint_simulator.settings:EncoderSettings",
            summary="Writes the chips of simulated cards.",
        ),
    )
