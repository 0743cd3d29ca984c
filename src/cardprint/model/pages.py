"""What a data source yields, and what it is told."""

from __future__ import annotations

import enum
from datetime import date
from pathlib import Path

import attrs

from cardprint.model.identifiers import Cursor
from cardprint.model.requests import CardRequest, Verdict

__all__ = [
    "Corrected",
    "GrantRenewed",
    "GrantReturned",
    "Granted",
    "Item",
    "New",
    "OutcomeReport",
    "Page",
    "Receipt",
    "Rejected",
    "Revoked",
    "VerdictChanged",
]


@attrs.frozen(kw_only=True)
class New:
    """Bring a request; one already known and unchanged is passed over, a changed one is a correction."""

    request: CardRequest
    """The request."""
    line: int = 0
    """The line or record number it stands on; 0 where there is none."""
    photo_file: Path | None = None
    """A file with the photo, to be taken into the station's photo folder."""
    photo_bytes: bytes | None = None
    """The photo itself, where the source has it at hand."""


@attrs.frozen(kw_only=True)
class Corrected:
    """Bring changed data of a known request; refused once a blank is reserved for it."""

    request: CardRequest
    """The request as it is now."""
    line: int = 0
    """The line it stands on."""
    photo_file: Path | None = None
    """A file with the photo, to be taken into the station's photo folder."""
    photo_bytes: bytes | None = None
    """The photo itself, where the source has it at hand."""


@attrs.frozen(kw_only=True)
class Revoked:
    """Withdraw a request."""

    request_id: str
    """Which."""


@attrs.frozen(kw_only=True)
class VerdictChanged:
    """Bring the centre's finding about a known request."""

    request_id: str
    """Which."""
    verdict: Verdict
    """What it is now."""


@attrs.frozen(kw_only=True)
class Granted:
    """Give this station the right to print a request; a one-way row.

    A new grant takes the place of an earlier one of the request, and lets a canceled one wait again.
    """

    request: CardRequest
    """The request, whole."""
    grant_id: str
    """The grant's own name, never used for another."""
    until: date | None = None
    """The last business date on which a card may be begun under it; None: it has no end."""
    photo_file: Path | None = None
    """A file with the photo, to be taken into the station's photo folder."""
    photo_bytes: bytes | None = None
    """The photo itself, where the source has it at hand."""


@attrs.frozen(kw_only=True)
class GrantRenewed:
    """Let a grant hold until another date."""

    grant_id: str
    """Which."""
    until: date | None
    """The last business date on which a card may be begun under it; None: it has no end."""


@attrs.frozen(kw_only=True)
class GrantReturned:
    """Take a grant back, by the word of whoever holds it."""

    grant_id: str
    """Which."""


@attrs.frozen(kw_only=True)
class Rejected:
    """Report a record that cannot be taken, without the person's data."""

    line: int
    """The line or record number, the header being line 1 of a CSV file."""
    column: str
    """The column or field, empty where the whole record is at fault."""
    rule: str
    """A keyword: ``x-subject-id-pattern``, ``x-ragged-row``, ..."""
    shape: str = ""
    """The value's shape, for example ``15 digits``; never the value."""


Item = New | Corrected | Revoked | VerdictChanged | Granted | GrantRenewed | GrantReturned | Rejected


@attrs.frozen(kw_only=True)
class Page:
    """Carry items and the cursor after them; both are stored in one transaction."""

    items: tuple[Item, ...]
    """In the source's order."""
    cursor: Cursor
    """Where to go on."""


@attrs.frozen(kw_only=True)
class OutcomeReport:
    """Tell a source what became of a request; holds no personal data but the request's id."""

    key: str
    """Idempotency key: the same report has the same key however often it is sent."""
    request_id: str
    """The source's own name of the request."""
    outcome: str
    """``printed``, ``spoiled``, ``canceled``, ``aborted``, ``missing``, or ``withdrawn``: the centre is asked to revoke
    the card of this attempt, since another one was authorised."""
    attempt_id: str = ""
    """The attempt, where there was one."""
    card_number: str = ""
    """The card's number, where known."""
    business_date: str = ""
    """ISO date of the office's day."""
    grant_id: str = ""
    """The grant that held for the request when it became so; empty where none did."""


class Receipt(enum.Enum):
    """Answer of a source to one report."""

    ACCEPTED = "accepted"
    """It has the report; nothing more is owed."""
    LATER = "later"
    """Try again later."""
    REFUSED = "refused"
    """It will never take it: a dead letter."""
