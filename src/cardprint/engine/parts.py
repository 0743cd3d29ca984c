"""What the engine works with: the store, the clock and the chosen plugins, handed in together."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import attrs

from cardprint.errors import ConfigurationError
from cardprint.model.configuration import PluginUse, PrinterConfig, StationConfig
from cardprint.plugin import AllocationPolicy, CardRenderer, Clock, Interlock, RequestValidator
from cardprint.store import Database, Reading, printers

__all__ = ["Parts", "business_date", "counted_for", "placement_digest", "subject_pattern"]


def business_date(config: StationConfig, now: float) -> date:
    """Give the office's day at a wall time, in its own time zone and from its own first hour."""
    shift = timedelta(minutes=config.utc_offset_minutes) - timedelta(hours=config.business_day_starts)
    return (datetime.fromtimestamp(now, UTC) + shift).date()


def subject_pattern(config: StationConfig) -> re.Pattern[str]:
    """Compile the pattern of subject ids, which must match whole; ConfigurationError where it is none."""
    try:
        return re.compile(config.subject_pattern)
    except re.error as error:
        raise ConfigurationError(
            f"[station] subject_pattern is no regular expression: {error}.",
            cure="Write it as Python's re has it, for example [0-9]{16}.",
        ) from None


def _settings_digest(use: PluginUse) -> str:
    text = json.dumps(dict(use.settings), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def placement_digest(policy: AllocationPolicy, use: PluginUse) -> str:
    """Name how a policy places requests: where it differs, they may belong elsewhere."""
    said = policy.placement()
    settings = _settings_digest(use) if said is None else said
    kind = type(policy)
    text = f"{kind.__module__}:{kind.__qualname__} {policy.version} {settings}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def counted_for(policy: AllocationPolicy, use: PluginUse, day: date) -> str:
    """Name what the cards drawn are counted for on a day: a policy with its version, settings and stage."""
    return _counted_for(policy, use.plugin, _settings_digest(use), day)


def _counted_for(policy: AllocationPolicy, plugin: str, settings: str, day: date) -> str:
    return " ".join((plugin, policy.version, settings, policy.stage(day)))


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
    interlocks: tuple[tuple[str, Interlock], ...]
    """What may keep a card from being fed, in the order asked, by name; empty for what is always there."""
    validators: tuple[RequestValidator, ...] = ()
    """What else requests are checked for."""
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

    @functools.cached_property
    def settings_digest(self) -> str:
        """Name the policy's settings, so that a decision can be told from one under other settings."""
        return _settings_digest(self.config.policy)

    @functools.cached_property
    def placement_digest(self) -> str:
        """Name how the policy places requests."""
        return placement_digest(self.policy, self.config.policy)

    def counted_for(self, day: date) -> str:
        """Name what the cards drawn are counted for on a day."""
        return _counted_for(self.policy, self.config.policy.plugin, self.settings_digest, day)

    def printer(self, name: str) -> PrinterConfig | None:
        """Find a printer's configuration."""
        return next((printer for printer in self.config.printers if printer.name == name), None)

    def today(self) -> date:
        """Give the office's day by the wall clock; what counts is the stored one, which never goes back."""
        return business_date(self.config, self.clock.now())

    def day(self, reading: Reading) -> date:
        """Give the office's day, which never goes back: the stored one, or a later one by the wall clock."""
        stored = printers.business_date(reading)
        return max(date.fromisoformat(stored), self.today()) if stored else self.today()
