"""Bearer tokens: JSON Web Tokens that name a station and its scopes."""

from __future__ import annotations

import jwt

__all__ = ["ALL_SCOPES", "READ", "STATION", "WRITE", "Tokens"]

READ = "cms.request.read"
"""OSIA CMS 1.3: read a credential request."""
WRITE = "cms.request.write"
"""OSIA CMS 1.3: create, update and cancel one."""
STATION = "cardprint.station"
"""Ours: changes, leases, photos and outcomes."""
ALL_SCOPES = (READ, WRITE, STATION)


class Tokens:
    """Make and check tokens with one secret of at least 32 bytes (HS256)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, station: str, scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        """Give a station its token."""
        return jwt.encode({"sub": station, "scope": " ".join(scopes)}, self._secret, "HS256")

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
