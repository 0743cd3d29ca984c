"""Find the plugins that are installed, one at a time, so that a broken one disables only itself."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import attrs

from cardprint.model.configuration import PluginRules
from cardprint.model.views import PluginView
from cardprint.registry.kinds import Kind
from cardprint.registry.permissions import writable_by_others
from cardprint.registry.plugins import NotLoadedError, Plugin, one_line, take

__all__ = ["BUILTIN", "discover", "list_plugins"]

BUILTIN: Final = "cardprint"
"""The name of the plugin that holds what cardprint itself ships."""

_GROUP: Final = "cardprint"
# By path: the built-ins reach the rest through hooks, as any vendor's plugin does, and are no import of ours.
_BUILTIN_MODULE: Final = "cardprint.builtin.entries"


@attrs.frozen(kw_only=True)
class _Announced:
    """Hold an entry point, or what is wrong with the metadata that should hold one."""

    name: str
    value: str
    distribution: str
    version: str
    folder: Path | None
    problem: str = ""


def discover(rules: PluginRules) -> tuple[Plugin, ...]:
    """Load the built-ins and every installed plugin that the rules admit; never raises for a plugin.

    Plugins come in the order of their distributions' names, so that of two that announce one name it is always the
    same that is refused.
    """
    plugins = [_load_builtin()]
    taken = {(kind, entry.name): BUILTIN for kind, entry in plugins[0].entries}
    for found in _announced():
        try:
            plugin = _load(found, rules)
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
    for found in _announced():
        try:
            _check_rules(found, rules)
        except NotLoadedError as error:
            views.append(_view(found, error.state, error.detail))
        else:
            views.append(_view(found, "listed", ""))
    return tuple(views)


def _load_builtin() -> Plugin:
    try:
        version = metadata.version("cardprint")
    except metadata.PackageNotFoundError:
        version = ""  # run from its sources: the built-ins are there all the same
    builtin = importlib.import_module(_BUILTIN_MODULE)
    return take(builtin, name=BUILTIN, distribution="cardprint", version=version)


def _load(found: _Announced, rules: PluginRules) -> Plugin:
    _check_rules(found, rules)
    _check_folders(found)
    try:
        source = metadata.EntryPoint(name=found.name, value=found.value, group=_GROUP).load()
    # A module may end the process while it looks for its vendor's library; that is not its right.
    except (Exception, SystemExit) as error:
        raise NotLoadedError("failed", f"{found.value} cannot be imported ({one_line(error)})") from error
    try:
        return take(source, name=found.name, distribution=found.distribution, version=found.version)
    except NotLoadedError:
        raise
    except (Exception, SystemExit) as error:
        raise NotLoadedError("failed", f"{found.value} cannot be looked at ({one_line(error)})") from error


def _check_names(plugin: Plugin, taken: Mapping[tuple[Kind, str], str]) -> None:
    for kind, entry in plugin.entries:
        if (kind, entry.name) in taken:
            owner = taken[kind, entry.name]
            raise NotLoadedError("refused", f"it repeats the {kind.words} {entry.name} of {owner}")


def _check_rules(found: _Announced, rules: PluginRules) -> None:
    if rules.safe_mode:
        raise NotLoadedError("refused", "safe mode loads only the built-ins")
    if found.problem:
        raise NotLoadedError("failed", found.problem)
    if rules.allow is not None and _normal(found.distribution) not in {_normal(name) for name in rules.allow}:
        raise NotLoadedError("refused", f"{found.distribution} is not among those that [plugins] allow names")


def _check_folders(found: _Announced) -> None:
    # Who can write where a plugin's code lies can print cards.
    try:
        code = importlib.util.find_spec(found.value.partition(":")[0].strip().partition(".")[0])
        places = [Path(place) for place in (code.submodule_search_locations or ()) if place] if code else []
        if code is not None and code.origin is not None and code.has_location:
            places += [Path(code.origin), Path(code.origin).parent]
        if found.folder is not None:
            places.append(found.folder)
        bad = next((place for place in places if writable_by_others(place)), None)
    except Exception as error:
        raise NotLoadedError("failed", f"its code cannot be found ({one_line(error)})") from error
    if bad is not None:
        raise NotLoadedError("refused", f"everybody may write to {bad}; chmod o-w it")


def _announced() -> Iterator[_Announced]:
    """Yield what distributions announce for cardprint, by distribution and name; of one installed twice the first."""
    found: dict[tuple[str, str], _Announced] = {}
    owners: dict[str, int] = {}
    for number, distribution in enumerate(metadata.distributions()):
        for announced in _of_distribution(distribution):
            owner = _normal(announced.distribution)
            if owners.setdefault(owner, number) == number:
                found.setdefault((owner, announced.name), announced)
    yield from (found[key] for key in sorted(found))


def _of_distribution(distribution: metadata.Distribution) -> Iterator[_Announced]:
    try:
        points = [point for point in distribution.entry_points if point.group == _GROUP]
        problem = ""
    except Exception as error:  # noqa: BLE001  # one broken package among hundreds must not stop a station
        if f"[{_GROUP}]" not in _entry_points_text(distribution):
            return
        points = []
        problem = f"its entry points cannot be read ({one_line(error)})"
    if not points and not problem:
        return
    folder: Path | None = None
    name = version = ""
    try:
        name, version = distribution.metadata["Name"], distribution.version
        folder = Path(str(distribution.locate_file("")))
    except Exception as error:  # noqa: BLE001  # as above
        problem = problem or f"its metadata cannot be read ({one_line(error)})"
    if not name:
        name, problem = "unknown", problem or "its metadata name no distribution"
    version = version or ""
    for point_name, value in [(point.name, point.value) for point in points] or [(name, "")]:
        yield _Announced(
            name=point_name,
            value=value,
            distribution=name,
            version=version,
            folder=folder,
            problem=problem,
        )


def _entry_points_text(distribution: metadata.Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except Exception:  # noqa: BLE001  # unreadable: nothing says that it is ours
        return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _view(found: _Announced, state: str, detail: str) -> PluginView:
    return PluginView(
        name=found.name,
        distribution=found.distribution,
        version=found.version,
        state=state,
        detail=detail,
        entries=(),
    )
