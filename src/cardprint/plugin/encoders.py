"""The contract of a chip encoder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from cardprint.errors import EncodeError

__all__ = ["CardChannel", "ChipEncoder"]


class CardChannel(Protocol):
    """Exchange commands with the chip of the card in a machine or on a reader."""

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command APDU (ISO/IEC 7816-4) and give the response with its status word."""


class ChipEncoder(ABC):
    """Write a chip; made as ``Encoder(settings, context)``, without I/O, in the process that runs the driver.

    The station calls, for each card that needs a chip: ``check`` and ``ready`` before a blank is fed; with the blank at
    the reader ``identify``; and ``write`` once the chip's number is durable. One thread calls it.
    """

    @abstractmethod
    def identify(self, channel: CardChannel) -> str:
        """Read the chip's own number and change nothing; raise EncodeError where it cannot be read.

        The number has 1 to 64 of A-Z, a-z, 0-9, ``.``, ``:`` and ``-``. It is durable before ``write`` is called.
        """

    @abstractmethod
    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        """Write the chip that ``identify`` has named, read it back, compare and lock it; raise EncodeError else.

        ``encoding`` is the order's: what the chip is to hold and no more of the request. An error says with ``written``
        whether the chip may hold something new; whatever else is raised counts as written.
        """

    def check(self, encoding: Mapping[str, str]) -> None:
        """Raise EncodeError where no chip of this kind can hold this; no blank was touched.

        With the reason ``x-chip-data`` the request ends there, since trying again is of no use; with any other, such as
        ``x-chip-layout`` for fields that the encoder does not know, it is tried again. Pure. Default: anything can be
        held.
        """

    def ready(self) -> None:
        """Raise EncodeError where no chip could be written now, for want of a reader or a key; no blank was touched.

        Default: always ready.
        """

    def reader(self) -> AbstractContextManager[CardChannel]:
        """Reach the chip by a reader of the encoder's own, for a driver that moves the card to it and no more.

        Default: raises EncodeError, since there is none.
        """
        raise EncodeError(
            f"{type(self).__name__} has no reader of its own; nothing was written.", reason="x-no-reader", written=False
        )
