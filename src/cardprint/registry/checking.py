"""Try installed plugins apart, one after the other, and say of each what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from cardprint.errors import PluginError
from cardprint.model.configuration import PluginRules
from cardprint.model.trials import PluginProblem, PluginTrial
from cardprint.model.views import PluginView
from cardprint.registry.admission import admit, allow_line
from cardprint.registry.announced import Announced, announced, normal
from cardprint.registry.discovery import BUILTIN, discover, list_plugins
from cardprint.registry.notes import ImportNotes
from cardprint.registry.plugins import NotLoadedError
from cardprint.registry.settings import closest
from cardprint.registry.trial import try_apart

__all__ = ["check_plugins", "with_allow_lines"]


def with_allow_lines(views: Iterable[PluginView]) -> tuple[PluginView, ...]:
    """Add to installed plugins what lets in exactly each; a start has no need of it, and it costs a look at files."""
    lines = {(found.distribution, found.name): allow_line(found) for found in announced()}
    return tuple(attrs.evolve(view, allow=lines.get((view.distribution, view.name), "")) for view in views)


def check_plugins(rules: PluginRules, folder: Path | None = None, *, name: str = "") -> tuple[PluginTrial, ...]:
    """Try every installed plugin, or that of one name or distribution, each in a process of its own.

    What the allow-list keeps out is not tried; safe mode keeps out nothing here. Where a plugin loads, notes in the
    station's folder that a station died of it are taken away. Raises PluginError where there is none of the name.
    """
    every = tuple(announced())
    chosen = [found for found in every if not name or name == found.name or normal(name) == normal(found.distribution)]
    if name and not chosen:
        known = {found.name for found in every}
        raise PluginError(f"There is no installed plugin called `{name}`.", cure=closest(name, known))
    calm = attrs.evolve(rules, safe_mode=False)
    views = {(view.distribution, view.name): view for view in with_allow_lines(list_plugins(calm))}
    (builtin, *_) = discover(PluginRules(safe_mode=True))
    taken = dict.fromkeys(builtin.view.entries, BUILTIN)
    notes = ImportNotes(folder)
    trials = []
    for found in chosen:
        view = views[found.distribution, found.name]
        trial = _tried(found, view, calm)
        repeated = tuple(_repeated(trial.plugin, taken))
        trials.append(attrs.evolve(trial, problems=trial.problems + repeated))
        taken |= dict.fromkeys(trial.plugin.entries, found.distribution)
        if trial.plugin.state == "loaded":
            notes.forget(found.distribution)
    return tuple(trials)


def _tried(found: Announced, view: PluginView, rules: PluginRules) -> PluginTrial:
    try:
        admit(found, rules)
    except NotLoadedError as error:
        cure = "See [plugins] in station.toml; what lets in exactly this: cardprint plugins --json"
        if error.state == "failed":
            cure = f"Install it anew: pip install --force-reinstall {found.distribution}"
        return PluginTrial(plugin=view, problems=(PluginProblem(problem=f"{error.detail}.", cure=cure),))
    return try_apart(found, view)


def _repeated(plugin: PluginView, taken: Mapping[str, str]) -> Iterator[PluginProblem]:
    for entry in plugin.entries:
        if entry in taken:
            yield PluginProblem(
                problem=f"It repeats {entry} of {taken[entry]}, and is refused where both are installed.",
                cure=f"Uninstall one: pip uninstall {plugin.distribution}",
            )
