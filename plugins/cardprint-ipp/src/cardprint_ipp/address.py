"""Where a printer is: ``ipp://host:631/ipp/print`` (RFC 3510), or with TLS from the start ``ipps://`` (RFC 7472)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import attrs

from cardprint.errors import ConfigurationError
from cardprint.model import DeviceUri

__all__ = ["Address", "read_address"]

_PORT = 631


@attrs.frozen(kw_only=True)
class Address:
    """Hold the parts of an address."""

    uri: str
    """As it is said in each request."""
    host: str
    """A name or an IP address."""
    port: int
    """Of TCP."""
    path: str
    """What is asked for by HTTP."""
    encrypted: bool
    """With TLS."""

    @property
    def here(self) -> bool:
        """Say whether it is this computer."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_address(device: DeviceUri) -> Address:
    """Read an address; raise ConfigurationError for what is none."""
    try:
        parts = urlsplit(device)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        parts, host, port = urlsplit(""), None, _PORT
    odd = parts.username or parts.query or parts.fragment or not device.isascii() or not device.isprintable()
    if parts.scheme not in {"ipp", "ipps"} or not host or odd or " " in device:
        raise ConfigurationError(
            "The device is no address of an IPP printer.",
            cure='Write it like device = "ipps://printer.example/ipp/print"; a password goes into password_file.',
        )
    return Address(uri=str(device), host=host, port=port, path=parts.path or "/", encrypted=parts.scheme == "ipps")
