"""Who is spoken to, and who the station is: certificates, passwords, and nothing unencrypted by accident."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
import trustme

from cardprint.errors import ConfigurationError, DriverError
from cardprint.model import CardFate
from cardprint_ipp.codec import decode, encode
from cardprint_ipp.credentials import Credentials
from cardprint_ipp.values import Message
from support.ipp_servers import EvePrinter

if TYPE_CHECKING:
    from conftest import Desk, MakeEve

AUTHORITY = trustme.CA()
YESTERDAY = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ALGORITHMS = ("MD5", "SHA-256", "MD5-sess", "SHA-256-sess")
PASSWORD = "made up word"  # no secret


def certified(make_eve: MakeEve, tmp_path: Path, certificate: trustme.LeafCert, *options: str) -> EvePrinter:
    """Give a printer with a certificate."""
    keys = tmp_path / "keys"
    keys.mkdir()
    certificate.private_key_pem.write_to_path(keys / "localhost.key")
    for number, pem in enumerate(certificate.cert_chain_pems):
        pem.write_to_path(keys / "localhost.crt", append=number > 0)
    return make_eve("-K", str(keys), *options)


def tls_uri(printer: EvePrinter) -> str:
    return printer.uri.replace("ipp://", "ipps://")


def trusted(desk: Desk, authority: trustme.CA = AUTHORITY) -> Path:
    authority.cert_pem.write_to_path(desk.folder / "ca.pem")
    return Path("ca.pem")


def test_a_card_goes_through_tls_to_a_printer_whose_authority_is_named(
    desk: Desk, make_eve: MakeEve, tmp_path: Path
) -> None:
    eve = certified(make_eve, tmp_path, AUTHORITY.issue_cert("localhost"))
    session = desk.session(tls_uri(eve), ca_file=trusted(desk))

    assert desk.ending(session, desk.order(session)).fate is CardFate.PRINTED
    assert len(eve.cards()) == 1


def test_the_printers_own_certificate_can_be_named_alone(desk: Desk, make_eve: MakeEve, tmp_path: Path) -> None:
    certificate = AUTHORITY.issue_cert("localhost")
    eve = certified(make_eve, tmp_path, certificate)
    certificate.cert_chain_pems[0].write_to_path(desk.folder / "printer.pem")

    assert desk.session(tls_uri(eve), ca_file=Path("printer.pem")).status().reasons == ()


@pytest.mark.parametrize(
    ("certificate", "named", "why"),
    [
        (lambda: trustme.CA().issue_cert("localhost"), True, "unable to get local issuer|self-signed"),
        (lambda: AUTHORITY.issue_cert("localhost"), False, "unable to get local issuer|self-signed"),
        (lambda: AUTHORITY.issue_cert("localhost", not_after=YESTERDAY), True, "expired"),
        (lambda: AUTHORITY.issue_cert("printer.example"), True, "Hostname mismatch|not valid for"),
    ],
    ids=["wrong authority", "no authority", "expired", "wrong name"],
)
def test_a_printer_that_cannot_prove_its_name_gets_nothing(
    desk: Desk,
    make_eve: MakeEve,
    tmp_path: Path,
    certificate: Callable[[], trustme.LeafCert],
    why: str,
    *,
    named: bool,
) -> None:
    eve = certified(make_eve, tmp_path, certificate())

    with pytest.raises(DriverError, match=why) as caught:
        desk.session(tls_uri(eve), ca_file=trusted(desk) if named else None)

    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("x-ipp-tls",))


def test_a_certificate_that_changes_over_a_card_is_no_document_sent(
    desk: Desk, make_eve: MakeEve, tmp_path: Path
) -> None:
    eve = certified(make_eve, tmp_path, AUTHORITY.issue_cert("localhost"))
    session = desk.session(tls_uri(eve), ca_file=trusted(desk))
    session._client._transport._tls = ssl.create_default_context()

    ending = desk.ending(session, desk.order(session))

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("x-ipp-tls",))
    assert eve.begun() == 0


def test_what_speaks_no_tls_is_said(desk: Desk, eve: EvePrinter) -> None:
    class Plain(http.server.BaseHTTPRequestHandler):
        pass

    with http.server.HTTPServer(("127.0.0.1", 0), Plain) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(DriverError, match="agrees on no TLS") as caught:
            desk.session(f"ipps://localhost:{server.server_address[1]}/", timeout=2.0)
        thread.join()
    assert caught.value.reasons == ("x-ipp-tls",)


def test_nothing_goes_unencrypted_to_another_computer(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        desk.session("ipp://printer.example/ipp/print")


@pytest.mark.parametrize(
    "uri",
    ["ipp:", "http://x/", "ipp://user:word@x/", "ipp://x/?y", "ipp://x:port/", "ipp://x y/", "ipps://", "ipp://x:0x/"],
)
def test_an_address_that_is_none_is_refused(desk: Desk, uri: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        desk.session(uri)


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": "a"},
        {"password_file": Path("p")},
        {"queue": False, "completed": "printed"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(desk: Desk, wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match=r"\[printers.P1.settings\]"):
        desk.driver(**wrong)


def test_certificates_that_are_none_are_refused(desk: Desk) -> None:
    (desk.folder / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        desk.session("ipps://localhost/", ca_file=Path("ca.pem"))


def test_a_wrong_password_is_refused_by_a_real_printer(desk: Desk, make_eve: MakeEve, tmp_path: Path) -> None:
    eve = certified(make_eve, tmp_path, AUTHORITY.issue_cert("localhost"), "-A")
    secret(desk)
    session = desk.session(tls_uri(eve), ca_file=trusted(desk), username="nobody", password_file=Path("word"))

    # It asks for a name only where a job is to be made.
    ending = desk.ending(session, desk.order(session))

    assert (ending.fate, ending.reasons) == (CardFate.NOT_FED, ("x-ipp-unauthorized",))
    assert "does not let the station in" in ending.text
    assert PASSWORD not in ending.text
    assert eve.begun() == 0


def secret(desk: Desk) -> None:
    word = desk.folder / "word"
    word.write_text(PASSWORD)
    word.chmod(0o600)


class Guarded(http.server.BaseHTTPRequestHandler):
    """Be a printer that answers only who is known, by Basic or by Digest."""

    protocol_version = "HTTP/1.1"
    scheme = "basic"
    algorithm = "SHA-256"
    seen: list[str]
    nonces: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = self.headers.get("Authorization", "")
        self.seen.append(given)
        if not self._known(given):
            self.nonces.append(f"nonce{len(self.nonces)}")
            stale = ", stale=true" if given else ""
            challenge = (
                f'Digest realm="cards", qop="auth,auth-int", algorithm={self.algorithm}, nonce="{self.nonces[-1]}"'
            )
            self._answer(401, b"", ('Basic realm="cards"' if self.scheme == "basic" else challenge + stale))
            return
        request, _ = decode(body)
        self._answer(200, encode(Message(code=0, request_id=request.request_id)), "")

    def _known(self, given: str) -> bool:
        if self.scheme == "basic":
            return given == httpx2.BasicAuth("sari", PASSWORD)._auth_header
        fields = {}
        for part in given.removeprefix("Digest ").split(", "):
            key, _, value = part.partition("=")
            fields[key] = value.strip('"')
        # A nonce lasts for two requests, as one that grows old does.
        if fields.get("nonce") != (self.nonces or [""])[-1] or fields.get("nc") not in {"00000001", "00000002"}:
            return False

        def digest(text: str) -> str:
            return hashlib.new(self.algorithm.replace("-", "").lower(), text.encode()).hexdigest()

        secret, asked = digest(f"sari:cards:{PASSWORD}"), digest(f"POST:{fields['uri']}")
        middle = f"{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
        return fields["response"] == digest(f"{secret}:{middle}:{asked}")

    def _answer(self, status: int, body: bytes, challenge: str) -> None:
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has it so
        pass


@pytest.fixture
def guarded() -> Iterator[Callable[..., tuple[str, list[str]]]]:
    running: list[tuple[http.server.HTTPServer, threading.Thread]] = []

    def make(tls: ssl.SSLContext | None = None, **how: str) -> tuple[str, list[str]]:
        seen: list[str] = []
        handler = type("Handler", (Guarded,), {"seen": seen, "nonces": [], **how})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return f"{'ipp' if tls is None else 'ipps'}://localhost:{server.server_address[1]}/ipp/print", seen

    yield make
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("how", [{"scheme": "basic"}, {"scheme": "digest"}, {"scheme": "digest", "algorithm": "MD5"}])
def test_a_known_user_is_let_in_and_stays_in(
    desk: Desk, guarded: Callable[..., tuple[str, list[str]]], how: dict[str, str]
) -> None:
    uri, seen = guarded(**how)
    secret(desk)
    driver = desk.driver(username="sari", password_file=Path("word"))

    # It is let in, and then found to be no printer that could make cards.
    for _ in range(2):
        with pytest.raises(DriverError, match="can make no card"):
            driver.open(uri)  # type: ignore[arg-type]
    assert seen[0] == ""
    assert [bool(each) for each in seen] == [False, True, False, True]


def test_an_old_nonce_is_answered_anew(guarded: Callable[..., tuple[str, list[str]]], desk: Desk) -> None:
    from cardprint_ipp.address import read_address
    from cardprint_ipp.operations import Requests
    from cardprint_ipp.transport import Transport

    uri, seen = guarded(scheme="digest")
    transport = Transport(read_address(uri), Credentials("sari", PASSWORD), None)  # type: ignore[arg-type]
    question = encode(Requests(uri=uri, user="x").printer(("all",)))
    for _ in range(5):
        assert decode(transport.ask(question, timeout=10))[0].code == 0
    # One question of the five had an old nonce, and was asked twice; and the first had none.
    assert len(seen) == 5 + 3


def test_whoever_asks_for_a_certificate_gets_the_stations(
    desk: Desk, guarded: Callable[..., tuple[str, list[str]]]
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(tls)
    AUTHORITY.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    uri, _ = guarded(tls)
    AUTHORITY.issue_cert("station.example").private_key_and_cert_chain_pem.write_to_path(desk.folder / "own.pem")
    secret(desk)

    def ask(**more: object) -> str:
        with pytest.raises(DriverError) as caught:
            desk.session(uri, ca_file=trusted(desk), username="sari", password_file=Path("word"), **more)
        return str(caught.value)

    assert "can make no card" in ask(certificate_file=Path("own.pem"))
    assert "can make no card" not in ask()


@pytest.mark.parametrize(
    ("algorithm", "qop"),
    [
        ("MD5", ""),
        ("SHA-256", ""),
        *((algorithm, qop) for algorithm in ALGORITHMS for qop in ('qop="auth", ', 'qop="auth-int,auth", ')),
    ],
)
def test_digests_are_those_of_an_independent_client(algorithm: str, qop: str) -> None:
    challenge = f'Digest realm="cards, and more", {qop}nonce="abc==", algorithm={algorithm}, opaque="xyz"'
    request = httpx2.Request("POST", "http://localhost/ipp/print")
    flow = httpx2.DigestAuth("sari", PASSWORD).auth_flow(request)
    next(flow)
    answer = flow.send(httpx2.Response(401, headers={"WWW-Authenticate": challenge}, request=request))
    theirs = _fields(answer.headers["Authorization"])

    ours = Credentials("sari", PASSWORD, nonce=lambda: theirs.get("cnonce", ""))
    assert ours.learn([challenge])
    mine = _fields(ours.answer("POST", "/ipp/print") or "")

    assert mine == theirs


def _fields(header: str) -> dict[str, str]:
    from urllib.request import parse_http_list, parse_keqv_list

    return parse_keqv_list(parse_http_list(header.removeprefix("Digest ")))


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digests_are_those_of_the_standard(algorithm: str, response: str) -> None:
    # RFC 7616, 3.9.1.
    nonce, own = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    ours = Credentials("Mufasa", "Circle of Life", nonce=lambda: own)
    assert ours.learn(
        [f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, nonce="{nonce}"']
    )

    assert _fields(ours.answer("GET", "/dir/index.html") or "")["response"] == response


def test_a_challenge_that_cannot_be_met_is_not_answered() -> None:
    for challenge in (
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r", nonce="n", algorithm=MD5-sess',
        'Digest realm="r"',
        "Negotiate",
        "",
    ):
        assert not Credentials("sari", PASSWORD).learn([challenge])
    assert not Credentials("", "").learn(['Basic realm="r"'])
    twice = Credentials("sari", PASSWORD)
    assert twice.learn(['Negotiate, Basic realm="r"'])
    assert not twice.learn(['Basic realm="r"'])
