"""The registry: what parts there are, and making those that the configuration names."""

from __future__ import annotations

import importlib.util
import logging
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Self, cast

import attrs

from cardprint.errors import CardprintError, PluginError
from cardprint.model import JobView
from cardprint.model.configuration import PluginRules, PluginUse
from cardprint.model.views import PluginView
from cardprint.plugin import (
    AllocationPolicy,
    CardRenderer,
    ChipEncoder,
    DataSource,
    Entry,
    Interlock,
    PluginContext,
    PrinterDriver,
    RequestValidator,
    SourceEntry,
)
from cardprint.registry.discovery import discover
from cardprint.registry.instances import Instances, sort_objects
from cardprint.registry.kinds import Kind
from cardprint.registry.late import LateRenderer
from cardprint.registry.paths import load_path
from cardprint.registry.plugins import Plugin, one_line
from cardprint.registry.settings import Where, closest, convert

__all__ = ["PartReference", "Registry"]

_LOG: Final = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class PartReference:
    """Name a printer driver or a chip encoder that is made elsewhere, with its settings as they were checked here."""

    factory: str
    """``package.module:Class``; called as ``Class(settings, context)``."""
    settings_path: str = ""
    """``package.module:Class`` of its settings; empty: it has none."""
    settings: object = None
    """An instance of that class; None: it has none."""


