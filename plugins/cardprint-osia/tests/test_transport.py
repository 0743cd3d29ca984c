"""TLS that trusts what it is told to, and tokens that end."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import jwt
import pytest
import trustme

from cardprint.errors import ConfigurationError, SourceError
from cardprint_centre import Served
from cardprint_osia.source import OsiaSource
from support.bad_line import BadLine, Trouble
from support.osia import OsiaOrigin
from support.source_suite import made_up_rows, report

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@attrs.frozen
class Secured:
    """A centre that asks for a certificate, and the authority of both."""

    origin: OsiaOrigin
    authority: trustme.CA

    def source(self, **settings: Any) -> OsiaSource:  # noqa: ANN401 - what OsiaSettings takes
        given = {"ca_file": Path("ca.pem"), "certificate_file": Path("station.pem"), **settings}
        return self.origin.source(**given)


def secured(folder: Path, authority: trustme.CA, certificate: trustme.LeafCert) -> Secured:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("station.example").private_key_and_cert_chain_pem.write_to_path(folder / "station.pem")
    origin = OsiaOrigin(Served(tls=tls), folder)
    origin.put(made_up_rows(3))
    return Secured(origin, authority)


def closed(centre: Secured) -> None:
    centre.origin.close()
    centre.origin.served.close()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Secured]:
    authority = trustme.CA()
    centre = secured(tmp_path, authority, authority.issue_cert("127.0.0.1"))
    yield centre
    closed(centre)


def test_a_centre_and_a_station_that_know_each_other_talk(centre: Secured) -> None:
    assert sum(len(page.items) for page in centre.source().pull(None)) == 3


def test_a_pinned_authority_is_the_only_one_that_is_trusted(centre: Secured, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    for wrong in (Path("other.pem"), None):
        with pytest.raises(SourceError, match="not one that this station trusts; nothing was sent") as caught:
            list(centre.source(ca_file=wrong).pull(None))
        assert "ca_file" in caught.value.cure


@pytest.mark.parametrize("wrong", ["another name", "a date that is over"])
def test_a_certificate_that_does_not_hold_is_an_error_and_never_gone_round(wrong: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    if wrong == "another name":
        certificate = authority.issue_cert("other.example")
    else:
        certificate = authority.issue_cert("127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=90))
    centre = secured(tmp_path, authority, certificate)
    try:
        with pytest.raises(SourceError, match="not one that this station trusts; nothing was sent") as caught:
            centre.source().acknowledge([report(1)])
        assert "this computer's date" in caught.value.cure
        assert centre.origin.outcomes() == []
    finally:
        closed(centre)


def test_a_station_that_shows_no_certificate_is_told_which_setting_is_missing(centre: Secured) -> None:
    with pytest.raises(SourceError, match=r"down|wants another certificate") as caught:
        list(centre.source(certificate_file=None).pull(None))
    assert "certificate_file" in caught.value.cure


@pytest.mark.parametrize("file", ["ca_file", "certificate_file"])
def test_a_certificate_file_that_is_none_is_a_fault_of_the_configuration(
    centre: Secured, tmp_path: Path, file: str
) -> None:
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="certificates") as caught:
        list(centre.source(**{file: Path("none.pem")}).pull(None))
    assert file in caught.value.cure


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture
def origin(served: Served, tmp_path: Path) -> Iterator[OsiaOrigin]:
    origin = OsiaOrigin(served, tmp_path)
    origin.put(made_up_rows(3))
    yield origin
    origin.close()


@pytest.fixture
def line(served: Served) -> Iterator[BadLine]:
    line = BadLine(served.port)
    yield line
    line.close()


def by_credentials(
    origin: OsiaOrigin,
    url: str,
    secret: str = "",
    **settings: Any,  # noqa: ANN401 - what OsiaSettings takes
) -> OsiaSource:
    path = origin.folder / "client.secret"
    path.write_text(secret or origin.served.tokens.client_secret("office"))
    path.chmod(0o600)
    given = {"token_url": f"{url}/token", "client_id": "office", "client_secret_file": path, **settings}
    return origin.source(url=url, token_file=None, **given)


def paths(line: BadLine) -> list[str]:
    return [request.split(b" ")[1].decode().partition("?")[0] for request in line.requests]


CHANGES = "/v1/x-cardprint/changes"


def test_one_token_serves_many_questions(origin: OsiaOrigin, line: BadLine) -> None:
    source = by_credentials(origin, line.url)
    assert [len(list(source.pull(None))) for _ in range(2)] == [1, 1]
    assert paths(line) == ["/token", CHANGES, CHANGES]


def test_a_token_that_is_refused_is_asked_for_anew_once(origin: OsiaOrigin, line: BadLine) -> None:
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    line.trouble = lambda number, _: Trouble(instead=refusal) if number == 1 else Trouble()
    assert len(list(by_credentials(origin, line.url).pull(None))) == 1
    assert paths(line) == ["/token", CHANGES, "/token", CHANGES]
    line.trouble = lambda _, first: Trouble(instead=refusal) if b"changes" in first else Trouble()
    with pytest.raises(SourceError, match="401"):
        list(by_credentials(origin, line.url).pull(None))
    assert paths(line)[4:] == ["/token", CHANGES, "/token", CHANGES]


def test_a_token_that_ends_soon_is_renewed_before_it_is_sent(origin: OsiaOrigin, line: BadLine) -> None:
    body = b'{"access_token": "' + origin.served.tokens.issue("office").encode() + b'", "expires_in": 10}'
    short = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    line.trouble = lambda _, first: Trouble(instead=short) if b"/token" in first else Trouble()
    source = by_credentials(origin, line.url)
    assert [len(list(source.pull(None))) for _ in range(2)] == [1, 1]
    assert paths(line) == ["/token", CHANGES, "/token", CHANGES]


def test_a_wrong_secret_sends_nothing_and_stands_in_no_error(origin: OsiaOrigin, line: BadLine) -> None:
    with pytest.raises(SourceError, match=r"gave no token \(401\); nothing was sent") as caught:
        list(by_credentials(origin, line.url, "made-up-secret").pull(None))
    assert "made-up-secret" not in f"{caught.value}{caught.value.cure}"
    assert paths(line) == ["/token"]


def test_a_token_in_a_file_may_be_exchanged_while_the_station_runs(origin: OsiaOrigin) -> None:
    source = origin.source()
    assert len(list(source.pull(None))) == 1
    before = origin.served.tokens
    origin.served.tokens._secret = "another secret of the centre, that is long enough"
    try:
        with pytest.raises(SourceError, match="401"):
            list(source.pull(None))
        (origin.folder / "office.token").write_text(before.issue("office"))
        assert len(list(source.pull(None))) == 1
    finally:
        origin.served.tokens._secret = before._secret


def test_a_token_that_is_over_opens_nothing(origin: OsiaOrigin) -> None:
    token = origin.served.tokens.issue("office", seconds=-1)
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "office"
    assert origin.served.tokens.station_of(f"Bearer {token}", "cardprint.station")[0] == 401


def test_a_secret_that_is_not_there_is_named_by_its_setting(origin: OsiaOrigin, line: BadLine) -> None:
    source = by_credentials(origin, line.url)
    (origin.folder / "client.secret").unlink()
    with pytest.raises(ConfigurationError) as caught:
        list(source.pull(None))
    assert caught.value.cure == "Check client_secret_file in the settings."


@pytest.mark.parametrize("missing", ["token_url", "client_id", "client_secret_file"])
def test_half_of_the_credentials_is_a_fault_of_the_configuration(origin: OsiaOrigin, missing: str) -> None:
    given: dict[str, Any] = {
        "token_url": "http://127.0.0.1:1/token",
        "client_id": "office",
        "client_secret_file": Path("x"),
    }
    empty: dict[str, Any] = {"client_secret_file": None}
    with pytest.raises(ConfigurationError, match="together"):
        origin.source(**{**given, missing: empty.get(missing, "")})


def test_the_deadline_holds_for_the_centre_after_a_token_was_asked_for_elsewhere(origin: OsiaOrigin) -> None:
    tokens, centre = BadLine(origin.served.port), BadLine(origin.served.port)
    source = by_credentials(origin, centre.url, deadline=0.5, token_url=f"{tokens.url}/token")
    try:
        assert len(list(source.pull(None))) == 1
        # The next question needs a new token, and goes over the connection that is open already.
        source._line._tokens._token = ""
        centre.trouble = lambda _number, _line: Trouble(drip=0.05)
        begun = time.monotonic()
        with pytest.raises(SourceError, match="down"):
            list(source.pull(None))
        assert len(tokens.requests) == 2
        # A whole answer would have taken half a minute; the bound is no figure of speed.
        assert time.monotonic() - begun < 10
    finally:
        tokens.close()
        centre.close()
