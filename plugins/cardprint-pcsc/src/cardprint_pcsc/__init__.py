"""Chips written by a declared plan of commands (ISO/IEC 7816-4), over a printer's contacts or any PC/SC reader."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import EncoderEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_chip_encoders"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_chip_encoders() -> Iterable[EncoderEntry]:
    """Announce the encoder."""
    return (
        EncoderEntry(
            name="pcsc",
            factory="cardprint_pcsc.encoder:PlanEncoder",
            settings="cardprint_pcsc.settings:PcscSettings",
            summary="Writes chips by a plan of commands that a layout file declares.",
        ),
    )