class Registry:
    """Know every plugin and make parts by name; nothing of a vendor's is imported before a part of it is made.

    ``instances`` holds the parts that the program handed in: a policy or a renderer replaces the configured one,
    validators and interlocks join the configured ones, and a driver or a source goes by its class's attribute
    ``name`` (else the class's name in lower case) and comes before an entry of that name.
    """

    def __init__(self, plugins: Sequence[Plugin], instances: Instances, *, file: str = "") -> None:
        self.instances = instances
        self._plugins = tuple(plugins)
        self._file = file
        # What a program hands in comes last and goes before what is installed.
        self._shipped = {(kind, entry.name): (plugin, entry) for plugin in plugins for kind, entry in plugin.entries}

    @classmethod
    def load(
        cls,
        rules: PluginRules,
        objects: Sequence[object] = (),
        *,
        file: str = "",
        folder: Path | None = None,
    ) -> Self:
        """Load the plugins that the rules admit, and take what the program hands in.

        ``objects`` are modules or objects with hook implementations, or instances of the contracts; neither the
        allow-list nor safe mode keeps them out, since the program itself hands them in. ``file`` names the
        configuration in error messages; ``folder`` is the station's, where a note stands while a plugin is imported.
        A broken plugin disables only itself (``plugins`` tells); PluginError is raised only for an unfit object.
        """
        instances, handed_in = sort_objects(objects)
        return cls((*discover(rules, folder), *handed_in), instances, file=file)

    def of_file(self, file: str) -> Self:
        """Give the same registry for another configuration, which its error messages name."""
        return type(self)(self._plugins, self.instances, file=file)

    def plugins(self) -> tuple[PluginView, ...]:
        """Show every plugin found, loaded or not."""
        return tuple(plugin.view for plugin in self._plugins)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Name the parts of a kind that there are, sorted."""
        names = {name for shipped, name in self._shipped if shipped is kind}
        return tuple(sorted(names | self._handed_in(kind).keys()))

    def entry(self, kind: Kind, name: str) -> Entry:
        """Find an entry; raises PluginError that says what was perhaps meant and which plugins did not load."""
        return self._find(kind, name)[1]

    def make(self, kind: Kind, use: PluginUse, context: PluginContext) -> object:
        """Make a part that keeps its kind's contract.

        Raises PluginError where it is unknown, lacks a package or cannot be made, and ConfigurationError, by file,
        table and key, where its settings are wrong.
        """
        where = Where(file=self._file, table=kind.table(context.name))
        handed_in = self._handed_in(kind).get(use.plugin)
        if handed_in is not None:
            if use.settings:
                raise where.error(min(use.settings), f"{use.plugin} was handed in ready-made and takes no settings")
            return handed_in
        plugin, entry = self._find(kind, use.plugin)
        part, distribution = f"{kind.words} {entry.name}", plugin.view.distribution
        factory = load_path(entry.factory, part=part, distribution=distribution)
        settings = _settings(kind, plugin, entry, use, where)
        if not isinstance(factory, type) or not issubclass(factory, kind.contract):
            raise PluginError(
                f"The {part} names {entry.factory}, which is no {kind.contract.__name__}.",
                cure=f"Upgrade {distribution}, or tell its author.",
            )
        build: Callable[..., object] = factory
        try:
            made = build(settings, context)
        except CardprintError:
            raise
        except Exception as error:
            raise PluginError(
                f"The {part} cannot be made: {one_line(error)}.",
                cure=f"Look at its settings in [{where.table}], or upgrade {distribution}.",
            ) from error
        return made

    def data_source(self, use: PluginUse, context: PluginContext) -> DataSource:
        """Make a data source; ``context.name`` is its name in the configuration."""
        return cast("DataSource", self.make(Kind.SOURCE, use, context))

    def bundle_sources(self, head: bytes) -> frozenset[str]:
        """Name the data sources, as plugins, that open a bundle which begins like this."""
        entries = (entry for _, entry in self._shipped.values() if isinstance(entry, SourceEntry))
        return frozenset(entry.name for entry in entries if entry.bundles and head.startswith(entry.bundles))

    def printer_driver(self, use: PluginUse, context: PluginContext) -> PrinterDriver:
        """Make a printer driver; ``context.name`` is the printer's name."""
        return cast("PrinterDriver", self.make(Kind.DRIVER, use, context))

    def driver_reference(self, use: PluginUse, context: PluginContext) -> PartReference | None:
        """Check what a printer driver needs without importing the driver itself; None for one that was handed in.

        A vendor's library may hang or crash where it is imported, so that is left to the process that runs it. Raises
        PluginError where the driver is unknown or its module is not there, and ConfigurationError where its settings
        are wrong.
        """
        return self._reference(Kind.DRIVER, use, context)

    def chip_encoder(self, use: PluginUse, context: PluginContext) -> ChipEncoder:
        """Make a chip encoder; ``context.name`` is its name in the configuration."""
        return cast("ChipEncoder", self.make(Kind.ENCODER, use, context))

    def encoder_reference(self, use: PluginUse, context: PluginContext) -> PartReference | None:
        """Check what a chip encoder needs, as ``driver_reference`` does for the driver that it runs beside."""
        return self._reference(Kind.ENCODER, use, context)

    def _reference(self, kind: Kind, use: PluginUse, context: PluginContext) -> PartReference | None:
        if use.plugin in self._handed_in(kind):
            self.make(kind, use, context)
            return None
        entry, settings = self._checked(kind, use, context)
        return PartReference(factory=entry.factory, settings_path=entry.settings, settings=settings)

    def _checked(self, kind: Kind, use: PluginUse, context: PluginContext) -> tuple[Entry, object]:
        """Find an entry and convert its settings; see that its module is there, without importing it."""
        plugin, entry = self._find(kind, use.plugin)
        settings = _settings(kind, plugin, entry, use, Where(file=self._file, table=kind.table(context.name)))
        if not _is_there(entry.factory.partition(":")[0]):
            load_path(entry.factory, part=f"{kind.words} {entry.name}", distribution=plugin.view.distribution)
        return entry, settings

    def allocation_policy(self, use: PluginUse, context: PluginContext) -> AllocationPolicy:
        """Give the policy that was handed in, or make the configured one."""
        return self.instances.policy or cast("AllocationPolicy", self.make(Kind.POLICY, use, context))

    def card_renderer(self, use: PluginUse, context: PluginContext) -> CardRenderer:
        """Give the renderer that was handed in, or the configured one, which is made when it is first needed.

        Raises now what ``driver_reference`` does. What only its making tells (a font that is not there, a library
        that fails) is raised by ``LateRenderer.made``.
        """
        if self.instances.renderer is not None:
            return self.instances.renderer
        self._checked(Kind.RENDERER, use, context)
        return LateRenderer(lambda: cast("CardRenderer", self.make(Kind.RENDERER, use, context)))

    def request_validator(self, use: PluginUse, context: PluginContext) -> RequestValidator:
        """Make a configured validator; those of ``instances`` join it."""
        return cast("RequestValidator", self.make(Kind.VALIDATOR, use, context))

    def interlock(self, use: PluginUse, context: PluginContext) -> Interlock:
        """Make a configured interlock; those of ``instances`` join it."""
        return cast("Interlock", self.make(Kind.INTERLOCK, use, context))

    @property
    def listens(self) -> bool:
        """Say whether any plugin wants to be told of jobs."""
        return any(plugin.calls.listens for plugin in self._plugins)

    def job_changed(self, job: JobView, change: str) -> None:
        """Tell every plugin that a job has changed, each by itself; an error is logged and goes no further."""
        for plugin in self._plugins:
            try:
                plugin.calls.job_changed(job, change)
            except Exception as error:  # noqa: BLE001  # a plugin's failure is its own
                # Its text, with which a logged traceback ends, is left out: it may hold a person's data.
                last = traceback.extract_tb(error.__traceback__)[-1]
                _LOG.error(
                    "plugin %s failed in cardprint_job_changed for job %d: %s at %s:%d",
                    plugin.view.name,
                    job.job_id,
                    type(error).__name__,
                    last.filename,
                    last.lineno,
                )

    def _handed_in(self, kind: Kind) -> dict[str, object]:
        if kind is Kind.SOURCE:
            return dict(self.instances.sources)
        if kind is Kind.ENCODER:
            return dict(self.instances.encoders)
        return dict(self.instances.drivers) if kind is Kind.DRIVER else {}

    def _find(self, kind: Kind, name: str) -> tuple[Plugin, Entry]:
        found = self._shipped.get((kind, name))
        if found is not None:
            return found
        absent = [
            f"{view.name} of {view.distribution} is {view.state} ({view.detail})"
            for view in self.plugins()
            if view.state in {"failed", "refused"}
        ]
        # Nobody knows what a plugin that did not load would have shipped, so all of them are named.
        perhaps = f" A plugin that did not load may ship it: {'; '.join(absent)}." if absent else ""
        raise PluginError(
            f"There is no {kind.words} called `{name}`.",
            cure=f"{closest(name, self.names(kind))}{perhaps}",
        )


def _settings(kind: Kind, plugin: Plugin, entry: Entry, use: PluginUse, where: Where) -> object:
    part = f"{kind.words} {entry.name}"
    if not entry.settings:
        if use.settings:
            raise where.error(min(use.settings), f"the {part} takes no settings", cure="Remove the key.")
        return None
    shape = load_path(
        entry.settings,
        part=f"settings class of the {part}",
        distribution=plugin.view.distribution,
    )
    if not isinstance(shape, type):
        raise PluginError(f"The {part} names {entry.settings} as its settings, and that is no class.")
    return convert(use.settings, shape, where)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    # A package on the way to the module is imported, and may raise anything.
    except (Exception, SystemExit):  # noqa: BLE001
        return False
