"""What the engine sends to a printer and what comes back: plain values, so that they cross a process.

The engine is a state machine over these; a vendor's blocking calls are turned into them below the engine.
One command is under way at a time; each is answered by exactly one closing event, ``Submit`` by any number of
``Reported`` before its closing event. After a ``Reported`` whose step is synced the driver waits for ``Proceed``.
"""

from __future__ import annotations

import attrs

from cardprint.model.attempts import AttemptOutcome, CardFate, Step
from cardprint.model.cards import CardOrder
from cardprint.model.identifiers import AttemptId, DeviceUri
from cardprint.model.printers import Capabilities, Observation, PrinterStatus

__all__ = [
    "Close",
    "Command",
    "Done",
    "Event",
    "Failed",
    "Fence",
    "Fenced",
    "Find",
    "Found",
    "Look",
    "Lost",
    "Observed",
    "Open",
    "Opened",
    "Proceed",
    "Reported",
    "Submit",
]


@attrs.frozen(kw_only=True)
class Open:
    """Open the device; answered by Opened, Failed or Lost."""


@attrs.frozen(kw_only=True)
class Look:
    """Ask for status and observation, read only; answered by Observed, Failed or Lost."""

    attempt_id: AttemptId | None = None
    """The attempt whose entry in the job table is wanted."""


@attrs.frozen(kw_only=True)
class Submit:
    """Make one card; answered by Done, Failed or Lost."""

    order: CardOrder
    """The card."""


@attrs.frozen(kw_only=True)
class Proceed:
    """Let the driver go on after a synced step."""


@attrs.frozen(kw_only=True)
class Fence:
    """Drop what is queued of an attempt; answered by Fenced, Failed or Lost."""

    attempt_id: AttemptId
    """Which."""


@attrs.frozen(kw_only=True)
class Find:
    """Find devices of the driver's family, none of which need be open; answered by Found, Failed or Lost."""


@attrs.frozen(kw_only=True)
class Close:
    """Give the device back; the last command, not answered."""


Command = Open | Look | Submit | Proceed | Fence | Find | Close


@attrs.frozen(kw_only=True)
class Opened:
    """The device is open."""

    capabilities: Capabilities
    """What it can do and prove."""


@attrs.frozen(kw_only=True)
class Observed:
    """The device was looked at."""

    status: PrinterStatus
    """How it is."""
    observation: Observation
    """What can be observed."""


@attrs.frozen(kw_only=True)
class Reported:
    """Something has happened to the card."""

    step: Step
    """What."""


@attrs.frozen(kw_only=True)
class Done:
    """The card's try has ended."""

    outcome: AttemptOutcome
    """How, by the driver."""


@attrs.frozen(kw_only=True)
class Fenced:
    """The fence was tried."""

    at_rest: bool
    """True: nothing of the attempt can still print."""


@attrs.frozen(kw_only=True)
class Found:
    """Devices were looked for."""

    devices: tuple[DeviceUri, ...]
    """Their addresses, the first hundred."""


@attrs.frozen(kw_only=True)
class Failed:
    """The command ended in a driver's error."""

    detail: str
    """One line for the technician."""
    fate: CardFate
    """The card's, by the driver."""
    reasons: tuple[str, ...] = ()
    """Keywords."""
    permanent: bool = False
    """No later try of the request can succeed."""
    unsent: bool = False
    """True: the driver was never called, so that no blank can have moved; a driver cannot say it."""

    @property
    def outcome(self) -> AttemptOutcome:
        """Give the end of a card's try that it is."""
        return AttemptOutcome(fate=self.fate, reasons=self.reasons, permanent=self.permanent, detail=self.detail)


@attrs.frozen(kw_only=True)
class Lost:
    """The driver is gone or hangs: nothing more will come from it."""

    reason: str
    """A keyword, for example ``x-driver-hung``."""


Event = Opened | Observed | Reported | Done | Fenced | Found | Failed | Lost
