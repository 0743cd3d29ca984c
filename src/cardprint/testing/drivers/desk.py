"""The bench of a real device on a desk: a person is asked to do what no program can, and to count."""

from __future__ import annotations

from collections.abc import Callable

from cardprint.model import DeviceUri
from cardprint.testing.drivers.bench import Bench

__all__ = ["Desk"]


class Desk(Bench):
    """Ask a person, line by line; what the person cannot do is answered with ``no``, and its rules are skipped."""

    def __init__(self, device: DeviceUri, ask: Callable[[str], str]) -> None:
        """Take the device's address, and how a question is put: it gives the line that was typed."""
        self._device = device
        self._ask = ask
        self._trouble = False

    @property
    def device(self) -> DeviceUri:
        """Give the address that was named."""
        return self._device

    def used(self) -> int:
        """Have all cards counted that have left the hopper."""
        return self._number("How many cards have left the hopper since the tests began, good, bad and stuck")

    def good(self) -> int:
        """Have the good cards counted."""
        return self._number("How many good cards have come out since the tests began")

    def empty_hopper(self) -> None:
        """Have the blanks taken out."""
        self._do("Take all blanks out of the hopper", "empty the hopper")

    def jam_next(self) -> None:
        """Have the next card stopped."""
        self._do("Make ready to stop the next card once it has left the hopper", "jam a card")

    def spoil_next(self) -> None:
        """Have the next card spoiled."""
        self._do("Make ready to spoil the next card (an end of ribbon does it)", "spoil a card")

    def cut_power(self) -> None:
        """Have the device switched off."""
        self._do("Pull the device's power plug now", "cut the power")

    def restore_power(self) -> None:
        """Have the device switched on."""
        self._do("Give the power back and wait until the device is ready", "restore the power")

    def silence(self) -> None:
        """Have the line held up."""
        self._do("Let the device fall silent with its line open", "silence the device")

    def speak(self) -> None:
        """Have the line released."""
        self._do("Let the device answer again", "let the device answer again")

    def put_right(self) -> None:
        """Have everything put right after a rule that made trouble."""
        if self._trouble:
            self._trouble = False
            self._ask("Clear the device, fill the hopper, switch it on, and press Enter once it is ready: ")

    def _do(self, what: str, cannot: str) -> None:
        if self._ask(f"{what}, then press Enter (no: it cannot be done): ").strip().lower() in {"n", "no"}:
            self.cannot(cannot)
        self._trouble = True

    def _number(self, question: str) -> int:
        while True:
            answer = self._ask(f"{question}? ").strip()
            if answer.isascii() and answer.isdigit():
                return int(answer)
            if answer.lower() in {"n", "no"}:
                self.cannot("count cards")
