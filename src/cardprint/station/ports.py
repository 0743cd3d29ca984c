"""The way to a printer, prepared when a station opens and opened when it prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs

from cardprint.errors import ConfigurationError
from cardprint.hosts import InlinePort, PrinterPort, ProcessPort, StartEncoder, start_message
from cardprint.model.configuration import PluginUse, PrinterConfig, StationConfig
from cardprint.model.identifiers import DeviceUri
from cardprint.plugin import ChipEncoder, PluginContext, PrinterSession
from cardprint.registry import Registry

__all__ = ["PreparedPort", "prepared_port"]


class PreparedPort(Protocol):
    """Open the way to a printer."""

    def __call__(self, *, explains: bool) -> PrinterPort:
        """Open it; with ``explains``, errors of the driver are written to standard error in full."""


def prepared_port(
    registry: Registry,
    config: StationConfig,
    printer: PrinterConfig,
    contexts: Callable[[str], PluginContext],
) -> PreparedPort:
    """Prepare a printer's driver and encoder: in a process of their own, or here where so configured or handed in.

    Raises PluginError or ConfigurationError where one is unknown or its settings are wrong.
    """
    use, context = PluginUse(plugin=printer.driver, settings=printer.settings), contexts(printer.name)
    reference = None if printer.driver_process == "inline" else registry.driver_reference(use, context)
    if reference is not None:
        start = start_message(
            factory=reference.factory,
            settings_path=reference.settings_path,
            settings=reference.settings,
            device=printer.device,
            context=context,
            encoder=_beside(registry, config, printer, contexts),
        )
        return lambda *, explains: ProcessPort(attrs.evolve(start, explains=explains))
    driver, encoder = registry.printer_driver(use, context), _here(registry, config, printer, contexts)

    def open_session() -> PrinterSession:
        return driver.open(DeviceUri(printer.device))

    return lambda *, explains: InlinePort(open_session, name=printer.name, encoder=encoder, explains=explains)


def _beside(
    registry: Registry, config: StationConfig, printer: PrinterConfig, contexts: Callable[[str], PluginContext]
) -> StartEncoder | None:
    """Name the encoder that the driver's process makes."""
    if not printer.encoder:
        return None
    found = registry.encoder_reference(config.encoders[printer.encoder], contexts(printer.encoder))
    if found is None:
        raise ConfigurationError(
            f"[printers.{printer.name}]: its encoder was handed in and lives in this process alone.",
            cure='Write: driver_process = "inline"',
        )
    return StartEncoder(
        factory=found.factory, settings_path=found.settings_path, settings=found.settings, name=printer.encoder
    )


def _here(
    registry: Registry, config: StationConfig, printer: PrinterConfig, contexts: Callable[[str], PluginContext]
) -> ChipEncoder | None:
    """Make the encoder in this process."""
    if not printer.encoder:
        return None
    return registry.chip_encoder(config.encoders[printer.encoder], contexts(printer.encoder))
