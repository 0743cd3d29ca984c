"""The contract of an allocation policy."""

from __future__ import annotations

from abc import ABC, abstractmethod

from cardprint.model import CardRequest, Draw, Lanes, Place, StockView

__all__ = ["AllocationPolicy"]


class AllocationPolicy(ABC):
    """Decide who gets the next blank; made as ``Policy(settings, context)``; both answers are pure."""

    version: str = "1"
    """Stored with every decision; change it whenever the same input would be answered differently."""

    @abstractmethod
    def place(self, request: CardRequest) -> Place:
        """Say in which lane and at which rank a request waits; no clock, no I/O, same answer for same input."""

    @abstractmethod
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        """Choose among the lanes that have someone waiting, or nobody.

        Called inside the transaction that reserves the blank, so it must be quick; an exception lets the printer
        wait and undoes nothing.
        """
