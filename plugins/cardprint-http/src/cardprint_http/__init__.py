"""Card requests from a server, and outcomes back to it, over a small JSON contract."""

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
            name="http",
            factory="cardprint_http.source:HttpSource",
            settings="cardprint_http.settings:HttpSettings",
            summary="Requests from a server over HTTPS, and outcomes back to it.",
        ),
    )
