"""What a change at the centre is to a station."""

from __future__ import annotations

from pathlib import Path

from cardprint.model import (
    Corrected,
    Granted,
    GrantRenewed,
    GrantReturned,
    Item,
    New,
    Rejected,
    Revoked,
    VerdictChanged,
)
from cardprint_osia.contract import Change

__all__ = ["item_of"]


def item_of(change: Change | Rejected, photo: Path | None = None) -> Item:
    """Make an item of a change; without a file the photo that its request names is still to come."""
    if isinstance(change, Rejected):
        return change
    request = change.request
    if request is not None:
        if change.kind == "granted":
            return Granted(request=request, grant_id=change.lease, until=change.until, photo_file=photo)
        if change.kind == "corrected":
            return Corrected(request=request, photo_file=photo)
        return New(request=request, photo_file=photo)
    if change.kind == "renewed":
        return GrantRenewed(grant_id=change.lease, until=change.until)
    if change.kind == "returned":
        return GrantReturned(grant_id=change.lease)
    if change.kind == "revoked":
        return Revoked(request_id=change.request_id)
    return VerdictChanged(request_id=change.request_id, verdict=change.verdict)
