"""What the engine works with: the store, the clock and the chosen plugins, handed in together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs

from cardprint.model.configuration import PrinterConfig, StationConfig
from cardprint.plugin import AllocationPolicy, CardRenderer, Clock, Interlock, RequestValidator
from cardprint.store import Database

__all__ = ["Parts", "business_date"]


def business_date(config: StationConfig, now: float) -> date:
    """Give the office's day at a wall time, in its own time zone and from its own first hour."""
    shift = timedelta(minutes=config.utc_offset_minutes) - timedelta(hours=config.business_day_starts)
    return (datetime.fromtimestamp(now, UTC) + shift).date()


@attrs.frozen(kw_only=True, eq=False)
class Parts:
    """Hold what every part of the engine needs; nothing in here is global."""

    config: StationConfig
    """The station's configuration."""
    database: Database
    """Its store."""
    clock: Clock
    """The time."""
    policy: AllocationPolicy
    """Who gets the next blank."""
    renderer: CardRenderer
    """How cards look."""
    validators: tuple[RequestValidator, ...] = ()
    """What else requests are checked for."""
    interlocks: Mapping[str, Interlock] = attrs.field(factory=dict)
    """What else may keep a card from being fed, by name."""
    committed: Callable[[], None] = attrs.field(default=lambda: None)
    """Called after every commit of the engine."""

    @property
    def photos(self) -> Path:
        """The folder of photos, files named by the SHA-256 of their bytes."""
        return self.config.folder / "photos"

    @property
    def spool(self) -> Path:
        """The folder of faces that wait to be printed."""
        return self.config.folder / "spool"

    @property
    def settings_digest(self) -> str:
        """Name the policy's settings, so that a decision can be told from one under other settings."""
        text = json.dumps(dict(self.config.policy.settings), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def printer(self, name: str) -> PrinterConfig | None:
        """Find a printer's configuration."""
        return next((printer for printer in self.config.printers if printer.name == name), None)

    def today(self) -> date:
        """Give the office's day by the wall clock; what counts is the stored one, which never goes back."""
        return business_date(self.config, self.clock.now())
