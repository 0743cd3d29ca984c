"""Settings of the driver."""

from __future__ import annotations

from typing import Literal

import attrs
from attrs import validators

__all__ = ["MagicardSettings"]


@attrs.frozen(kw_only=True)
class MagicardSettings:
    """Say which printer it is, what is in it, and how far its counter is believed."""

    model: str = ""
    """One of this package's models, or a file ``NAME.toml`` in the station's folder; empty: told by the USB number."""
    ribbon: Literal["YMC", "YMCO", "YMCK", "YMCKO", "K", "KO"] = "YMCKO"
    """The panels to print with, of those that the ribbon has."""
    sides: int = attrs.field(default=2, validator=validators.in_((1, 2)))
    """Sides to print: 1 or 2, and never more than the model prints."""
    hole: Literal["", "chip", "chip-large", "stripe", "stripe-large"] = ""
    """Where the overcoat of the front leaves the card bare; empty: nowhere."""
    stripe: Literal["", "low", "high"] = ""
    """The coercivity of the cards' magnetic stripe; empty: it is not written."""
    reject_faulty: bool = False
    """Have the printer reject a card that it finds faulty."""
    colour_sure: bool = True
    """Have the printer use ColorSure, its own control of colours."""
    turn_front: bool = False
    """Print the front turned by half a turn: for cards that lie in the hopper the other way round."""
    turn_back: bool = False
    """The same for the back, which else stands as the front does when the card is turned over like a leaf."""
    trust_count: bool = False
    """Take one more in the printer's count of cards as a card that came out good.

    Set it once this very printer was seen to count so; until then a person says of each card what became of it.
    """
    card_timeout: float = attrs.field(default=180.0, validator=[validators.ge(10.0), validators.le(3600.0)])
    """Seconds within which a card is taken by the printer and counted."""
    answer_timeout: float = attrs.field(default=5.0, validator=[validators.ge(0.1), validators.le(5.0)])
    """Seconds within which the printer answers a question."""
    libusb: str = ""
    """The library that speaks USB, where it is not the system's libusb-1.0."""
