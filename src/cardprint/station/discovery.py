"""Devices that the installed drivers find, each driver in a disposable process and within a deadline."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count

from cardprint.errors import CardprintError, ConfigurationError
from cardprint.hosts import InlinePort, PrinterPort, ProcessPort, start_message
from cardprint.language import Sentence, joined
from cardprint.model.configuration import PluginUse, StationConfig
from cardprint.model.identifiers import DeviceUri
from cardprint.model.messages import Event, Failed, Find, Found
from cardprint.model.views import DeviceFound, Discovery
from cardprint.plugin import Clock, PluginContext, PrinterSession
from cardprint.registry import Kind, Registry

__all__ = ["discover"]

_LONGEST = 400


def discover(
    config: StationConfig,
    registry: Registry,
    context: Callable[[str], PluginContext],
    clock: Clock,
    *,
    driver: str = "",
    timeout: float,
) -> Discovery:
    """Ask every installed driver, or one, for its devices; whatever a driver does harms its own answer alone.

    All look at once; who has not answered after ``timeout`` seconds is ended. Raises PluginError for an unknown name.
    """
    names = registry.names(Kind.DRIVER)
    if driver:
        if driver not in names:
            registry.entry(Kind.DRIVER, driver)
        names = (driver,)
    ports: dict[str, PrinterPort] = {}
    problems: dict[str, str] = {}
    found: list[tuple[str, DeviceUri]] = []
    deadline = clock.monotonic() + timeout
    try:
        for name in names:
            try:
                ports[name] = _asked(config, registry, context, name)
            except CardprintError as error:
                problems[name] = joined(filter(None, (error.message, error.cure)), " ")
        for name, port in ports.items():
            event = port.wait(max(deadline - clock.monotonic(), 0.0))
            if isinstance(event, Found):
                devices = dict.fromkeys(event.devices)
                found += [(name, device) for device in devices if _fit(device)]
                if not all(map(_fit, devices)):
                    problems[name] = Sentence("it names a device that is no address; tell its author.")
            else:
                problems[name] = _problem(event, timeout)
    finally:
        for port in ports.values():
            port.end()
    return Discovery(devices=_shown(config, found), problems=problems)


def _asked(
    config: StationConfig,
    registry: Registry,
    context: Callable[[str], PluginContext],
    name: str,
) -> PrinterPort:
    """Ask a driver, with the settings that the first printer with this driver has."""
    configured = next((printer for printer in config.printers if printer.driver == name), None)
    use = PluginUse(plugin=name, settings=configured.settings if configured is not None else {})
    surroundings = context(configured.name if configured is not None else name)
    reference = registry.driver_reference(use, surroundings)
    port: PrinterPort
    if reference is None:
        # What a program has handed in lives in this process alone.
        port = InlinePort(_closed, name=name, find=registry.printer_driver(use, surroundings).discover)
    else:
        port = ProcessPort(
            start_message(
                factory=reference.factory,
                settings_path=reference.settings_path,
                settings=reference.settings,
                device="",
                context=surroundings,
            ),
        )
    port.send(Find())
    return port


def _closed() -> PrinterSession:
    raise ConfigurationError("a driver that looks for devices opens none.")


def _fit(device: DeviceUri) -> bool:
    """Say whether a device can be an address: whoever reads it has a terminal, and a file to paste it into."""
    return 0 < len(device) <= _LONGEST and device.isprintable() and ":" in device


def _problem(event: Event | None, timeout: float) -> str:
    if event is None:
        return Sentence("it did not answer within {timeout:g} seconds, and was ended.", timeout=timeout)
    if isinstance(event, Failed):
        said = "".join(letter if letter.isprintable() else "?" for letter in event.detail[:_LONGEST])
        return Sentence("it failed: {said}", said=said or Sentence("without a word"))
    return Sentence("its process died.")


def _shown(config: StationConfig, found: list[tuple[str, DeviceUri]]) -> tuple[DeviceFound, ...]:
    """Give each device the name of its printer, or a new one and the table of it."""
    known = {(printer.driver, printer.device): printer.name for printer in config.printers}
    taken = {printer.name for printer in config.printers}
    fresh = (name for number in count(1) if (name := f"P{number}") not in taken)
    devices = []
    for driver, device in found:
        printer = known.get((driver, device))
        name = printer or next(fresh)
        # A string of JSON is one of TOML, as long as it is printable.
        lines = (f"[printers.{name}]", f"driver = {_quoted(driver)}", f"device = {_quoted(device)}")
        devices.append(
            DeviceFound(
                driver=driver,
                device=device,
                printer=name,
                configured=printer is not None,
                table=() if printer is not None else lines,
            ),
        )
    return tuple(devices)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
