"""Installed plugins without a station being opened: one that cannot open is when they are looked at."""

from __future__ import annotations

from pathlib import Path

from cardprint.model.configuration import PluginRules
from cardprint.model.trials import PluginTrial
from cardprint.model.views import PluginView
from cardprint.registry import Registry, check_plugins, read_configuration, with_allow_lines

__all__ = ["checked", "installed"]


def installed(config: Path | None) -> tuple[PluginView, ...]:
    """Load what the rules of a ``station.toml`` admit, or all that is installed, and show each plugin."""
    rules, folder = _rules(config)
    return with_allow_lines(Registry.load(rules, folder=folder).plugins())


def checked(config: Path | None, name: str = "") -> tuple[PluginTrial, ...]:
    """Try each installed plugin, or one, in a process of its own; PluginError where there is none of this name."""
    rules, folder = _rules(config)
    return check_plugins(rules, folder, name=name)


def _rules(config: Path | None) -> tuple[PluginRules, Path | None]:
    if config is None:
        return PluginRules(), None
    value = read_configuration(config)
    return value.plugins, value.folder
