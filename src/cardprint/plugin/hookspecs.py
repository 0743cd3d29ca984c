"""Every hook there is. Hooks only register and notify; the contracts are the ABCs beside this module."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from cardprint.model import JobView
from cardprint.plugin.entries import (
    DriverEntry,
    EncoderEntry,
    InterlockEntry,
    PolicyEntry,
    RendererEntry,
    SourceEntry,
    ValidatorEntry,
)

__all__ = ["PROJECT", "hookimpl"]

PROJECT = "cardprint"
_hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Mark a function as an implementation of the hook of its name."""


@_hookspec
def cardprint_data_sources() -> Iterable[SourceEntry]:
    """Announce data sources.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_printer_drivers() -> Iterable[DriverEntry]:
    """Announce printer drivers.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_allocation_policies() -> Iterable[PolicyEntry]:
    """Announce allocation policies.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_card_renderers() -> Iterable[RendererEntry]:
    """Announce card renderers.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_chip_encoders() -> Iterable[EncoderEntry]:
    """Announce chip encoders.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_request_validators() -> Iterable[ValidatorEntry]:
    """Announce request validators.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_interlocks() -> Iterable[InterlockEntry]:
    """Announce interlocks, which say whether the next card may be fed.

    Called once, when the plugin is loaded. Return entries; an exception disables this plugin alone. Since API 1.0.
    """
    return ()


@_hookspec
def cardprint_job_changed(job: JobView, change: str) -> None:
    """Learn that a job has changed; ``change`` is the journal's keyword.

    Called after the commit, in the order of the commits, each plugin by itself. Return nothing; an exception is
    logged and changes nothing. Since API 1.0.
    """
