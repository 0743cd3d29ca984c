"""Settings of the portrait renderer."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
from attrs import validators

__all__ = ["FieldLine", "PortraitSettings"]


@attrs.frozen(kw_only=True)
class FieldLine:
    """Put one or more fields on the card, under one label."""

    fields: tuple[str, ...] = attrs.field(validator=validators.min_len(1))
    """Names of the request's fields, joined by a comma; ``subject_id`` is the request's own. Empty ones are left
    out, and a line without any is not drawn."""
    label: str = ""
    """What stands above the value."""
    half: bool = False
    """Take half the width, so that two such lines stand side by side."""
    large: bool = False
    """Write the value large and bold."""
    required: bool = False
    """Hold a request that has none of the fields."""


FRONT = (
    FieldLine(fields=("subject_id",), label="Identity number", large=True),
    FieldLine(fields=("name",), label="Name", large=True, required=True),
    FieldLine(fields=("birth_place", "birth_date"), label="Place and date of birth"),
    FieldLine(fields=("sex",), label="Sex", half=True),
    FieldLine(fields=("nationality",), label="Nationality", half=True),
    FieldLine(fields=("address", "village", "district"), label="Address"),
    FieldLine(fields=("valid_until",), label="Valid until"),
)
BACK = (
    FieldLine(fields=("regency", "province"), label="Region"),
    FieldLine(fields=("occupation",), label="Occupation"),
    FieldLine(fields=("marital_status",), label="Marital status", half=True),
    FieldLine(fields=("blood_type",), label="Blood type", half=True),
    FieldLine(fields=("issue_office",), label="Issued by"),
    FieldLine(fields=("issue_date",), label="Issued on"),
)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@attrs.frozen(kw_only=True)
class PortraitSettings:
    """Set up the design: its words, its colour, its fonts."""

    title: str = "Identity Card"
    """What the card is, in the header."""
    office: str = "Civil Registry"
    """Who issues it, in the header."""
    notice: str = "If found, please hand this card in at any registry office."
    """What stands at the foot of the back."""
    colour: str = attrs.field(default="#0b4a63", validator=validators.matches_re(_COLOUR))
    """The card's colour, as ``#rrggbb``; a dark one, since the header's words are white."""
    front: tuple[FieldLine, ...] = FRONT
    """Lines beside the portrait, from top to bottom."""
    back: tuple[FieldLine, ...] = BACK
    """Lines on the back, where the printer prints two sides."""
    font: Path | None = None
    """A font file, relative to the station's folder; None: Noto Sans, DejaVu Sans or the system's own, as found."""
    bold_font: Path | None = None
    """Its bold; None: where ``font`` is given that one, otherwise as found."""
    shaping: bool = True
    """Shape texts by raqm where it is there; False: never."""
    photo_pixels: int = attrs.field(default=40_000_000, validator=validators.ge(1))
    """Pixels that a photo may have."""
