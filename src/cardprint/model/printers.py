"""What a printer can do, what it says of its state, and what it lets be observed."""

from __future__ import annotations

import enum

import attrs

__all__ = [
    "Capabilities",
    "CardPosition",
    "DeviceJob",
    "Observation",
    "PrinterState",
    "PrinterStatus",
    "Supply",
    "bare_reason",
]


class CardPosition(enum.Enum):
    """Where a card can stand in a machine (Evolis and Zebra SDKs)."""

    HOPPER = "hopper"
    """The input stack."""
    CONTACT = "contact"
    """Under the contact chip station."""
    CONTACTLESS = "contactless"
    """At the contactless reader."""
    MAGNETIC = "magnetic"
    """At the magnetic stripe head."""
    PRINT = "print"
    """Under the print head."""
    OUTPUT = "output"
    """In the output tray."""
    REJECT = "reject"
    """In the reject bin."""


class PrinterState(enum.Enum):
    """How a printer is (IPP ``printer-state``)."""

    IDLE = "idle"
    """Ready for a card."""
    PROCESSING = "processing"
    """At work."""
    STOPPED = "stopped"
    """Needs somebody; its reasons say for what."""


def bare_reason(reason: str) -> str:
    """Strip IPP's severity suffix from a printer-state-reason (RFC 8011, 5.4.12)."""
    for suffix in ("-report", "-warning", "-error"):
        if reason.endswith(suffix):
            return reason[: -len(suffix)]
    return reason


@attrs.frozen(kw_only=True)
class Supply:
    """Tell how much of a ribbon, film or other supply is left."""

    name: str
    """What it is, for example ``ribbon-ymcko``."""
    remaining: int | None = None
    """Cards it still lasts; None where the device cannot tell."""
    capacity: int | None = None
    """Cards it lasts when new."""


@attrs.frozen(kw_only=True)
class PrinterStatus:
    """Tell how a printer is at this moment."""

    state: PrinterState
    """Idle, processing or stopped."""
    reasons: tuple[str, ...] = ()
    """Keywords without severity suffix."""
    supplies: tuple[Supply, ...] = ()
    """Its supplies."""


@attrs.frozen(kw_only=True)
class DeviceJob:
    """Tell what the device's job table says of our attempt."""

    state: str
    """``queued``, ``active``, ``done`` or ``failed``."""
    picked: bool = False
    """True where the table shows that a blank was picked for it."""


@attrs.frozen(kw_only=True)
class Observation:
    """Hold whatever a device lets be observed; None is what it cannot tell."""

    serial: str | None = None
    """The printer's serial number."""
    boot_id: str | None = None
    """Changes whenever the device starts."""
    pick_count: int | None = None
    """Lifetime blanks picked from the hopper."""
    reject_count: int | None = None
    """Lifetime cards sent to the reject bin."""
    path_clear: bool | None = None
    """True where the sensors see no card on the way."""
    queue_empty: bool | None = None
    """True where nothing is queued or active in the device."""
    hopper_empty: bool | None = None
    """True where the hopper's sensor sees no blank."""
    blank_number: str | None = None
    """The number of the blank at the front, where readable before feeding."""
    job: DeviceJob | None = None
    """The job table's entry of the attempt asked for."""
    printed_number: str | None = None
    """The number of the card the attempt printed, read afterwards."""


@attrs.frozen(kw_only=True)
class Capabilities:
    """State what a printer model can do and what it can prove; what is not stated is not relied on."""

    dpi: int = 300
    """Dots per inch of the faces it takes."""
    width_px: int = 1011
    """Width of a face in pixels (ISO/IEC 7810 ID-1 at 300 dpi: 1011)."""
    height_px: int = 638
    """Height of a face in pixels (ID-1 at 300 dpi: 638)."""
    sides: int = 1
    """1 or 2."""
    panels: str = "YMCKO"
    """Ribbon panels, in order."""
    abilities: frozenset[str] = frozenset()
    """What a request's ``needs`` can ask for: ``two-sided``, ``contact-chip``, ..."""
    encoders: frozenset[CardPosition] = frozenset()
    """Positions at which a card can be encoded."""
    pick_counter: bool = False
    """Has a lifetime pick counter."""
    pick_counter_survives_power: bool = False
    """That counter survives a power cut."""
    path_sensor: bool = False
    """Can tell that no card is on the way."""
    job_table: bool = False
    """Has a job table that can be asked for our id."""
    job_table_survives_power: bool = False
    """That table survives a power cut."""
    can_fence: bool = False
    """Can drop everything of ours that is queued and come to rest."""
    reads_blank_number: bool = False
    """Can read a blank's number before it is fed."""
    definite_not_started: bool = False
    """Its NOT_FED after a submit is to be believed."""
    call_timeout: float = 30.0
    """Seconds after which a status, observe or fence call counts as hung."""
    card_timeout: float = 300.0
    """Seconds after which a print call counts as hung."""

    @property
    def tier(self) -> str:
        """Name the common set of proofs: T0, T1, T2 or T3 (guarantees, "What a printer can prove")."""
        if self.job_table:
            return "T3" if self.job_table_survives_power else "T2"
        return "T1" if self.pick_counter and self.path_sensor else "T0"
