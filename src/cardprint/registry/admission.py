"""Which plugins may load at all: decided before anything of theirs is imported."""

from __future__ import annotations

import importlib.util
import json
from importlib.machinery import ModuleSpec
from pathlib import Path

from cardprint.model.configuration import AllowedPlugin, PluginRules
from cardprint.registry.announced import Announced, normal
from cardprint.registry.permissions import writable_by_others
from cardprint.registry.plugins import NotLoadedError, one_line
from cardprint.registry.records import differences, editable, holds, record_digest

__all__ = ["admit", "allow_line"]


def admit(found: Announced, rules: PluginRules) -> None:
    """Raise NotLoadedError unless a plugin may load; reads metadata and files, and imports nothing."""
    if rules.safe_mode:
        raise NotLoadedError("refused", "safe mode loads only the built-ins")
    if found.problem:
        raise NotLoadedError("failed", found.problem)
    if rules.allow is not None:
        _check_allowed(found, [_allowed(item) for item in rules.allow])
    _check_folders(found)


def allow_line(found: Announced) -> str:
    """Give what ``[plugins] allow`` needs to let in exactly this, as TOML has it; an editable install goes by name."""
    digest = record_digest(found.source)
    if not digest or editable(found.source):
        return json.dumps(found.distribution)
    name, version = json.dumps(found.distribution), json.dumps(found.version)
    return f'{{name = {name}, version = {version}, record = "{digest}"}}'


def _allowed(item: str | AllowedPlugin) -> AllowedPlugin:
    if isinstance(item, AllowedPlugin):
        return item
    name, _, version = item.partition("==")
    return AllowedPlugin(name=name.strip(), version=version.strip())


def _check_allowed(found: Announced, allowed: list[AllowedPlugin]) -> None:
    named = [rule for rule in allowed if normal(rule.name) == normal(found.distribution)]
    if not named:
        raise NotLoadedError("refused", f"{found.distribution} is not among those that [plugins] allow names")
    fit = [rule for rule in named if rule.version in {"", found.version}]
    if not fit:
        wanted = " or ".join(rule.version for rule in named)
        raise NotLoadedError("refused", f"it is version {found.version}, and [plugins] allow names {wanted}")
    records = {rule.record for rule in fit}
    if "" in records:
        return
    if editable(found.source):
        detail = "it is an editable install, whose files no RECORD covers: name it without `record`, or install a wheel"
        raise NotLoadedError("refused", detail)
    digest = record_digest(found.source) or "missing"
    if digest not in records:
        raise NotLoadedError("refused", f"its RECORD is {digest}, and [plugins] allow names another")
    wrong = next(differences(found.source), None)
    if wrong is not None:
        raise NotLoadedError("refused", f"{wrong} (RECORD)")
    spec = _spec(found)
    code = Path(spec.origin) if spec is not None and spec.origin is not None and spec.has_location else None
    if code is None:
        detail = "its files cannot be told from those of others in the same namespace: name it without `record`"
        raise NotLoadedError("refused", detail)
    if not holds(found.source, code):
        raise NotLoadedError("refused", f"{code} would be imported in its place, and its RECORD does not list that")


def _spec(found: Announced) -> ModuleSpec | None:
    """Find the package or module from which its code would be imported, without importing it."""
    try:
        return importlib.util.find_spec(found.value.partition(":")[0].strip().partition(".")[0])
    except Exception as error:
        raise NotLoadedError("failed", f"its code cannot be found ({one_line(error)})") from error


def _check_folders(found: Announced) -> None:
    # Who can write where a plugin's code lies can print cards.
    code = _spec(found)
    places = [Path(place) for place in (code.submodule_search_locations or ()) if place] if code else []
    if code is not None and code.origin is not None and code.has_location:
        places += [Path(code.origin), Path(code.origin).parent]
    if found.folder is not None:
        places.append(found.folder)
    try:
        bad = next((place for place in places if writable_by_others(place)), None)
    except OSError as error:
        raise NotLoadedError("failed", f"its code cannot be found ({one_line(error)})") from error
    if bad is not None:
        raise NotLoadedError("refused", f"everybody may write to {bad}; chmod o-w it")
