"""Magicard card printers (Rio, Tango, Enduro and rebrands) in their own language, over USB or a device file."""

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
            name="magicard",
            factory="cardprint_magicard.driver:MagicardDriver",
            settings="cardprint_magicard.settings:MagicardSettings",
            summary="Magicard Rio, Tango and Enduro; checked against Gutenprint, on no hardware.",
            schemes=("usb", "file", "socket"),
        ),
    )
