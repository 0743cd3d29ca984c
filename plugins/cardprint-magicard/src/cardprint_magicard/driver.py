"""The driver: which printers there are, and how one is opened."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import CardFate, DeviceUri
from cardprint.plugin import PluginContext, PrinterDriver
from cardprint_magicard.address import address_of, usb_uri
from cardprint_magicard.conversation import Conversation
from cardprint_magicard.model import Model, load_model, model_of_usb
from cardprint_magicard.session import MagicardSession
from cardprint_magicard.settings import MagicardSettings
from cardprint_magicard.usb_link import find_printers

__all__ = ["MagicardDriver"]


class MagicardDriver(PrinterDriver):
    """Open Magicard printers."""

    def __init__(self, settings: MagicardSettings | None, context: PluginContext) -> None:
        self._settings = settings or MagicardSettings()
        self._context = context

    def open(self, device: DeviceUri) -> MagicardSession:
        """Open a printer and ask who it is; raise DriverError where nothing answers, ConfigurationError."""
        settings, clock = self._settings, self._context.clock
        address = address_of(device)
        model = self._model(address.usb)
        timeout = settings.answer_timeout
        connect = partial(address.connect, libusb=settings.libusb, timeout=timeout)
        conversation = Conversation(connect, clock, timeout)
        try:
            return MagicardSession(device, model, settings, conversation, clock)
        except BaseException:
            conversation.close()
            raise

    def discover(self) -> Iterator[DeviceUri]:
        """Find Magicard's own on USB; rebrands have other numbers, device files and print servers no name."""
        try:
            for number, serial in find_printers(self._settings.libusb):
                yield usb_uri(number, serial)
        except OSError as error:
            raise DriverError(
                f"nobody can look for printers on USB: {error.strerror}.",
                fate=CardFate.NOT_FED,
                reasons=("offline",),
                cure="Install it (Debian: libusb-1.0-0).",
            ) from error

    def _model(self, usb: str) -> Model:
        settings, printer = self._settings, self._context.name
        name = settings.model or model_of_usb(usb)
        if not name:
            raise ConfigurationError(
                f"[printers.{printer}] `model` is missing, and the address does not tell it.",
                cure='Set it, for example model = "rio-2e".',
            )
        model = load_model(name, self._context.folder, printer=printer)
        if settings.hole and settings.hole not in model.holes:
            raise ConfigurationError(f"[printers.{printer}] the model {model.name} has no `hole` of that name.")
        if settings.hole and "O" not in settings.ribbon:
            raise ConfigurationError(f"[printers.{printer}] `hole` needs a `ribbon` with O: there is no overcoat.")
        if settings.stripe and not model.stripe:
            raise ConfigurationError(f"[printers.{printer}] the model {model.name} writes no `stripe`.")
        return model
