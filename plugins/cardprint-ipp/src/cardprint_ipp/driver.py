"""The driver: it opens a printer, once it knows that cards can be made on it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import attrs

from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import CardFate, DeviceUri
from cardprint.plugin import PluginContext, PrinterDriver, read_secret
from cardprint_ipp.address import Address, read_address
from cardprint_ipp.client import WRONG, Client
from cardprint_ipp.credentials import Credentials
from cardprint_ipp.document import JPEG, Layout, choose_format, raster_mode
from cardprint_ipp.media import medium_named
from cardprint_ipp.operations import Requests
from cardprint_ipp.printer import Abilities
from cardprint_ipp.session import IppSession, not_reached
from cardprint_ipp.settings import IppSettings
from cardprint_ipp.transport import Transport

__all__ = ["IppDriver"]

_SCHEDULER = "ipp://localhost:631/"


class IppDriver(PrinterDriver):
    """Open printers, bridges and queues that speak IPP."""

    def __init__(self, settings: IppSettings | None, context: PluginContext) -> None:
        self._settings = settings or IppSettings()
        self._context = context
        where = f"[printers.{context.name}.settings]"
        if bool(self._settings.username) is not bool(self._settings.password_file):
            raise ConfigurationError(f"{where} `username` and `password_file` go together.", cure="Set both, or none.")
        if self._settings.completed == "printed" and not self._settings.queue:
            raise ConfigurationError(
                f"{where} `completed` is about a queue, and `queue` is false.", cure="Leave one of them out."
            )

    def open(self, device: DeviceUri) -> IppSession:
        """Open a printer; raise DriverError where it does not answer, or can make no card."""
        settings, address = self._settings, read_address(device)
        if not address.encrypted and not address.here and not settings.allow_plain_ipp:
            raise ConfigurationError(
                f"{address.host} would be sent faces and password unencrypted.",
                cure="Use ipps://, or set allow_plain_ipp = true where the network itself is trusted.",
            )
        transport = Transport(address, self._credentials(), self._tls(address))
        requests = Requests(uri=address.uri, user=settings.user)
        client = self._client(requests, transport)
        try:
            abilities = client.describe()
        except WRONG as error:
            raise not_reached(error) from error
        if "2.0" in abilities.versions:
            client = self._client(attrs.evolve(requests, version=(2, 0)), transport)
        if abilities.queue and not settings.queue:
            raise self._unable(
                "It is a queue of CUPS, which tells of documents and not of cards",
                "Leave out queue = false; or give the address of the printer itself.",
            )
        return IppSession(client, abilities, self._layout(abilities), settings, self._context.clock)

    def discover(self) -> Iterator[DeviceUri]:
        """Find the queues of this computer; printers elsewhere are named by whoever set them up."""
        scheduler = read_address(DeviceUri(_SCHEDULER))
        requests = Requests(uri=scheduler.uri, user=self._settings.user)
        try:
            found = self._client(requests, Transport(scheduler, Credentials("", ""), None)).queues()
        except WRONG:
            # There is none, or it tells nobody: both is no printer found.
            return
        yield from (DeviceUri(each) for each in found if each.startswith("ipp"))

    def _client(self, requests: Requests, transport: Transport) -> Client:
        settings = self._settings
        return Client(requests, transport, timeout=settings.timeout, card_timeout=settings.card_timeout)

    def _layout(self, abilities: Abilities) -> Layout:
        settings = self._settings
        if not abilities.whole:
            raise self._unable(
                "It has not all the operations that a card needs",
                "They are Create-Job, Send-Document, Cancel-Job, Get-Job-Attributes, Get-Jobs, Get-Printer-Attributes.",
            )
        medium = medium_named(settings.media) if settings.media else abilities.medium
        if medium is None:
            raise self._unable("It offers no medium of a card's size", "Set media to the name that it has for cards.")
        chosen = choose_format(abilities, settings.dpi, settings.format)
        if not chosen:
            raise self._unable(
                "It takes neither PWG raster at this resolution, nor PDF, nor JPEG, or not the one that is set",
                "Check dpi and format.",
            )
        return Layout(
            format=chosen,
            medium=medium,
            dpi=settings.dpi,
            turn=settings.turn,
            tumble=settings.duplex == "short-edge",
            sheet_back=abilities.sheet_back,
            mode=(raster_mode(abilities) or "RGB") if chosen != JPEG else "RGB",
        )

    def _credentials(self) -> Credentials:
        settings = self._settings
        if settings.password_file is None:
            return Credentials("", "")
        password = read_secret(self._context.folder / settings.password_file, what="password")
        return Credentials(settings.username, password)

    def _tls(self, address: Address) -> ssl.SSLContext | None:
        if not address.encrypted:
            return None
        settings, folder = self._settings, self._context.folder
        try:
            tls = ssl.create_default_context(cafile=folder / settings.ca_file if settings.ca_file else None)
            tls.minimum_version = ssl.TLSVersion.TLSv1_2
            if settings.ca_file:
                # A printer's own certificate may be named in place of whoever signed it.
                tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if settings.certificate_file:
                key = folder / settings.key_file if settings.key_file else None
                tls.load_cert_chain(folder / settings.certificate_file, key, password=_no_password)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The certificates for {address.host} cannot be used ({type(error).__name__}).",
                cure="Check ca_file, certificate_file and key_file: PEM, and a key without a password.",
            ) from None
        return tls

    def _unable(self, problem: str, cure: str) -> DriverError:
        return DriverError(
            f"Printer {self._context.name} can make no card. {problem}.",
            fate=CardFate.NOT_FED,
            reasons=("x-ipp-unable",),
            permanent=True,
            cure=cure,
        )


def _no_password() -> str:
    # Without this OpenSSL would ask on the terminal.
    return ""
