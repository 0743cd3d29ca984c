"""Plugins: what there is, and how each did on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cardprint.language import Sentence as _
from cardprint.model.trials import PluginTrial
from cardprint.model.views import PluginView
from cardprint.station.told.table import Table

__all__ = ["of_plugins", "of_trials"]


def of_plugins(found: Iterable[PluginView]) -> list[str | Table]:
    """Show every plugin, and below the table why one is not loaded."""
    views = list(found)
    rows = [
        (view.name, view.version, view.distribution, view.api, view.state, " ".join(view.entries)) for view in views
    ]
    why = [_("{seen.name}: {seen.detail}", seen=view) for view in views if view.detail]
    return [Table(rows, "plugin", "version", "package", "API", "state", "ships"), *why]


def of_trials(trials: Iterable[PluginTrial]) -> list[str]:
    """Say of every plugin that it is well, or in one line each what is wrong and what to do."""
    lines = [line for trial in trials for line in _of_trial(trial)]
    return lines or [_("No plugin is installed beside what cardprint itself ships.")]


def _of_trial(trial: PluginTrial) -> Iterator[str]:
    view = trial.plugin
    for each in trial.problems:
        yield _("{name}: {seen.problem} {seen.cure}", name=view.name, seen=each)
    for warning in trial.warnings:
        yield _("{name}: {warning}", name=view.name, warning=warning)
    if trial.ok:
        files = _("its files are as installed") if trial.covered else _("its files are not covered by a RECORD")
        ships = " ".join(view.entries)
        yield _("{name} {version}: {ships}; {files}.", name=view.name, version=view.version, ships=ships, files=files)
