"""The contract of a chip encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

import attrs

from cardprint.errors import EncodeError
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

    def identify(self, channel: CardChannel) -> str:
        """Read the chip's own number and change nothing; raise EncodeError where it cannot be read.

        The number is durable before ``write`` is called. Default: raises EncodeError, since a chip without a number
        cannot be bound to a card.
        """
        raise EncodeError(f"{type(self).__name__} reads no chip numbers; nothing was written.", written=False)

    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        """Write the chip that ``identify`` has named, read it back, compare and lock it; raise EncodeError else.

        ``encoding`` is the order's: what the chip is to hold and no more of the request. Default: raises EncodeError.
        """
        raise EncodeError(f"{type(self).__name__} writes no chips of orders; nothing was written.", written=False)
