"""The bearer token: out of a file, or from the centre's token endpoint by client credentials."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx2
import msgspec

from cardprint.errors import ConfigurationError, SourceError
from cardprint.plugin import PluginContext, read_secret
from cardprint_osia.settings import OsiaSettings

__all__ = ["Tokens"]

_OK = 200
_EARLY = 30.0
"""Seconds before its end at which a token is renewed: it must last over a slow question."""
_LONGEST = 8192


class _Granted(msgspec.Struct, frozen=True):
    """The answer of a token endpoint (RFC 6749, 4.4.3)."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the standard's word
    expires_in: float = 300.0


class Tokens:
    """Give the token to be sent, and get another where it has ended or was refused.

    ``post`` sends a form to an address and gives status and body. Tokens are kept in memory alone.
    """

    def __init__(
        self, settings: OsiaSettings, context: PluginContext, post: Callable[[str, bytes], tuple[int, bytes]]
    ) -> None:
        self._settings = settings
        self._context = context
        self._post = post
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0
        if bool(settings.token_url) != bool(settings.client_id and settings.client_secret_file):
            raise ConfigurationError(
                "A token can be asked for only with token_url, client_id and client_secret_file together.",
                cure="Add what is missing, or leave all three out and name a token_file.",
            )

    def header(self) -> dict[str, str]:
        """Give the ``Authorization`` header, empty where no token is configured; SourceError where there is none."""
        with self._lock:
            settings, now = self._settings, self._context.clock.monotonic()
            if settings.token_url and (not self._token or now >= self._until):
                granted = self._asked()
                self._token = _sound(granted.access_token, f"{httpx2.URL(settings.token_url).host} gave")
                self._until = now + max(granted.expires_in - _EARLY, 0.0)
            elif settings.token_file and not self._token:
                path = self._context.folder / settings.token_file
                self._token = _sound(read_secret(path, what="token"), f"the file {path} holds")
            return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def refused(self) -> bool:
        """Forget a token that was refused; say whether another one may be had: it ended early, or the file is new."""
        with self._lock:
            before, self._token = self._token, ""
            settings = self._settings
            if settings.token_url or not settings.token_file:
                return bool(settings.token_url)
            return read_secret(self._context.folder / settings.token_file, what="token") != before

    def _asked(self) -> _Granted:
        settings = self._settings
        secret = read_secret(self._context.folder / Path(settings.client_secret_file or ""), what="client secret")
        form = {"grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": secret}
        if settings.scope:
            form["scope"] = settings.scope
        status, body = self._post(settings.token_url, str(httpx2.QueryParams(form)).encode())
        try:
            if status == _OK:
                return msgspec.json.decode(body, type=_Granted)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        raise SourceError(
            f"{httpx2.URL(settings.token_url).host} gave no token ({status}); nothing was sent to the centre.",
            cure="Check token_url, client_id and the secret in client_secret_file.",
        )


def _sound(token: str, who: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token or not 0 < len(token) <= _LONGEST:
        raise ConfigurationError(f"What {who} is no token.", cure="Put the token alone into the file.")
    return token
