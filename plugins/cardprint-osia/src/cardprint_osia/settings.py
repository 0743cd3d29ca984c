"""Settings of the OSIA source."""

from __future__ import annotations

from pathlib import Path

import attrs
from attrs import validators

__all__ = ["OsiaSettings"]

MIB = 1024 * 1024


@attrs.frozen(kw_only=True)
class OsiaSettings:
    """Say which centre is asked, and how."""

    url: str = ""
    """Where OSIA's paths begin, before ``/v1``: ``https://centre.example/cms``; empty: no line, bundles alone."""
    token_file: Path | None = None
    """A file (mode 0600) with the bearer token, relative to the station's folder; None: no token is sent."""
    token_url: str = ""
    """Where a token is asked for by client credentials (RFC 6749, 4.4), in place of ``token_file``; empty: nowhere."""
    client_id: str = ""
    """The station's name there."""
    client_secret_file: Path | None = None
    """A file (mode 0600) with the station's secret there."""
    scope: str = ""
    """Scopes that are asked for; empty: those that the centre gives by itself."""
    ca_file: Path | None = None
    """PEM certificates that the centre's must descend from; None: those that the system trusts."""
    certificate_file: Path | None = None
    """PEM certificate, and its chain, that the station shows to the centre; None: none."""
    key_file: Path | None = None
    """PEM key of that certificate; None: it is in the same file."""
    allow_plain_http: bool = False
    """True: personal data and token may travel unencrypted to another machine."""
    lease_size: int = attrs.field(default=200, validator=[validators.ge(0), validators.le(10_000)])
    """Records the station holds at most; 0: none is leased, and all records of the centre are read."""
    lease_days: int = attrs.field(default=14, validator=[validators.ge(1), validators.le(366)])
    """Days for which they are leased."""
    page_size: int = attrs.field(default=100, validator=[validators.ge(1), validators.le(10_000)])
    """Records asked for at a time, and reports sent at a time."""
    connections: int = attrs.field(default=4, validator=[validators.ge(1), validators.le(16)])
    """Photos fetched at a time, each over a connection of its own."""
    budget: float = attrs.field(default=0.0, validator=validators.ge(0))
    """Kilobytes a second that answers may take of the line; 0: all there is."""
    timeout: float = attrs.field(default=15.0, validator=validators.gt(0))
    """Seconds to wait for a connection, and for each piece of an answer."""
    deadline: float = attrs.field(default=300.0, validator=validators.gt(0))
    """Seconds after which an answer must be whole."""
    page_bytes: int = attrs.field(default=16 * MIB, validator=validators.ge(1024))
    """Bytes an answer may have, unpacked."""
    photo_bytes: int = attrs.field(default=10 * MIB, validator=validators.ge(1024))
    """Bytes a photo may have."""
    keys: Path | None = None
    """A folder of keys for bundles, made by ``cardprint-osia keys make``; None: no bundle is opened or written."""
    bundle_days: int = attrs.field(default=30, validator=[validators.ge(1), validators.le(366)])
    """Days after which a bundle that is written here is not taken any more."""
