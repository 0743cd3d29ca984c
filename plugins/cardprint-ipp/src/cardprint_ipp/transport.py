"""IPP over HTTP (RFC 8010, section 4): one connection for each request, each bounded in bytes and time.

The standard library's client, since it does what it is told and no more: it follows no redirection, repeats nothing,
keeps no pool and heeds no environment. So it is known of each request whether anything of it was sent.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator

from cardprint.errors import CardprintError
from cardprint_ipp.address import Address
from cardprint_ipp.codec import MESSAGE_MAX
from cardprint_ipp.credentials import Credentials

__all__ = ["Transport", "TransportError"]

_CHUNK = 1 << 16
_UNAUTHORIZED = 401
_FAILURES = (OSError, http.client.HTTPException, ValueError)
"""ValueError: what the HTTP client raises for a header that no server should send."""


class TransportError(CardprintError):
    """Tell of a request that has no answer.

    ``sent`` is False where nothing of it has left this computer, or where HTTP itself refused it before IPP saw it;
    ``reason`` is a keyword.
    """

    def __init__(self, message: str, *, sent: bool, reason: str = "offline", cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.sent = sent
        self.reason = reason


class Transport:
    """Carry requests to one printer."""

    def __init__(self, address: Address, credentials: Credentials, tls: ssl.SSLContext | None) -> None:
        self._address = address
        self._credentials = credentials
        self._tls = tls

    def ask(self, message: bytes, *, timeout: float) -> bytes:
        """Send a request and give its answer; once more where it was refused for want of a name."""
        status, answer, challenges = self._once(message, b"", timeout)
        if status == _UNAUTHORIZED and self._credentials.learn(challenges):
            status, answer, _ = self._once(message, b"", timeout)
        return self._taken(status, answer, sent=False)

    def send(self, message: bytes, document: bytes, *, timeout: float) -> bytes:
        """Send a request with a document, in chunks, and give its answer. Once: a document is never sent again."""
        status, answer, _ = self._once(message, document, timeout)
        return self._taken(status, answer, sent=True)

    def _once(self, message: bytes, document: bytes, timeout: float) -> tuple[int, bytes, list[str]]:
        path, sent = self._address.path, False
        with self._connected(timeout) as connection:
            try:
                connection.putrequest("POST", path, skip_accept_encoding=True)
                connection.putheader("Content-Type", "application/ipp")
                answer = self._credentials.answer("POST", path)
                if answer is not None:
                    connection.putheader("Authorization", answer)
                if document:
                    connection.putheader("Transfer-Encoding", "chunked")
                else:
                    connection.putheader("Content-Length", str(len(message)))
                sent = True
                connection.endheaders(
                    _chunks(message, document) if document else message, encode_chunked=bool(document)
                )
                response = connection.getresponse()
                said = response.read(MESSAGE_MAX + 1)
            except _FAILURES as error:
                raise TransportError(
                    f"{self._address.host} has not answered ({type(error).__name__}).", sent=sent
                ) from error
            if len(said) > MESSAGE_MAX:
                raise TransportError(f"{self._address.host} answers with more than {MESSAGE_MAX:,} bytes.", sent=True)
            return response.status, said, response.headers.get_all("WWW-Authenticate") or []

    @contextlib.contextmanager
    def _connected(self, timeout: float) -> Iterator[http.client.HTTPConnection]:
        """Connect, and hang up once the time is over, whatever the other side does."""
        address = self._address
        try:
            plain = socket.create_connection((address.host, address.port), timeout)
        except (OSError, UnicodeError) as error:
            raise TransportError(f"{address.host} cannot be reached ({type(error).__name__}).", sent=False) from error
        line = plain
        if self._tls is not None:
            line = self._tls.wrap_socket(plain, server_hostname=address.host, do_handshake_on_connect=False)
        alarm = threading.Timer(timeout, _cut, [line])
        alarm.daemon = True
        alarm.start()
        try:
            self._shake_hands(line)
            connection = http.client.HTTPConnection(address.host, address.port)
            connection.auto_open = 0
            connection.sock = line
            yield connection
        finally:
            alarm.cancel()
            line.close()

    def _shake_hands(self, line: socket.socket) -> None:
        if not isinstance(line, ssl.SSLSocket):
            return
        try:
            line.do_handshake()
        except ssl.SSLCertVerificationError as error:
            raise TransportError(
                f"The certificate of {self._address.host} is not trusted: {error.verify_message}.",
                sent=False,
                reason="x-ipp-tls",
                cure="Check ca_file, the name in the address, and the dates of the certificate.",
            ) from error
        except ssl.SSLError as error:
            raise TransportError(
                f"{self._address.host} agrees on no TLS ({error.reason}).", sent=False, reason="x-ipp-tls"
            ) from error
        except (OSError, ValueError) as error:
            raise TransportError(
                f"{self._address.host} has not answered ({type(error).__name__}).", sent=False
            ) from error

    def _taken(self, status: int, answer: bytes, *, sent: bool) -> bytes:
        host = self._address.host
        if status == http.client.OK:
            return answer
        if status in {_UNAUTHORIZED, http.client.FORBIDDEN}:
            raise TransportError(
                f"{host} does not let the station in ({status}).",
                sent=sent,
                reason="x-ipp-unauthorized",
                cure="Check username and password_file, and what the printer lets that user do.",
            )
        # Upgrade required (426): the printer wants TLS.
        cure = "Write ipps:// in place of ipp://." if status == http.client.UPGRADE_REQUIRED else ""
        raise TransportError(
            f"{host} answers {status} and no IPP.",
            sent=sent or status >= http.client.INTERNAL_SERVER_ERROR,
            reason="x-ipp-refused",
            cure=cure or "Check the address.",
        )


def _cut(line: socket.socket) -> None:
    # Not the method of a TLS socket: that would change it under the thread that reads from it.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _chunks(message: bytes, document: bytes) -> Iterator[bytes]:
    yield message
    for start in range(0, len(document), _CHUNK):
        yield document[start : start + _CHUNK]
