"""Which cards have a chip, which printers can write it, and what it is to hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from cardprint.engine.parts import Parts
from cardprint.errors import RenderError
from cardprint.model.configuration import PrinterConfig
from cardprint.model.printers import Capabilities
from cardprint.store import Reading, requests

__all__ = ["CHIPS", "encoding_of", "usable"]

CHIPS: Final = frozenset({"contact-chip", "contactless-chip"})
"""What a request's ``needs`` say where its card has a chip to be written."""


def usable(capabilities: Capabilities, printer: PrinterConfig) -> Capabilities:
    """Leave out a printer's chip stations where no encoder is configured for it: who needs a chip waits for another."""
    if printer.encoder:
        return capabilities
    return attrs.evolve(capabilities, abilities=capabilities.abilities - CHIPS)


def encoding_of(reading: Reading, parts: Parts, printer: PrinterConfig, request_row: int) -> Mapping[str, str]:
    """Give what the chip of a request's card is to hold, field by field; nothing where its card needs no chip.

    Raises RenderError for a field that the request lacks: such a card cannot be made.
    """
    use = parts.config.encoders.get(printer.encoder)
    if use is None:
        return {}
    request, _ = requests.load(reading, request_row)
    if not CHIPS & request.needs:
        return {}
    known = {**request.fields, "subject_id": request.subject_id}
    for name in use.fields:
        if not known.get(name):
            raise RenderError(
                f"the chip is to hold the field {name!r}, which is empty; no blank was touched.",
                rule="x-field-missing",
                field=name,
            )
    return {name: known[name] for name in use.fields}
