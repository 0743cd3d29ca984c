"""The station's configuration as values; reading it from a file is the registry's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from cardprint.model.retry import RetryLimits

__all__ = ["AllowedPlugin", "DutyLimits", "EncoderUse", "PluginRules", "PluginUse", "PrinterConfig", "StationConfig"]


@attrs.frozen(kw_only=True)
class PluginUse:
    """Use a plugin under a name, with settings."""

    plugin: str
    """The entry's name."""
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    """Its settings, unconverted."""


@attrs.frozen(kw_only=True)
class EncoderUse(PluginUse):
    """Use a chip encoder under a name, for the printers that name it."""

    fields: tuple[str, ...] = ()
    """What of a request goes to the chip: names of its fields, and ``subject_id``; a request that lacks one is held."""


@attrs.frozen(kw_only=True)
class DutyLimits:
    """Bound what a printer is asked to do, so that heat does not break it."""

    per_day: int | None = None
    """Cards on a business day."""
    per_hour: int | None = None
    """Cards in any 3,600 seconds."""


@attrs.frozen(kw_only=True)
class PrinterConfig:
    """Configure one logical printer."""

    name: str
    """Its name."""
    driver: str
    """The driver entry's name."""
    device: str
    """Its device URI."""
    kind: str = "standard"
    """The kind of blank its hopper takes."""
    encoder: str = ""
    """The encoder that writes its chips, by its name in the configuration; empty: it makes no cards with chips."""
    enabled: bool = True
    """False: known, but left alone; a broken one."""
    threshold: int = 10
    """Blanks in the hopper below which it warns."""
    quarantine_after: int = 3
    """Spoiled or failed cards in a row after which it is set aside."""
    driver_process: str = "process"
    """Where the driver runs: ``process`` is one of its own, ``inline`` a thread of the station."""
    cards_per_ribbon: int | None = None
    """Cards that one ribbon lasts; for forecasts."""
    ribbons: int | None = None
    """Ribbons there are for it, as last counted; for forecasts."""
    duty: DutyLimits = attrs.field(factory=DutyLimits)
    """Its limits."""
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    """The driver's settings, unconverted."""


@attrs.frozen(kw_only=True)
class AllowedPlugin:
    """Let a distribution load, or only one version of it, or only the very files that were looked at."""

    name: str = attrs.field(validator=attrs.validators.min_len(1))
    """The distribution's name."""
    version: str = ""
    """Its version as ``cardprint plugins`` shows it; empty: any."""
    record: str = attrs.field(default="", validator=attrs.validators.matches_re("(sha256:[0-9a-f]{64})?"))
    """``sha256:`` and the hash of its RECORD file, against which its files are checked too; empty: they are not."""


@attrs.frozen(kw_only=True)
class PluginRules:
    """Say which plugins may load."""

    allow: tuple[str | AllowedPlugin, ...] | None = None
    """Distributions that may load: names, ``name==version``, or values; None: any that is installed."""
    safe_mode: bool = False
    """True: only the built-ins load."""


@attrs.frozen(kw_only=True)
class StationConfig:
    """Configure a station."""

    folder: Path
    """Where store, photos, spool and plugins' files lie; mode 0700."""
    name: str = "station"
    """What the office calls it."""
    language: str = ""
    """Of what is shown to people, ``en`` or ``id``; empty: that of the computer."""
    people: int = 3
    """People who work here; 1: no witness is asked for, and reports say so."""
    subject_pattern: str = r"[^\s]{1,64}"
    """Regular expression that a subject id must match whole; ASCII digits only where it says ``[0-9]``."""
    business_day_starts: int = 0
    """Hour (0 to 23) of the wall clock at which the office's day begins, in its own time zone."""
    utc_offset_minutes: int = 0
    """The office's time zone; 420 for western Indonesia."""
    printers: tuple[PrinterConfig, ...] = ()
    """Its printers."""
    sources: Mapping[str, PluginUse] = attrs.field(factory=dict)
    """Its data sources by name."""
    policy: PluginUse = attrs.field(factory=lambda: PluginUse(plugin="first-time-first"))
    """Its allocation policy."""
    renderer: PluginUse = attrs.field(factory=lambda: PluginUse(plugin="portrait"))
    """Its card renderer."""
    encoders: Mapping[str, EncoderUse] = attrs.field(factory=dict)
    """Its chip encoders by name."""
    validators: Mapping[str, PluginUse] = attrs.field(factory=dict)
    """Its request validators by name."""
    interlocks: Mapping[str, PluginUse] = attrs.field(factory=dict)
    """Its interlocks by name, beside pause and duty limits, which are always there."""
    plugins: PluginRules = attrs.field(factory=PluginRules)
    """Which plugins may load."""
    retry: RetryLimits = attrs.field(factory=RetryLimits)
    """Bounds of the tries of one request."""
