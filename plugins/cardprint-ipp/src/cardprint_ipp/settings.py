"""What a station's configuration can set for this driver."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs
from attrs import validators

__all__ = ["IppSettings"]

_KEYWORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}|"


@attrs.frozen(kw_only=True)
class IppSettings:
    """Say what stands behind the address, how it is reached, and how cards are handed to it."""

    queue: bool = True
    """True: a queue or a bridge, whose `completed` proves nothing about a card. False: the printer itself."""
    completed: Literal["ask", "printed"] = "ask"
    """What `completed` means of a queue: ask a person about every card, or believe it."""
    user: str = attrs.field(default="cardprint", validator=[validators.min_len(1), validators.max_len(255)])
    """The name that jobs are submitted under (requesting-user-name)."""
    username: str = ""
    """For Basic and Digest authentication; empty: none."""
    password_file: Path | None = None
    """That user's password, alone in a file of mode 0600."""
    ca_file: Path | None = None
    """PEM: who may vouch for the printer's certificate, or that certificate itself; None: the computer's list."""
    certificate_file: Path | None = None
    """PEM: the station's own certificate, where the printer asks for one."""
    key_file: Path | None = None
    """PEM: its key, without a password; None: in certificate_file."""
    allow_plain_ipp: bool = False
    """Send faces and password unencrypted to another computer."""
    timeout: float = attrs.field(default=10.0, validator=[validators.gt(0.0), validators.le(300.0)])
    """Seconds for one question and its answer."""
    card_timeout: float = attrs.field(default=300.0, validator=[validators.gt(0.0), validators.le(86_400.0)])
    """Seconds after which a card that is not finished is in doubt."""
    poll: float = attrs.field(default=0.5, validator=[validators.gt(0.0), validators.le(60.0)])
    """Seconds between two questions about a card that is being made."""
    format: Literal["auto", "image/pwg-raster", "application/pdf", "image/jpeg"] = "auto"
    """Of the document; auto: the first of these that the printer takes."""
    media: str = attrs.field(default="", validator=validators.matches_re(_KEYWORD))
    """IPP's name of the card's size; empty: what the printer offers that is of a card's size."""
    dpi: int = attrs.field(default=300, validator=[validators.ge(75), validators.le(1200)])
    """Dots per inch of the faces."""
    sides: int = attrs.field(default=2, validator=validators.in_((1, 2)))
    """Sides that are printed where the printer can: 1 or 2."""
    duplex: Literal["short-edge", "long-edge"] = "short-edge"
    """The edge about which a card is turned for its back, as IPP's `sides` says it of the medium."""
    turn: int = attrs.field(default=90, validator=validators.in_((90, 270)))
    """Degrees, anticlockwise, by which a face is turned where the printer feeds cards by their short edge."""
