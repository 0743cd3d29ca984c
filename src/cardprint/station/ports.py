"""The way to a printer, prepared when a station opens and opened when it prints."""

from __future__ import annotations

from typing import Protocol

import attrs

from cardprint.hosts import InlinePort, PrinterPort, ProcessPort, start_message
from cardprint.model.configuration import PluginUse, PrinterConfig
from cardprint.model.identifiers import DeviceUri
from cardprint.plugin import PluginContext, PrinterSession
from cardprint.registry import Registry

__all__ = ["PreparedPort", "prepared_port"]


class PreparedPort(Protocol):
    """Open the way to a printer."""

    def __call__(self, *, explains: bool) -> PrinterPort:
        """Open it; with ``explains``, errors of the driver are written to standard error in full."""


def prepared_port(registry: Registry, printer: PrinterConfig, context: PluginContext) -> PreparedPort:
    """Prepare a printer's driver: in a process of its own, or here where so configured or handed in.

    Raises PluginError or ConfigurationError where it is unknown or its settings are wrong.
    """
    use = PluginUse(plugin=printer.driver, settings=printer.settings)
    reference = None if printer.driver_process == "inline" else registry.driver_reference(use, context)
    if reference is not None:
        start = start_message(
            factory=reference.factory,
            settings_path=reference.settings_path,
            settings=reference.settings,
            device=printer.device,
            context=context,
        )
        return lambda *, explains: ProcessPort(attrs.evolve(start, explains=explains))
    driver = registry.printer_driver(use, context)

    def open_session() -> PrinterSession:
        return driver.open(DeviceUri(printer.device))

    return lambda *, explains: InlinePort(open_session, name=printer.name, explains=explains)
