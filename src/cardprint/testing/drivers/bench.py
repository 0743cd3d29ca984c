"""The hand that stands before the device while its driver is tested."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NoReturn

import pytest

from cardprint.model import AttemptId, DeviceUri

__all__ = ["Bench"]


class Bench(ABC):
    """Provoke a device and count its cards: by a simulator's back door, a switched socket, or a person who is asked.

    What it cannot do stays as it is here: the rules that need it are skipped, and the reason is in the report.
    """

    @property
    @abstractmethod
    def device(self) -> DeviceUri:
        """Give the address of the device, which is switched on, has blanks and is ready for a card."""

    def encoding(self) -> Mapping[str, str]:
        """Give what an order asks the chip or stripe to hold, for a device that encodes. Default: nothing."""
        return {}

    def unreachable(self) -> DeviceUri:
        """Give an address of the right form at which there is no device."""
        self.cannot("name a device that is not there")

    def used(self) -> int:
        """Count the blanks that have left the hopper so far."""
        self.cannot("count blanks")

    def good(self) -> int:
        """Count the good cards that have come out so far."""
        self.cannot("count good cards")

    def faces(self, attempt_id: AttemptId) -> Sequence[str]:
        """Give the SHA-256 (hex) of what was printed for an attempt, front first."""
        self.cannot("tell what was printed")

    def empty_hopper(self) -> None:
        """Take out all blanks."""
        self.cannot("empty the hopper")

    def jam_next(self) -> None:
        """Let the next card get stuck once it has left the hopper."""
        self.cannot("jam a card")

    def spoil_next(self) -> None:
        """Let the next card come out bad, and the device notice."""
        self.cannot("spoil a card")

    def cut_power(self) -> None:
        """Take the device's power away at once."""
        self.cannot("cut the power")

    def restore_power(self) -> None:
        """Give the power back, and wait until the device answers."""
        self.cannot("restore the power")

    def silence(self) -> None:
        """Let the device take what it is sent and answer nothing."""
        self.cannot("silence the device")

    def speak(self) -> None:
        """Let the device answer again."""
        self.cannot("let the device answer again")

    def put_right(self) -> None:
        """Fill, clear and switch on after a rule. Default: nothing, for a device that is made anew for each."""

    def cannot(self, what: str) -> NoReturn:
        """Skip the rule that asks for this."""
        pytest.skip(f"the bench cannot {what}")
