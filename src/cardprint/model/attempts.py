"""One try at one card: its state, its fate, and what a printer has to say about it."""

from __future__ import annotations

import enum

import attrs

from cardprint.model.printers import Observation

__all__ = ["AttemptOutcome", "AttemptState", "CardFate", "Step", "StepKind"]


class AttemptState(enum.Enum):
    """Where a try stands."""

    RESERVED = "RESERVED"
    """A blank is reserved; nothing has moved."""
    VOIDED = "VOIDED"
    """The reservation was given back."""
    INTENT = "INTENT"
    """The device may have been commanded: the point of no return."""
    IN_DOUBT = "IN_DOUBT"
    """Nobody knows its fate yet."""
    CONCLUDED = "CONCLUDED"
    """Its fate is known and booked."""


class CardFate(enum.Enum):
    """What became of the blank of a try."""

    NOT_FED = "NOT_FED"
    """The blank is where it was."""
    PRINTED = "PRINTED"
    """A good card exists."""
    SPOILED = "SPOILED"
    """The blank is used up and no good card exists."""
    UNKNOWN = "UNKNOWN"
    """It cannot be said."""


class StepKind(enum.Enum):
    """What a driver reports while a card is made."""

    ACCEPTED = "accepted"
    """The device took the job; made durable before the driver goes on."""
    FED = "fed"
    """The blank left the hopper."""
    IDENTIFIED = "identified"
    """The chip's own number was read; made durable before anything is written to the chip."""
    ENCODED = "encoded"
    """The chip is written and verified; made durable before the driver goes on."""
    PRINTED = "printed"
    """The faces are on the card."""
    EJECTED = "ejected"
    """The card left the machine."""

    @property
    def synced(self) -> bool:
        """Say whether the step is durable before the driver goes on (guarantees: step C)."""
        return self in {StepKind.ACCEPTED, StepKind.IDENTIFIED, StepKind.ENCODED}


@attrs.frozen(kw_only=True)
class Step:
    """Report that something has happened to the card."""

    kind: StepKind
    """What has happened."""
    device_job: str = ""
    """The device's own name of the job, where it has one."""
    chip_number: str = ""
    """The chip's number, where one was read."""
    card_number: str = ""
    """The blank's number, where the device can read it."""


@attrs.frozen(kw_only=True)
class AttemptOutcome:
    """Say how a try ended, as the driver saw it; the engine decides what to believe."""

    fate: CardFate
    """What became of the blank, by the driver."""
    reasons: tuple[str, ...] = ()
    """Printer-state-reasons keywords that explain it."""
    permanent: bool = False
    """True where no later try of this request can succeed."""
    detail: str = ""
    """One line for the technician; no personal data."""
    after: Observation | None = None
    """What the device tells of itself after the card, where the driver asked it."""
    card_number: str = ""
    """The number of the card, where the device read it."""
