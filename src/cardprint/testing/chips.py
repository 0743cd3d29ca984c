"""The bench of chip encoders: chips that are good, used, foreign, worn, or locked with another key."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NoReturn

import pytest

from cardprint.errors import EncodeError
from cardprint.plugin import CardChannel
from cardprint.simulation import ChipSilentError, SimulatedChip
from cardprint.simulation.chips import KEY

__all__ = ["ChipBench", "SimulatedChips"]


class ChipBench(ABC):
    """Give chips to an encoder under test; what it cannot give stays as it is here, and the rule is skipped."""

    @abstractmethod
    def encoding(self) -> Mapping[str, str]:
        """Give what a good chip can hold, as an order has it; people are made up."""

    @abstractmethod
    def good(self) -> CardChannel:
        """Give a chip that nobody has written to yet, of another number each time."""

    def holds(self, chip: CardChannel) -> object:
        """Give all that a chip of this bench holds, so that two looks at it can be compared."""
        self.cannot("look into a chip")

    def number(self, chip: CardChannel) -> str:
        """Give the number of a chip of this bench, as the encoder must give it."""
        self.cannot("tell a chip's number")

    def used(self) -> CardChannel:
        """Give a chip that holds somebody's data."""
        self.cannot("give a used chip")

    def foreign(self) -> CardChannel:
        """Give a chip of another kind."""
        self.cannot("give a chip of another kind")

    def locked_out(self) -> CardChannel:
        """Give a good chip that has another key than the encoder's."""
        self.cannot("give a chip with another key")

    def keys_tried(self, chip: CardChannel) -> int:
        """Count the wrong keys that were shown to a chip of this bench."""
        self.cannot("count keys")

    def forgetful(self) -> CardChannel:
        """Give a good chip that acknowledges what is written and keeps none of it."""
        self.cannot("give a forgetful chip")

    def too_much(self) -> Mapping[str, str]:
        """Give what no chip can hold for want of room, with the fields of ``encoding``."""
        self.cannot("say what is too much")

    def secrets(self) -> Sequence[bytes]:
        """Give the keys that the encoder is set up with. Default: none are known."""
        return ()

    def cannot(self, what: str) -> NoReturn:
        """Skip the rule that asks for this."""
        pytest.skip(f"the bench cannot {what}")


class _Contacts:
    """Reach a simulated chip."""

    def __init__(self, chip: SimulatedChip, *, forgets: bool = False) -> None:
        self.chip = chip
        self._forgets = forgets

    def transmit(self, apdu: bytes) -> bytes:
        before = self.chip.data
        try:
            return self.chip.transmit(apdu)
        except ChipSilentError:
            raise EncodeError("the chip does not answer.") from None
        finally:
            if self._forgets:
                self.chip.data = before


class SimulatedChips(ChipBench):
    """Give simulated chips (``cardprint.simulation.chips``), for encoders that can be set up for their layout."""

    def __init__(self, encoding: Mapping[str, str]) -> None:
        self._encoding = encoding
        self._made = 0

    def encoding(self) -> Mapping[str, str]:
        """Give what the encoder is set up for."""
        return self._encoding

    def good(self, **changed: object) -> _Contacts:
        """Give a fresh chip."""
        self._made += 1
        chip = SimulatedChip(number=f"{self._made:016X}")
        for name, value in changed.items():
            setattr(chip, name, value)
        return _Contacts(chip)

    def holds(self, chip: CardChannel) -> object:
        """Give its data file."""
        return _chip(chip).data

    def number(self, chip: CardChannel) -> str:
        """Give its number."""
        return _chip(chip).number

    def used(self) -> CardChannel:
        """Give a chip that was written before."""
        contacts = self.good()
        contacts.chip.hold("somebody")
        return contacts

    def foreign(self) -> CardChannel:
        """Give a chip with another application."""
        return self.good(application="F04F54484552")

    def locked_out(self) -> CardChannel:
        """Give a chip with another key."""
        return self.good(key="FF" * 16)

    def keys_tried(self, chip: CardChannel) -> int:
        """Count the tries that are gone."""
        return SimulatedChip(number="").tries - _chip(chip).tries

    def forgetful(self) -> CardChannel:
        """Give a chip whose memory is worn."""
        return _Contacts(self.good().chip, forgets=True)

    def too_much(self) -> Mapping[str, str]:
        """Give more than its data file has room for."""
        return {name: value * 300 for name, value in self._encoding.items()}

    def secrets(self) -> Sequence[bytes]:
        """Give the key of simulated chips."""
        return (bytes.fromhex(KEY),)


def _chip(contacts: CardChannel) -> SimulatedChip:
    if not isinstance(contacts, _Contacts):
        raise TypeError(type(contacts).__name__)
    return contacts.chip
