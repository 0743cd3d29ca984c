"""One plugin: take its hook implementations and its entries, or say why not."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Final

import attrs
import pluggy

from cardprint.model.views import PluginView
from cardprint.plugin import API_VERSION, Entry, hookspecs
from cardprint.registry.calls import Calls, Functions, WrongAnswerError
from cardprint.registry.kinds import Kind

__all__ = ["NotLoadedError", "Plugin", "built_for", "has_hooks", "one_line", "take"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION: Final = re.compile(r"([1-9][0-9]*)\.(0|[1-9][0-9]*)")
_PATH: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_LONGEST: Final = 300


class NotLoadedError(Exception):
    """Tell why a plugin is not loaded: ``failed`` where it broke, ``refused`` where a rule keeps it out."""

    def __init__(self, state: str, detail: str) -> None:
        super().__init__(detail)
        self.state = state
        self.detail = detail


@attrs.frozen(kw_only=True)
class Plugin:
    """Hold one plugin, loaded or not."""

    view: PluginView
    """What is shown of it."""
    entries: tuple[tuple[Kind, Entry], ...] = ()
    """What it ships."""
    calls: Calls = attrs.field(factory=Calls)
    """Its hooks, to be called."""


def take(
    source: object,
    *,
    name: str,
    distribution: str = "",
    version: str = "",
    packaged: bool = True,
) -> Plugin:
    """Take a module or an object with hook implementations; raise NotLoadedError where it is not fit.

    ``packaged``: it must state the version of the vendor surface it was built for; what a program hands in need not.
    """
    api = built_for(source, packaged=packaged)
    calls = Calls(_implementations(source))
    if not calls.functions:
        known = ", ".join(_names_of_hooks())
        raise NotLoadedError("failed", f"it implements no hook; mark its functions with @hookimpl (hooks: {known})")
    entries = tuple(_entries(calls))
    seen: set[tuple[Kind, str]] = set()
    for kind, entry in entries:
        if (kind, entry.name) in seen:
            raise NotLoadedError("refused", f"it announces the {kind.words} {entry.name} twice")
        seen.add((kind, entry.name))
    view = PluginView(
        name=name,
        distribution=distribution,
        version=version,
        state="loaded",
        detail="",
        entries=tuple(f"{kind.value}:{entry.name}" for kind, entry in entries),
        api=api,
    )
    return Plugin(view=view, entries=entries, calls=calls)


def has_hooks(source: object) -> bool:
    """Say whether an object carries hook implementations, without running its properties."""
    return any(hasattr(inspect.getattr_static(source, name, None), f"{hookspecs.PROJECT}_impl") for name in dir(source))


def one_line(error: BaseException) -> str:
    """Give an exception's class and the first line of its text, at most 300 characters."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:_LONGEST].rstrip(": ")


class _OnePlugin(pluggy.PluginManager):
    """Register one plugin by itself, so that none can disturb another."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if isinstance(inspect.getattr_static(plugin, name, None), property):
            return None  # looking at a property runs it, and pluggy 1.5 does
        options = super().parse_hookimpl_opts(plugin, name)
        if options is not None and (options["wrapper"] or options["hookwrapper"]):
            raise NotLoadedError("refused", f"{name} is a hook wrapper; a plugin answers for itself alone")
        return options


def built_for(source: object, *, packaged: bool) -> str:
    """Give the version of the vendor surface that a module was built for; NotLoadedError where it does not fit.

    Fits: the same major and the same or an older minor, for a minor only adds. Empty: handed in, and it says nothing.
    """
    stated: object = getattr(source, "CARDPRINT_API", None)
    if stated is None:
        if packaged:
            raise NotLoadedError("refused", f"it does not state CARDPRINT_API; this is version {API_VERSION}")
        return ""
    version = f"{stated}.0" if type(stated) is int else stated
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise NotLoadedError("refused", f"CARDPRINT_API is {stated!r}, and no version such as {API_VERSION!r}")
    major, minor = (int(part) for part in API_VERSION.split("."))
    if int(found[1]) != major or int(found[2]) > minor:
        which = "upgrade cardprint" if (int(found[1]), int(found[2])) > (major, minor) else "upgrade the plugin"
        raise NotLoadedError(
            "refused",
            f"it was built for version {version} of the vendor surface, and this is version {API_VERSION}: {which}",
        )
    return str(version)


def _names_of_hooks() -> list[str]:
    return [name for name in dir(hookspecs) if name.startswith(f"{hookspecs.PROJECT}_")]


def _implementations(source: object) -> Functions:
    known = _names_of_hooks()
    for name in known:
        function = inspect.getattr_static(source, name, None)
        if function is not None and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise NotLoadedError("failed", f"{name} lacks @hookimpl")
    alone = _OnePlugin(hookspecs.PROJECT)
    alone.add_hookspecs(hookspecs)
    try:
        alone.register(source)
        alone.check_pending()
    except pluggy.PluginValidationError as error:
        # pluggy's own text shows the plugin object first and is several lines long.
        detail = "; ".join(line.strip() for line in str(error).splitlines()[1:]) or one_line(error)
        raise NotLoadedError("failed", f"{detail}; known hooks: {', '.join(known)}") from error
    callers = {name: getattr(alone.hook, name).get_hookimpls() for name in known}
    return {
        name: tuple(_singly(implementation) for implementation in implementations)
        for name, implementations in callers.items()
        if implementations
    }


def _singly(implementation: pluggy.HookImpl) -> Callable[..., object]:
    def call(**arguments: object) -> object:
        answer: object = implementation.function(*(arguments[name] for name in implementation.argnames))
        return answer

    return call


def _entries(calls: Calls) -> Iterator[tuple[Kind, Entry]]:
    for kind in Kind:
        try:
            entries = calls.entries(kind)
        except WrongAnswerError as error:
            raise NotLoadedError("failed", str(error)) from error
        # A module may end the process while it looks for its vendor's library; that is not its right.
        except (Exception, SystemExit) as error:
            raise NotLoadedError("failed", f"{kind.hook} raised {one_line(error)}") from error
        for entry in entries:
            _check_entry(kind, entry)
            yield kind, entry


def _check_entry(kind: Kind, entry: Entry) -> None:
    name: object = entry.name
    paths: tuple[object, ...] = (entry.factory, entry.settings) if entry.settings else (entry.factory,)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NotLoadedError("failed", f"{kind.hook}: the name {name!r} is not of the form {_NAME.pattern}")
    for path in paths:
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            raise NotLoadedError("failed", f"{kind.hook}: {path!r} is not of the form package.module:Class")
