"""Printers, bridges and queues that speak the Internet Printing Protocol, behind ``ipp://`` and ``ipps://``."""

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
            name="ipp",
            factory="cardprint_ipp.driver:IppDriver",
            settings="cardprint_ipp.settings:IppSettings",
            summary="Printers, bridges and operating-system queues that speak IPP.",
            schemes=("ipp", "ipps"),
        ),
    )
