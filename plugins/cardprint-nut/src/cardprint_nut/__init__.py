"""Mains power: an interlock that asks Network UPS Tools whether the office is on battery."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import InterlockEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_interlocks"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_interlocks() -> Iterable[InterlockEntry]:
    """Announce the interlock."""
    return (
        InterlockEntry(
            name="nut",
            factory="cardprint_nut.interlock:NutInterlock",
            settings="cardprint_nut.settings:NutSettings",
            summary="No card on battery, and a station that stops before the battery is empty; asks upsd.",
        ),
    )
