"""Find the plugins that are installed, one at a time, so that a broken one disables only itself."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import attrs

from cardprint.model.configuration import PluginRules
from cardprint.model.views import PluginView
from cardprint.registry.admission import admit
from cardprint.registry.announced import GROUP, Announced, announced
from cardprint.registry.kinds import Kind
from cardprint.registry.notes import ImportNotes
from cardprint.registry.plugins import NotLoadedError, Plugin, one_line, take
from cardprint.registry.trial import loads_apart

__all__ = ["BUILTIN", "discover", "list_plugins", "load"]

BUILTIN: Final = "cardprint"
"""The name of the plugin that holds what cardprint itself ships."""

# By path: the built-ins reach the rest through hooks, as any vendor's plugin does, and are no import of ours.
_BUILTIN_MODULE: Final = "cardprint.builtin.entries"


def discover(rules: PluginRules, folder: Path | None = None) -> tuple[Plugin, ...]:
    """Load the built-ins and every installed plugin that the rules admit; never raises for a plugin.

    Plugins come in the order of their distributions' names, so that of two that announce one name it is always the
    same that is refused. ``folder`` is the station's: a note there outlives this process where a plugin ends it.
    """
    plugins = [_load_builtin()]
    taken = {(kind, entry.name): BUILTIN for kind, entry in plugins[0].entries}
    notes = ImportNotes(folder)
    for found in announced():
        try:
            admit(found, rules)
            _check_past(found, notes)
            with notes.during(found.distribution):
                plugin = load(found)
            _check_names(plugin, taken)
        except NotLoadedError as error:
            plugin = Plugin(view=_view(found, error.state, error.detail))
        taken.update({(kind, entry.name): found.distribution for kind, entry in plugin.entries})
        plugins.append(plugin)
    return tuple(plugins)


def list_plugins(rules: PluginRules) -> tuple[PluginView, ...]:
    """List what is installed from its metadata alone: no plugin's code runs.

    The state is ``listed``, ``refused`` where the rules keep it out, ``failed`` where its metadata are broken. What
    a plugin ships is known only of the built-ins.
    """
    views = [attrs.evolve(_load_builtin().view, state="listed")]
    for found in announced():
        try:
            admit(found, rules)
        except NotLoadedError as error:
            views.append(_view(found, error.state, error.detail))
        else:
            views.append(_view(found, "listed", ""))
    return tuple(views)


def load(found: Announced) -> Plugin:
    """Import one plugin and call its hooks; NotLoadedError where that fails."""
    try:
        source = metadata.EntryPoint(name=found.name, value=found.value, group=GROUP).load()
    # A module may end the process while it looks for its vendor's library; that is not its right.
    except (Exception, SystemExit) as error:
        raise NotLoadedError("failed", f"{found.value} cannot be imported ({one_line(error)})") from error
    try:
        return take(source, name=found.name, distribution=found.distribution, version=found.version)
    except NotLoadedError:
        raise
    except (Exception, SystemExit) as error:
        raise NotLoadedError("failed", f"{found.value} cannot be looked at ({one_line(error)})") from error


def _load_builtin() -> Plugin:
    try:
        version = metadata.version("cardprint")
    except metadata.PackageNotFoundError:
        version = ""  # run from its sources: the built-ins are there all the same
    builtin = importlib.import_module(_BUILTIN_MODULE)
    return take(builtin, name=BUILTIN, distribution="cardprint", version=version)


def _check_past(found: Announced, notes: ImportNotes) -> None:
    """Refuse what a station died of; after a first death, which a power cut may have been, it is tried apart."""
    deaths = notes.deaths(found.distribution)
    if deaths > 1 or (deaths and not loads_apart(found)):
        times = "twice in a row " if deaths > 1 else ""
        raise NotLoadedError(
            "refused",
            f"the station died {times}while it imported {found.distribution}; try it apart: "
            f"cardprint plugins check {found.name}",
        )


def _check_names(plugin: Plugin, taken: Mapping[tuple[Kind, str], str]) -> None:
    for kind, entry in plugin.entries:
        if (kind, entry.name) in taken:
            owner = taken[kind, entry.name]
            raise NotLoadedError("refused", f"it repeats the {kind.words} {entry.name} of {owner}")


def _view(found: Announced, state: str, detail: str) -> PluginView:
    return PluginView(
        name=found.name,
        distribution=found.distribution,
        version=found.version,
        state=state,
        detail=detail,
        entries=(),
    )
