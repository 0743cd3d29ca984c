"""Settings of the built-in card; read without Pillow, which only drawing needs."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

__all__ = ["PortraitSettings"]


@attrs.frozen(kw_only=True)
class PortraitSettings:
    """Set up the built-in card."""

    office: str = "Civil Registry Office"
    """What stands in the band."""
    title: str = "IDENTITY CARD"
    """What stands beside it."""
    labels: Mapping[str, str] = attrs.field(
        factory=lambda: {
            "name": "Name",
            "birth_place": "Place of birth",
            "birth_date": "Date of birth",
            "sex": "Sex",
            "address": "Address",
        },
    )
    """Field to label, in the order of the card; fields a request has not are left out."""
    required: tuple[str, ...] = ("name",)
    """Fields without which no card is made."""
    photo: bool = True
    """False: cards have no portrait."""
    font: str = ""
    """A TrueType file; empty: Noto Sans or DejaVu Sans of the system."""
    bold: str = ""
    """Its bold."""
