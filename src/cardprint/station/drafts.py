"""Designs by name or folder, whichever renderer they are for, and copies of those that come with one."""

from __future__ import annotations

import importlib.resources
import shutil
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

from cardprint.errors import InputError, PluginError
from cardprint.language import Sentence
from cardprint.model.configuration import PluginRules, PluginUse
from cardprint.plugin import CardRenderer, PluginContext, RendererEntry
from cardprint.registry import Kind, Registry, read_configuration

__all__ = ["copied", "made", "use_of"]


def made(registry: Registry, use: PluginUse, context: PluginContext, design: str) -> CardRenderer:
    """Make the renderer of a design: the configured one with its settings, or the first that takes designs.

    Raises PluginError where none does, and what making a renderer raises.
    """
    entry = _entry(registry, use)
    folder = Path(design)
    settings = {**(use.settings if entry.name == use.plugin else {})}
    settings["design"] = str(folder.resolve()) if folder.is_dir() else design
    use = PluginUse(plugin=entry.name, settings=settings)
    return cast("CardRenderer", registry.make(Kind.RENDERER, use, context))


def use_of(design: str) -> PluginUse | None:
    """Say how a design that comes with an installed renderer is used; None where there is none of this name."""
    try:
        entry = _entry(Registry.load(PluginRules()), PluginUse(plugin=""))
    except PluginError:
        return None
    return PluginUse(plugin=entry.name, settings={"design": design}) if design in _shipped(entry) else None


def copied(config: Path | None, design: str, folder: Path) -> Path:
    """Copy a design that comes with a renderer into a folder that is not there yet, and give that.

    Raises InputError for another name, and for a folder that is there or cannot be written.
    """
    value = read_configuration(config) if config is not None else None
    registry = Registry.load(value.plugins if value else PluginRules(), folder=value.folder if value else None)
    shipped = _shipped(_entry(registry, value.renderer if value else PluginUse(plugin="")))
    if design not in shipped:
        raise InputError(
            Sentence("no design is called {design}; nothing was written.", design=design),
            cure=Sentence("Begin with one of these: {names}", names=", ".join(sorted(shipped))),
        )
    if folder.exists():
        raise InputError(
            Sentence("{folder} is there already; nothing was written.", folder=folder),
            cure=Sentence("Name another folder."),
        )
    try:
        _copy(shipped[design], folder)
    except OSError as error:
        raise InputError(
            Sentence("{target} cannot be written: {strerror}.", target=folder, strerror=error.strerror),
            cure=Sentence("Name a file you may write to."),
        ) from error
    return folder


def _shipped(entry: RendererEntry) -> dict[str, Traversable]:
    package, _, where = entry.designs.partition(":")
    return {each.name: each for each in (importlib.resources.files(package) / where).iterdir() if each.is_dir()}


def _copy(design: Traversable, folder: Path) -> None:
    with importlib.resources.as_file(design) as path:
        shutil.copytree(path, folder, copy_function=shutil.copyfile)


def _entry(registry: Registry, use: PluginUse) -> RendererEntry:
    """Find the renderer that takes designs: the configured one before all others."""
    names = registry.names(Kind.RENDERER)
    for name in sorted(names, key=lambda each: each != use.plugin):
        entry = registry.entry(Kind.RENDERER, name)
        if isinstance(entry, RendererEntry) and entry.designs:
            return entry
    raise PluginError(
        Sentence("no renderer that is installed makes cards from designs."),
        cure=Sentence("Install one: pip install cardprint-svg"),
    )
