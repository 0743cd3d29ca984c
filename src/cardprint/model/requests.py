"""What a source asks for: one card for one person."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date

import attrs

__all__ = ["CardRequest", "RequestType", "Verdict"]


class RequestType(enum.Enum):
    """Why the card is wanted (OSIA CMS ``requestType``)."""

    FIRST_ISSUANCE = "FIRST_ISSUANCE"
    """The person has never had a card."""
    RENEWAL = "RENEWAL"
    """The card the person has runs out."""
    REPLACEMENT = "REPLACEMENT"
    """A lost or damaged card, or changed data; the request's ``reason`` says which."""
    OTHER = "OTHER"
    """Anything else."""


class Verdict(enum.Enum):
    """What the centre has found about a record."""

    PRINT_READY = "print-ready"
    """Verified for correctness and uniqueness: may be printed."""
    UNVERIFIED = "unverified"
    """Not yet verified: held."""
    DUPLICATE = "duplicate"
    """The person is known under another record: never printed."""
    REVOKED = "revoked"
    """Withdrawn by the centre: never printed."""


@attrs.frozen(kw_only=True)
class CardRequest:
    """State a person's entitlement to one card, as a source sends it."""

    request_id: str
    """The source's own name of the request; identity is (source, request id)."""
    subject_id: str
    """An opaque identifier of the person; personal data by itself."""
    request_type: RequestType = RequestType.FIRST_ISSUANCE
    """Why the card is wanted."""
    reason: str = ""
    """A keyword beside the type: ``lost``, ``damaged``, ``data-change``."""
    priority: int = 0
    """0 (lowest) to 9 (highest), as OSIA CMS has it."""
    waiting_since: date | None = None
    """Since when the person waits, by the source; None: since the request arrived."""
    kind: str = "standard"
    """The kind of blank the card needs."""
    needs: frozenset[str] = frozenset()
    """Abilities a printer must have for it, for example ``two-sided``, ``contact-chip``."""
    verdict: Verdict = Verdict.PRINT_READY
    """What the centre has found."""
    design: str = ""
    """The card design to use; empty: the station's own."""
    fields: Mapping[str, str] = attrs.field(factory=dict)
    """The person's data for the faces, by field name."""
    photo: str = ""
    """SHA-256 (hex) of the photo's bytes in the station's photo folder; empty: none."""
