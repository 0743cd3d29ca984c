"""The contract of a printer driver."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from cardprint.model import AttemptId, AttemptOutcome, Capabilities, CardOrder, DeviceUri, Observation, PrinterStatus
from cardprint.model.attempts import StepKind
from cardprint.plugin.encoders import CardChannel

__all__ = ["ChipSteps", "PrinterDriver", "PrinterSession", "Steps"]


class Steps(Protocol):
    """Take a driver's word that something has happened to the card."""

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        """Report a step; returns once a synced one (``StepKind.synced``) is durable, at once for the others.

        An exception from here must leave ``print_card``: the station no longer wants the card to go on.
        """


@runtime_checkable
class ChipSteps(Steps, Protocol):
    """Take a driver's word, and write chips as well; ``isinstance(steps, ChipSteps)`` says whether a station does."""

    def encode(self, channel: CardChannel | None = None) -> str:
        """Have the station's encoder write the chip of the blank at the reader; gives the chip's number.

        ``channel`` is the session's own way to the chip; None: the encoder has a reader of its own there (a coupler
        inside the machine that the computer sees as a reader by itself). Call it once a card, where the order has an
        ``encoding`` for a chip; the steps ``identified`` and ``encoded`` are reported by it, and without it PRINTED is
        not believed: the card is in doubt. On EncodeError put the card into the reject bin and return SPOILED with the
        error's ``reason``; any other exception must leave ``print_card``.
        """


class PrinterSession(ABC):
    """Hold an open connection to one device; one thread uses it, one call at a time."""

    capabilities: Capabilities
    """What this device can do and prove."""

    @abstractmethod
    def status(self) -> PrinterStatus:
        """Ask how the printer is; raise DriverError (fate NOT_FED) where it does not answer."""

    @abstractmethod
    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Make one card and return once it has left the machine or never will.

        Command the device once, with no retry of your own. Return an outcome, or raise DriverError,
        whose fate says what became of the blank; anything else that escapes counts as UNKNOWN.
        NOT_FED after the device was commanded is believed only with ``definite_not_started``.
        """

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell what can be observed now, read only; with an id, also its entry in the job table.

        Default: knows nothing.
        """
        return Observation()

    def fence(self, attempt_id: AttemptId) -> bool:
        """Drop whatever of this attempt is queued and wait for rest; True once nothing of it can still print.

        Default: cannot, False.
        """
        return False

    def cancel(self, attempt_id: AttemptId) -> None:
        """Wish that the device drop the attempt; the outcome tells what became of it. Default: nothing."""

    def close(self) -> None:
        """Give the device back. Default: nothing to do."""

    def __enter__(self) -> Self:
        """Enter the session."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the session."""
        self.close()


class PrinterDriver(ABC):
    """Speak a family of printers' language; made as ``Driver(settings, context)``, without I/O."""

    @abstractmethod
    def open(self, device: DeviceUri) -> PrinterSession:
        """Open a device; raise DriverError (fate NOT_FED, reason ``offline``) where it is not there."""

    def discover(self) -> Iterable[DeviceUri]:
        """Find devices of this family; the first hundred count. Default: none.

        Called in a process that ends afterwards, with some twenty seconds to answer; raise DriverError (fate NOT_FED)
        where nobody can look.
        """
        return ()
