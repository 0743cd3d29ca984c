"""What passes over the lines to the sources, as the station shows it."""

from __future__ import annotations

import attrs

from cardprint.model.identifiers import JobId

__all__ = ["DeadLetter", "IntakeReport", "RejectView", "SourceView", "SyncReport"]


@attrs.frozen(kw_only=True)
class IntakeReport:
    """Count what became of the items of a pull, an import or a submission."""

    new: int = 0
    """Requests let in."""
    known: int = 0
    """Known already and unchanged."""
    corrected: int = 0
    """Still waiting and changed."""
    refused: int = 0
    """Corrections refused, since a blank is reserved or the card is printed; each is among the rejects too."""
    held: int = 0
    """Let in but held (verdict, suspected duplicate)."""
    warned: int = 0
    """Let in although a validator found something odd."""
    withdrawn: int = 0
    """Revoked by the source."""
    rejected: int = 0
    """Records refused."""
    pages: int = 0
    """Pages stored."""
    photos: int = 0
    """Photos that came after their requests."""
    told: int = 0
    """Reports that a bundle's receipts say have arrived."""
    untold: int = 0
    """Reports that a bundle's receipts refuse for good."""

    @property
    def ok(self) -> bool:
        """Say whether every record was taken."""
        return self.rejected == 0 and self.refused == 0 and self.untold == 0


@attrs.frozen(kw_only=True)
class RejectView:
    """Show a refused record."""

    source: str
    """The data source."""
    line: int
    """Its line or record number."""
    column: str
    """The column, empty where the whole record is at fault."""
    rule: str
    """A keyword."""
    shape: str
    """The value's shape, never the value."""


@attrs.frozen(kw_only=True)
class SourceView:
    """Show a source and the line to it, as it was last seen."""

    name: str
    """Its name in the configuration."""
    answered: float | None
    """Wall time (Unix seconds) at which it last answered whole; None: never yet."""
    trouble: str
    """Why it could not be asked or told since then; empty: nothing is known to be wrong."""
    cursor: str
    """How far it has been read, in the source's own words; empty: not yet."""
    backlog: int | None
    """Requests that it said wait there; None: it cannot tell."""
    owed: int
    """Reports that it has not acknowledged yet."""
    owed_since: float | None
    """Wall time (Unix seconds) since which the oldest of them is owed; None: none is, or nobody knows."""
    refused: int
    """Reports that it has refused for good: dead letters."""
    leased: int = 0
    """Requests that it has granted and whose cards are not made yet."""
    leased_until: str = ""
    """ISO date, the first on which one of those grants ends; empty: none does."""
    awaited: int = 0
    """Requests of it whose photos are still to come."""


@attrs.frozen(kw_only=True)
class SyncReport:
    """Report what passed between the station and one source."""

    source: str
    """Its name."""
    intake: IntakeReport
    """What was let in; what was stored stays if the line breaks afterwards."""
    delivered: int = 0
    """Reports that it has acknowledged."""
    refused: int = 0
    """Reports that it has refused for good."""
    owed: int = 0
    """Reports still owed to it."""
    awaited: int = 0
    """Requests whose photos are still to come."""
    trouble: str = ""
    """Why it ended before it was whole; empty: it is whole."""
    cure: str = ""
    """What to do about that."""
    retry_after: float | None = None
    """Seconds of patience that it asks for; None: it does not."""

    @property
    def ok(self) -> bool:
        """Say whether all was fetched and told, and nothing refused on either side."""
        return not (self.trouble or self.owed or self.awaited or self.refused) and self.intake.ok


@attrs.frozen(kw_only=True)
class DeadLetter:
    """Show a report that its source has refused for good."""

    key: str
    """Its idempotency key; what ``resend`` takes."""
    source: str
    """Who refused it."""
    request_id: str
    """The source's own name of the request."""
    job_id: JobId
    """The job it is about."""
    outcome: str
    """What was reported."""
    attempt_id: str
    """The attempt, where there was one."""
    business_date: str
    """ISO date of the office's day on which it became so."""
