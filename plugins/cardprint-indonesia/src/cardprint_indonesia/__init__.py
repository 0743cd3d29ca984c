"""What Indonesia's identity card asks: a check of the person's number, and the order in which cards are made."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import ValidatorEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_request_validators"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_request_validators() -> Iterable[ValidatorEntry]:
    """Announce the validator."""
    return (
        ValidatorEntry(
            name="nik",
            factory="cardprint_indonesia.validator:NikValidator",
            settings="cardprint_indonesia.settings:NikSettings",
            summary="The person's number: its form, and whether it agrees with the rest of the record.",
        ),
    )
