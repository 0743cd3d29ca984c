"""Bearer tokens: JSON Web Tokens that name a station and its scopes."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping

import jwt

__all__ = [
    "ALL_SCOPES",
    "CREDENTIAL_READ",
    "CREDENTIAL_WRITE",
    "LIFETIME",
    "PROFILE_READ",
    "READ",
    "STATION",
    "VERIFY",
    "WRITE",
    "Tokens",
]

READ = "cms.request.read"
"""OSIA CMS 1.3: read a credential request."""
WRITE = "cms.request.write"
"""OSIA CMS 1.3: create, update and cancel one."""
CREDENTIAL_READ = "cms.credential.read"
"""OSIA CMS 1.3: find and read credentials."""
CREDENTIAL_WRITE = "cms.credential.write"
"""OSIA CMS 1.3: update, suspend, unsuspend and revoke one."""
PROFILE_READ = "cms.profile.read"
"""OSIA CMS 1.3: find profiles of credentials."""
STATION = "cardprint.station"
"""Ours: changes, leases, photos and outcomes."""
VERIFY = "cardprint.verify"
"""Ours: find out whether a captured request is correct and the only one."""
ALL_SCOPES = (READ, WRITE, CREDENTIAL_READ, CREDENTIAL_WRITE, PROFILE_READ, STATION, VERIFY)
LIFETIME = 300
"""Seconds for which a token by client credentials holds."""


class Tokens:
    """Make and check tokens with one secret of at least 32 bytes (HS256)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, station: str, scopes: tuple[str, ...] = ALL_SCOPES, *, seconds: int | None = None) -> str:
        """Give a station its token, which ends after some seconds, or never."""
        claims: dict[str, object] = {"sub": station, "scope": " ".join(scopes)}
        if seconds is not None:
            claims["exp"] = int(time.time()) + seconds
        return jwt.encode(claims, self._secret, "HS256")

    def client_secret(self, station: str) -> str:
        """Give the secret with which a station asks for its tokens."""
        return hmac.new(self._secret.encode(), f"client secret of {station}".encode(), "sha256").hexdigest()

    def grant(self, form: Mapping[str, str]) -> str:
        """Give a token by client credentials (RFC 6749, 4.4), empty where the secret is not the client's."""
        station, secret = form.get("client_id", ""), form.get("client_secret", "")
        if form.get("grant_type") != "client_credentials" or not station:
            return ""
        if not hmac.compare_digest(secret.encode(), self.client_secret(station).encode()):
            return ""
        asked = form.get("scope", "").split()
        scopes = tuple(scope for scope in ALL_SCOPES if not asked or scope in asked)
        return self.issue(station, scopes, seconds=LIFETIME)

    def station_of(self, header: str, scope: str) -> tuple[int, str]:
        """Give 200 and the station of an ``Authorization`` header; 401 for none that holds, 403 without the scope."""
        word, _, token = header.partition(" ")
        try:
            claims = jwt.decode(token, self._secret, ["HS256"], options={"require": ["sub"]})
        except jwt.InvalidTokenError:
            return 401, ""
        if word.lower() != "bearer":
            return 401, ""
        return (200 if scope in str(claims.get("scope", "")).split() else 403), str(claims["sub"])
