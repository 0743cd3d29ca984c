"""The line to the centre: bounded in bytes, in speed and in time, and never without TLS by accident."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx2

from cardprint.errors import ConfigurationError, SourceError
from cardprint.plugin import Clock, PluginContext
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.tokens import Tokens

__all__ = ["Answer", "Line", "TooLongError"]

_CONTENT = frozenset({200, 206})
_DIGITS = 10
_UNAUTHORIZED = 401
_CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})
_TOKEN_BYTES = 64 * 1024
_CURES = {
    401: "Check the token in token_file, or client_id and the secret.",
    403: "Ask those who run the centre what the station's token lets it do.",
    404: "Check url in the source's settings.",
}
_LATER = "Printing goes on with what is here; the station tries again. Check the line to the centre if it stays so."


class TooLongError(SourceError):
    """An answer is longer than it may be, and will be so whenever it is asked for."""


@attrs.frozen
class Answer:
    """Give a server's answer."""

    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds of patience that it asks for (RFC 9110, 10.2.3); None: it does not, or by a date."""


class Pace:
    """Keep to a budget of kilobytes a second, however many connections share it; 0: there is none."""

    def __init__(self, budget: float, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock
        self._lock = threading.Lock()

    def spend(self, count: int) -> None:
        """Take as long as so many bytes may take."""
        if self._budget:
            with self._lock:
                self._clock.sleep(count / (self._budget * 1000))


class Line:
    """Ask a server, one question at a time; opened at the first. Connections beside it share token and budget."""

    def __init__(
        self,
        settings: OsiaSettings,
        context: PluginContext,
        *,
        tokens: Tokens | None = None,
        pace: Pace | None = None,
    ) -> None:
        if settings.url:
            _check_url(settings.url, settings)
        if settings.token_url:
            _check_url(settings.token_url, settings)
        self._settings = settings
        self._context = context
        self._tokens = tokens or Tokens(settings, context, self._post)
        self._pace = pace or Pace(settings.budget, context.clock)
        self._lock = threading.Lock()
        self._opened: httpx2.Client | None = None
        self._sockets: dict[str, socket.socket] = {}
        """By the host and port that each was opened to."""

    def ask(
        self,
        method: str,
        path: str,
        *,
        bound: int,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        kept: Callable[[int, str, bytes], None] | None = None,
    ) -> Answer:
        """Ask once and give the answer, of at most ``bound`` bytes; raise SourceError where the line is down.

        Where the token is refused and another one may be had, it is asked once more with that. ``kept`` is handed
        status, ``Content-Range`` and bytes of each piece as it comes, so that a cut loses none.
        """
        if not self._settings.url:
            raise ConfigurationError("No url leads to the centre.", cure="Set url: https://centre.example/cms")

        def exchange() -> Answer:
            given = {**(headers or {}), **self._tokens.header()}
            return self._exchange(method, path, bound, dict(params or {}), given, content, kept)

        answer = exchange()
        return exchange() if answer.status == _UNAUTHORIZED and self._tokens.refused() else answer

    def _post(self, url: str, form: bytes) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._exchange("POST", url, _TOKEN_BYTES, {}, headers, form, None)
        return answer.status, answer.body

    def _exchange(
        self,
        method: str,
        path: str,
        bound: int,
        params: dict[str, str],
        headers: dict[str, str],
        content: bytes | None,
        kept: Callable[[int, str, bytes], None] | None,
    ) -> Answer:
        client = self._client()
        give_up = self._context.clock.monotonic() + self._settings.deadline
        body = bytearray()
        # The client bounds each read alone: a head that drips in byte by byte would hold it for hours.
        url = client.base_url.join(path)
        origin = f"{url.scheme}://{url.netloc.decode()}"
        watchdog = threading.Timer(self._settings.deadline, self._hang_up, (origin,))
        watchdog.daemon = True
        watchdog.start()
        try:
            trace = functools.partial(self._connected, origin)
            with client.stream(
                method, path, params=params, headers=headers, content=content, extensions={"trace": trace}
            ) as response:
                unpack = _unpacker(response.headers.get("content-encoding", "identity"), bound)
                for chunk in response.iter_raw():
                    piece = unpack(chunk)
                    body += piece
                    if len(body) > bound:
                        raise TooLongError(
                            f"The centre's answer is longer than {bound:,} bytes.",
                            cure="Lower page_size, or ask its owners.",
                        )
                    if piece and kept is not None and response.status_code in _CONTENT:
                        kept(response.status_code, response.headers.get("content-range", ""), piece)
                    self._pace.spend(len(chunk))
                    if self._context.clock.monotonic() > give_up:
                        raise SourceError(
                            f"The centre's answer took longer than {self._settings.deadline:g} s.", cure=_LATER
                        )
                return Answer(response.status_code, bytes(body), _seconds(response.headers.get("retry-after", "")))
        except (httpx2.HTTPError, httpx2.InvalidURL, zlib.error) as error:
            raise self._down(client, error) from None
        finally:
            watchdog.cancel()

    def _connected(self, origin: str, event: str, info: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            self._sockets[origin] = info["return_value"].get_extra_info("socket")

    def _hang_up(self, origin: str) -> None:
        if origin in self._sockets:
            with contextlib.suppress(OSError):
                self._sockets[origin].shutdown(socket.SHUT_RDWR)

    def _down(self, client: httpx2.Client, error: Exception) -> SourceError:
        text, host = str(error).upper(), client.base_url.host
        if "ALERT" in text and "CERTIFICATE" in text:
            return SourceError(
                f"{host} wants another certificate of this station; nothing was sent.",
                cure="Check certificate_file and key_file; ask those who run the centre whether it is still good.",
            )
        if "CERTIFICATE" in text:
            return SourceError(
                f"The certificate of {host} is not one that this station trusts; nothing was sent.",
                cure="Check ca_file, url and this computer's date; do not go on if somebody may be in between.",
            )
        # Whoever is not shown a certificate hangs up, by TLS 1.3 often without a word.
        unknown = isinstance(error, httpx2.RemoteProtocolError) and client.base_url.scheme == "https"
        hint = "" if not unknown or self._settings.certificate_file else " Or set certificate_file, if it asks for one."
        return SourceError(f"The line to {host} is down ({type(error).__name__}).", cure=_LATER + hint)

    def refusal(self, answer: Answer, what: str) -> SourceError:
        """Make an error of an answer that is none; what the centre asks of patience goes with it."""
        wait = "" if answer.retry_after is None else f" It asks to be left alone for {answer.retry_after:g} s."
        message = f"The centre answered {answer.status} when asked for {what}.{wait}"
        return SourceError(message, cure=_CURES.get(answer.status, _LATER), retry_after=answer.retry_after)

    def another(self) -> Line:
        """Give a connection beside this one."""
        return Line(self._settings, self._context, tokens=self._tokens, pace=self._pace)

    def close(self) -> None:
        """Hang up."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _client(self) -> httpx2.Client:
        with self._lock:
            if self._opened is None:
                settings = self._settings
                # Reading the system's certificates takes longer than a whole question to this machine itself.
                secure = any(url.startswith("https") for url in (settings.url, settings.token_url))
                self._opened = httpx2.Client(
                    base_url=settings.url.rstrip("/") + "/",
                    verify=self._tls() if secure else False,
                    timeout=settings.timeout,
                    headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
                    # A proxy or a certificate out of the environment is nobody's decision.
                    trust_env=False,
                    follow_redirects=False,
                )
            return self._opened

    def _tls(self) -> ssl.SSLContext:
        settings, folder = self._settings, self._context.folder
        try:
            tls = ssl.create_default_context(cafile=folder / settings.ca_file if settings.ca_file else None)
            tls.minimum_version = ssl.TLSVersion.TLSv1_2
            if settings.certificate_file:
                key = folder / settings.key_file if settings.key_file else None
                tls.load_cert_chain(folder / settings.certificate_file, key, password=_no_password)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The certificates for {settings.url} cannot be used ({type(error).__name__}).",
                cure="Check ca_file, certificate_file and key_file: PEM, and a key without a password.",
            ) from None
        return tls


def _unpacker(encoding: str, bound: int) -> Callable[[bytes], bytes]:
    """Give what unpacks a piece, never to more than one byte above the bound."""
    if encoding == "identity":
        return bytes
    if encoding != "gzip":
        raise SourceError("The centre packs its answer in a way it was not asked for.", cure=_LATER)
    stream = zlib.decompressobj(wbits=31)
    return lambda piece: stream.decompress(piece, bound + 1)


def _seconds(text: str) -> float | None:
    # A date would have to be compared with a clock of ours, which nobody vouches for.
    return float(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else None


def _no_password() -> str:
    # Without this OpenSSL would ask on the terminal.
    return ""


def _check_url(text: str, settings: OsiaSettings) -> None:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.userinfo:
        raise ConfigurationError(
            "url, or token_url, is no address of a server.",
            cure="Write it like https://centre.example/cms, without a password.",
        )
    if url.scheme == "http" and not settings.allow_plain_http and not _is_loopback(url.host):
        raise ConfigurationError(
            f"{url.host} would be sent personal data and the token unencrypted.",
            cure="Use https, or set allow_plain_http = true where the network itself is trusted.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
