"""The contract of an allocation policy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date

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

    def placement(self) -> str | None:
        """Give what ``place`` depends on beside ``version``; None: on every setting.

        Where it changes, waiting requests are placed anew. Give ``""`` where no setting matters, or those that do.
        """
        return None

    def stage(self, day: date) -> str:
        """Name what is in force on a business date; where it changes, the cards drawn are counted from zero.

        They are also counted from zero where the policy, its version or a setting changes.
        """
        return ""
