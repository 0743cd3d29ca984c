"""What cardprint itself ships, announced through the hooks as a vendor does."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import DriverEntry, InterlockEntry, PolicyEntry, RendererEntry, SourceEntry, hookimpl

__all__ = [
    "CARDPRINT_API",
    "cardprint_allocation_policies",
    "cardprint_card_renderers",
    "cardprint_data_sources",
    "cardprint_interlocks",
    "cardprint_printer_drivers",
]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that these are written for."""


@hookimpl
def cardprint_allocation_policies() -> Iterable[PolicyEntry]:
    """Announce the policies."""
    return (
        PolicyEntry(
            name="first-time-first",
            factory="cardprint.builtin.policies:FirstTimeFirst",
            settings="cardprint.builtin.policies:FirstTimeFirstSettings",
            summary="First-time holders, then replacements, renewals and others; by priority, then by waiting date.",
        ),
        PolicyEntry(
            name="fifo",
            factory="cardprint.builtin.policies:Fifo",
            summary="In the order in which requests came in.",
        ),
        PolicyEntry(
            name="quota",
            factory="cardprint.builtin.quota:Quota",
            settings="cardprint.builtin.quota:QuotaSettings",
            summary="Lanes by declared rules, drawn in dated stages by order, share and blanks kept back.",
        ),
    )


@hookimpl
def cardprint_card_renderers() -> Iterable[RendererEntry]:
    """Announce the renderers."""
    return (
        RendererEntry(
            name="portrait",
            factory="cardprint.builtin.portrait:PortraitRenderer",
            settings="cardprint.builtin.portrait.settings:PortraitSettings",
            summary="A card with portrait, fields and a code.",
        ),
        RendererEntry(
            name="none",
            factory="cardprint.builtin.no_faces:NoFaces",
            summary="No faces, for simulations and printers that draw by themselves.",
        ),
    )


@hookimpl
def cardprint_printer_drivers() -> Iterable[DriverEntry]:
    """Announce the printer driver."""
    return (
        DriverEntry(
            name="folder",
            factory="cardprint.builtin.folder:FolderDriver",
            settings="cardprint.builtin.folder.settings:FolderSettings",
            schemes=("folder",),
            summary="Cards as PNG and PDF files in a folder.",
        ),
    )


@hookimpl
def cardprint_data_sources() -> Iterable[SourceEntry]:
    """Announce the data source."""
    return (
        SourceEntry(
            name="file",
            factory="cardprint.builtin.file:FileSource",
            settings="cardprint.builtin.file:FileSettings",
            summary="XLSX, CSV, JSON Lines, or a ZIP of one of the last two with photos.",
        ),
    )


@hookimpl
def cardprint_interlocks() -> Iterable[InterlockEntry]:
    """Announce the interlocks; a station has both without being configured."""
    return (
        InterlockEntry(
            name="pause",
            factory="cardprint.builtin.interlocks:Pause",
            summary="No card while somebody has paused the printer; always there.",
        ),
        InterlockEntry(
            name="duty",
            factory="cardprint.builtin.interlocks:Duty",
            summary="No card beyond a printer's limits of a day and an hour; always there.",
        ),
    )
