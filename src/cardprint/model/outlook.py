"""Who would get the next blanks, under the station's policy and under another."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cardprint.model.identifiers import JobId

__all__ = ["Comparison", "NextCard", "Outlook"]


@attrs.frozen(kw_only=True)
class NextCard:
    """Show who would get a blank."""

    job_id: JobId
    """The job."""
    request_id: str
    """The source's own id of its request."""
    lane: str
    """The lane it would be drawn from."""
    reason: str
    """The draw's keyword."""
    values: Mapping[str, str]
    """What the keyword's sentence needs."""


@attrs.frozen(kw_only=True)
class Outlook:
    """Show who would get the next blanks if nothing else happened: nobody comes, no card fails."""

    kind: str
    """The kind of blank."""
    blanks: int
    """Blanks of it that were counted on."""
    cards: tuple[NextCard, ...]
    """In the order of the draws."""
    ended: str
    """Why there are fewer than were asked for, a keyword; empty where there are not."""
    sentence: str
    """The same in English."""


@attrs.frozen(kw_only=True)
class Comparison:
    """Compare the station's policy with another over the same backlog."""

    today: Outlook
    """By the station's policy."""
    other: Outlook
    """By the other one."""
    replaced: int
    """Of today's next cards, those that the other policy would not make."""
    moved: int
    """Cards that both would make, at another place in the row."""
    waiting: int
    """Jobs that wait for a blank of this kind."""
    placed_otherwise: int
    """Of these, those that the other policy would let wait in another lane or at another rank."""
