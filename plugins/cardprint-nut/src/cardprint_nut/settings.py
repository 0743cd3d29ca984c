"""Settings of the interlock."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs
from attrs import validators

__all__ = ["NutSettings"]


@attrs.frozen(kw_only=True)
class NutSettings:
    """Say which UPS is asked for, where, and what its answers mean here."""

    ups: str = attrs.field(validator=validators.matches_re(r"[A-Za-z0-9_.-]{1,64}"))
    """Its name in ``ups.conf``."""
    host: str = attrs.field(default="127.0.0.1", validator=validators.min_len(1))
    """Where upsd runs: a name or an address."""
    port: int = attrs.field(default=3493, validator=[validators.ge(1), validators.le(65_535)])
    """Its TCP port."""
    username: str = attrs.field(default="", validator=validators.matches_re(r"[!-~]{0,64}"))
    """A user of ``upsd.users``; with it the station logs in, so that the computer that switches off waits for it."""
    password_file: Path | None = None
    """A file (mode 0600) with that user's password, relative to the station's folder."""
    poll: float = attrs.field(default=2.0, validator=[validators.ge(0.1), validators.le(60.0)])
    """Seconds between two questions."""
    stale_after: float = attrs.field(default=15.0, validator=[validators.gt(0.0), validators.le(600.0)])
    """Seconds after which the last answer counts for nothing; more than ``poll``."""
    on_battery: Literal["wait", "feed"] = "wait"
    """``wait``: no card is fed on battery. ``feed``: cards are fed until the battery is low."""
    grace: float = attrs.field(default=0.0, validator=[validators.ge(0.0), validators.le(3600.0)])
    """Seconds on battery before it waits, so that a flicker of the lights stops nothing."""
    unknown: Literal["wait", "feed"] = "wait"
    """While nobody knows: ``wait`` feeds nothing until upsd answers, ``feed`` prints without knowing.

    What was on battery when upsd fell silent stays so: the network may hang on the same mains.
    """
