"""Parts and plugins that a program hands in as objects, without packaging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from cardprint.errors import PluginError
from cardprint.plugin import (
    AllocationPolicy,
    CardRenderer,
    ChipEncoder,
    DataSource,
    Interlock,
    PrinterDriver,
    RequestValidator,
)
from cardprint.registry.plugins import NotLoadedError, Plugin, has_hooks, one_line, take

__all__ = ["Instances", "sort_objects"]

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Instances:
    """Hold the ready-made parts that a program handed in."""

    policy: AllocationPolicy | None = None
    """Replaces the configured policy."""
    renderer: CardRenderer | None = None
    """Replaces the configured renderer."""
    validators: tuple[RequestValidator, ...] = ()
    """Join the configured validators."""
    interlocks: tuple[Interlock, ...] = ()
    """Join the configured interlocks."""
    sources: Mapping[str, DataSource] = attrs.field(factory=dict)
    """By name: the class's attribute ``name``, or else its own name in lower case."""
    drivers: Mapping[str, PrinterDriver] = attrs.field(factory=dict)
    """By name, as with sources; a printer's ``driver`` may give it, and it goes before an entry of that name."""
    encoders: Mapping[str, ChipEncoder] = attrs.field(factory=dict)
    """By name, as with drivers; the ``plugin`` of an encoder's table may give it."""


def sort_objects(objects: Sequence[object]) -> tuple[Instances, tuple[Plugin, ...]]:
    """Tell instances of the contracts from modules and objects with hook implementations; one may be both.

    Raises PluginError for what is neither, for a class in place of an instance, for a second policy, renderer or
    name, and for hook implementations that are not fit: whoever hands an object in is there to mend it.
    """
    for given in objects:
        if isinstance(given, type):
            raise PluginError(
                f"The class {given.__name__} was handed in as a plugin.",
                cure=f"Hand in an instance: plugins=[{given.__name__}()].",
            )
    policies = [given for given in objects if isinstance(given, AllocationPolicy)]
    renderers = [given for given in objects if isinstance(given, CardRenderer)]
    instances = Instances(
        policy=_only(policies, "allocation policy"),
        renderer=_only(renderers, "card renderer"),
        validators=tuple(given for given in objects if isinstance(given, RequestValidator)),
        interlocks=tuple(given for given in objects if isinstance(given, Interlock)),
        sources=_by_name([given for given in objects if isinstance(given, DataSource)]),
        drivers=_by_name([given for given in objects if isinstance(given, PrinterDriver)]),
        encoders=_by_name([given for given in objects if isinstance(given, ChipEncoder)]),
    )
    parts = (AllocationPolicy, CardRenderer, ChipEncoder, RequestValidator, Interlock, DataSource, PrinterDriver)
    plugins = tuple(_hooks_of(given) for given in objects if has_hooks(given) or not isinstance(given, parts))
    return instances, plugins


def _only(given: list[T], words: str) -> T | None:
    if len(given) > 1:
        names = ", ".join(type(each).__name__ for each in given)
        raise PluginError(f"More than one {words} was handed in: {names}.", cure="Hand in one.")
    return given[0] if given else None


def _by_name(given: list[T]) -> dict[str, T]:
    named: dict[str, T] = {}
    for each in given:
        own: object = getattr(type(each), "name", None)
        name = own if isinstance(own, str) and own else type(each).__name__.lower()
        if name in named:
            raise PluginError(f"Two objects called {name} were handed in.", cure="Give one a class attribute `name`.")
        named[name] = each
    return named


def _hooks_of(given: object) -> Plugin:
    own: object = getattr(given, "__name__", None)
    name = own if isinstance(own, str) else type(given).__name__
    try:
        return take(given, name=name, packaged=False)
    except NotLoadedError as error:
        raise PluginError(
            f"The object {name} handed in as a plugin cannot be taken: {error.detail}.",
            cure="Hand in an instance of a contract of cardprint.plugin, or an object with functions marked @hookimpl.",
        ) from error
    except Exception as error:
        raise PluginError(f"The object {name} handed in as a plugin cannot be looked at: {one_line(error)}.") from error
