"""Print-ready records from a centre that speaks OSIA's credential interface, and outcomes back to it."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import SourceEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_data_sources"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_data_sources() -> Iterable[SourceEntry]:
    """Announce the data source."""
    return (
        SourceEntry(
            name="osia",
            factory="cardprint_osia.source:OsiaSource",
            settings="cardprint_osia.settings:OsiaSettings",
            summary="Print-ready records leased from a centre that speaks OSIA, and outcomes back to it.",
            bundles=b"cardprint-bundle ",
        ),
    )
