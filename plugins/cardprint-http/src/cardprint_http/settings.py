"""Settings of the HTTP source."""

from __future__ import annotations

from pathlib import Path

import attrs
from attrs import validators

__all__ = ["HttpSettings"]

MIB = 1024 * 1024


@attrs.frozen(kw_only=True)
class HttpSettings:
    """Say which server is asked, and how."""

    url: str
    """Where the contract's paths begin, for example ``https://centre.example/cards/v1``."""
    token_file: Path | None = None
    """A file (mode 0600) with the bearer token, relative to the station's folder; None: no token is sent."""
    ca_file: Path | None = None
    """PEM certificates that the server's must descend from; None: those that the system trusts."""
    certificate_file: Path | None = None
    """PEM certificate, and its chain, that the station shows to the server; None: none."""
    key_file: Path | None = None
    """PEM key of that certificate; None: it is in the same file."""
    allow_plain_http: bool = False
    """True: personal data and token may travel unencrypted to another machine."""
    page_size: int = attrs.field(default=500, validator=[validators.ge(1), validators.le(10_000)])
    """Items asked for at a time, and reports sent at a time."""
    timeout: float = attrs.field(default=10.0, validator=validators.gt(0))
    """Seconds to wait for a connection, and for each piece of an answer."""
    deadline: float = attrs.field(default=60.0, validator=validators.gt(0))
    """Seconds after which an answer must be whole."""
    page_bytes: int = attrs.field(default=16 * MIB, validator=validators.ge(1024))
    """Bytes an answer may have."""
    photo_bytes: int = attrs.field(default=10 * MIB, validator=validators.ge(1024))
    """Bytes a photo may have."""
