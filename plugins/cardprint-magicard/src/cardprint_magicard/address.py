"""Where a printer is: the addresses that the driver opens."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import attrs

from cardprint.errors import ConfigurationError
from cardprint.model import DeviceUri
from cardprint_magicard.link import Link
from cardprint_magicard.stream_link import FileLink, SocketLink
from cardprint_magicard.usb_link import UsbLink

__all__ = ["Address", "address_of", "usb_uri"]

_NUMBER = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})")
_RAW_PORT = 9100
"""Where print servers take raw bytes (AppSocket)."""


@attrs.frozen(kw_only=True)
class Address:
    """Hold one printer's place; one of the three is set."""

    usb: str = ""
    """Vendor and product, ``0c1f:1800``."""
    serial: str = ""
    """The USB serial number; empty: the only one with these numbers."""
    file: Path | None = None
    """A device file."""
    host: str = ""
    """A name or an address of a print server."""
    port: int = _RAW_PORT
    """Its port."""

    def connect(self, *, libusb: str, timeout: float) -> Link:
        """Open a link; raise OSError where the printer is not there or another program holds it."""
        if self.usb:
            vendor, product = (int(part, 16) for part in self.usb.split(":"))
            return UsbLink(libusb, vendor, product, self.serial)
        if self.file is not None:
            return FileLink(self.file)
        return SocketLink(self.host, self.port, timeout)


def address_of(device: DeviceUri) -> Address:
    """Read an address; raise ConfigurationError for what is none."""
    try:
        parts = urlsplit(device)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        serial = "".join(query.pop("serial", []))
        if not query and not parts.fragment:
            if parts.scheme == "usb" and _NUMBER.fullmatch(parts.netloc.lower()) and parts.path in {"", "/"}:
                return Address(usb=parts.netloc.lower(), serial=serial)
            if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and not serial:
                return Address(file=Path(unquote(parts.path)))
            if parts.scheme == "socket" and parts.hostname and parts.path in {"", "/"} and not serial:
                return Address(host=parts.hostname, port=parts.port or _RAW_PORT)
    except ValueError:
        pass
    raise ConfigurationError(
        f"{device} is no address of a Magicard printer.",
        cure="Write usb://0c1f:1800, usb://0c1f:1800?serial=NUMBER, file:///dev/usb/lp0 or socket://HOST:9100.",
    )


def usb_uri(number: str, serial: str) -> DeviceUri:
    """Give the address of a printer on USB."""
    plain = re.fullmatch(r"[A-Za-z0-9._-]+", serial)
    return DeviceUri(f"usb://{number}" + (f"?serial={serial}" if plain else ""))
