"""The contract of a chip encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import attrs

from cardprint.model import CardRequest

__all__ = ["CardChannel", "ChipEncoder", "EncodeResult"]


class CardChannel(Protocol):
    """Exchange commands with the chip of the card in a machine or on a reader."""

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command APDU (ISO/IEC 7816-4) and give the response with its status word."""


@attrs.frozen(kw_only=True)
class EncodeResult:
    """State that a chip is written, read back and verified."""

    chip_number: str
    """The chip's own number."""


class ChipEncoder(ABC):
    """Write a chip; made as ``Encoder(settings, context)``."""

    @abstractmethod
    def encode(self, request: CardRequest, channel: CardChannel) -> EncodeResult:
        """Write, read back and verify; raise EncodeError where any of it fails."""
