from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from cardprint.errors import ConfigurationError, SourceError
from cardprint.model import Corrected, Cursor, New, Page, Receipt, Rejected, Revoked, Verdict, VerdictChanged
from cardprint.plugin import Clock, PluginContext
from cardprint_http.settings import HttpSettings
from cardprint_http.source import HttpSource
from support.centre import Served, as_json
from support.clocks import LateClock, RealClock
from support.source_suite import PAGE, DataSourceSuite, Origin, Row, made_up_rows, portrait, report

SECRET = "Orang Rahasia"


class HttpOrigin(Origin):
    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.centre = served.centre
        self.clock: Clock = RealClock()
        self._folder = folder
        self._rows: dict[str, Row] = {}
        self._sources: list[HttpSource] = []

    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        for row in rows:
            photo = (photos or {}).get(row["request_id"], b"")
            self.centre.photos[hashlib.sha256(photo).hexdigest()] = photo
            if self._rows.get(row["request_id"]) != row:
                known = row["request_id"] in self._rows
                item: dict[str, object] = {"kind": "corrected" if known else "new", "request": as_request(row, photo)}
                self.centre.log.append(item)
                self._rows[row["request_id"]] = dict(row)

    def source(self, **settings: Any) -> HttpSource:  # noqa: ANN401 - whatever HttpSettings takes
        context = PluginContext(name="centre", clock=self.clock, folder=self._folder, photos=self._folder)
        source = HttpSource(HttpSettings(**{"url": self.served.url, "page_size": PAGE, **settings}), context)
        self._sources.append(source)
        return source

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(item["key"], item["request_id"], item["outcome"]) for item in self.centre.reports.values()]

    def close(self) -> None:
        for source in self._sources:
            source.close()
        self.served.close()


def as_request(row: Row, photo: bytes) -> dict[str, object]:
    request: dict[str, object] = {name: value for name, value in row.items() if name != "name"}
    if row["priority"].isdecimal():
        request["priority"] = int(row["priority"])
    request["needs"] = row["needs"].split()
    request["fields"] = {"name": row["name"]}
    request["photo"] = hashlib.sha256(photo).hexdigest() if photo else ""
    return request


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[HttpOrigin]:
    origin = HttpOrigin(Served(), tmp_path)
    yield origin
    origin.close()


class TestHttp(DataSourceSuite):
    @pytest.fixture
    def origin(self, tmp_path: Path) -> Iterator[Origin]:
        origin = HttpOrigin(Served(), tmp_path)
        yield origin
        origin.close()


def pull(origin: HttpOrigin, cursor: Cursor | None = None, **settings: Any) -> list[Page]:  # noqa: ANN401 - the same
    return list(origin.source(**settings).pull(cursor))


def test_each_kind_of_item_arrives_as_what_it_is(origin: HttpOrigin) -> None:
    request = {"request_id": "R-1", "subject_id": "1"}
    origin.centre.log += [
        {"kind": "new", "request": request},
        {"kind": "corrected", "request": request},
        {"kind": "verdict", "request_id": "R-1", "verdict": "duplicate"},
        {"kind": "revoked", "request_id": "R-1", "unheard": "of"},
    ]
    ((new, corrected, verdict, revoked),) = [page.items for page in pull(origin)]
    assert isinstance(new, New)
    assert isinstance(corrected, Corrected)
    assert new.request == corrected.request
    assert verdict == VerdictChanged(request_id="R-1", verdict=Verdict.DUPLICATE)
    assert revoked == Revoked(request_id="R-1")


def new(**members: object) -> dict[str, object]:
    return {"kind": "new", "request": {"request_id": "1", "subject_id": "1", **members}}


@pytest.mark.parametrize(
    ("item", "column", "rule"),
    [
        ({"kind": SECRET}, "kind", "x-unknown-keyword"),
        ({"request": {"request_id": SECRET}}, "kind", "x-missing"),
        ({"kind": "new"}, "", "x-missing"),
        ({"kind": "new", "request": {"request_id": SECRET}}, "subject_id", "x-missing"),
        (new(request_id=1, reason=SECRET), "request_id", "x-bad-record"),
        (new(fields={SECRET: 1}), "fields", "x-bad-record"),
        (new(priority=1e99), "priority", "x-not-a-number"),
        (new(waiting_since="2024-02-30"), "waiting_since", "x-not-a-date"),
        ({"kind": "verdict", "request_id": SECRET, "verdict": SECRET}, "verdict", "x-unknown-keyword"),
        (new(reason="\ud800"), "", "x-bad-record"),
        (SECRET, "", "x-bad-record"),
        ([[[[1]]]], "", "x-bad-record"),
        (None, "", "x-bad-record"),
    ],
    ids=range(13),
)
def test_a_bad_item_is_rejected_without_its_data(origin: HttpOrigin, item: object, column: str, rule: str) -> None:
    good = {"kind": "revoked", "request_id": "R-1"}
    origin.centre.instead = lambda _: as_json({"items": [good, item, good], "cursor": "c", "more": False})
    ((first, rejected, last),) = [page.items for page in pull(origin)]
    assert rejected == Rejected(line=2, column=column, rule=rule)
    assert isinstance(first, Revoked)
    assert isinstance(last, Revoked)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"items": [], "cursor": "1"}',
        b'{"items": {}, "cursor": "1", "more": false}',
        b'{"items": [], "cursor": "", "more": false}',
        b'{"items": [], "cursor": "' + b"c" * 1025 + b'", "more": false}',
        b'{"items": [1,1,1,1,1,1,1,1], "cursor": "1", "more": false}',
    ],
    ids=range(11),
)
def test_a_page_that_is_not_to_the_contract_is_refused(origin: HttpOrigin, body: bytes) -> None:
    origin.centre.instead = lambda _: (200, {}, body)
    with pytest.raises(SourceError) as caught:
        pull(origin)
    assert caught.value.cure


def test_a_cursor_that_does_not_move_is_not_followed_for_ever(origin: HttpOrigin) -> None:
    origin.centre.instead = lambda _: as_json({"items": [], "cursor": "c", "more": True})
    with pytest.raises(SourceError, match="does not move"):
        pull(origin)


@pytest.mark.parametrize("status", [201, 204, 301, 401, 403, 404, 429, 500, 503])
def test_any_other_status_is_an_error_with_a_cure(origin: HttpOrigin, status: int) -> None:
    origin.centre.instead = lambda _: (status, {"Location": origin.served.url + "/elsewhere"}, b"")
    with pytest.raises(SourceError, match=str(status)) as caught:
        pull(origin)
    assert caught.value.cure
    with pytest.raises(SourceError, match=str(status)):
        origin.source().acknowledge([report(1)])
    assert len(origin.centre.seen) == 2


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("120", 120.0), ("0", 0.0), ("Thu, 26 Nov 2026 12:00:00 GMT", None), ("-5", None), ("1" * 40, None), ("٣", None)],
)
def test_a_server_that_asks_for_patience_is_heard(origin: HttpOrigin, asked: str, seconds: float | None) -> None:
    header = asked.encode("utf-8").decode("latin-1")
    origin.centre.instead = lambda _: (503, {"Retry-After": header}, b"")
    with pytest.raises(SourceError) as caught:
        pull(origin)
    assert caught.value.retry_after == seconds


def test_a_line_that_is_down_is_an_error_with_a_cure(origin: HttpOrigin) -> None:
    dead = Served()
    dead.close()
    for act in (
        lambda: pull(origin, url=dead.url),
        lambda: origin.source(url=dead.url).acknowledge([report(1)]),
        lambda: origin.source(url=dead.url).fetch_photo("0" * 64),
    ):
        with pytest.raises(SourceError, match="down") as caught:
            act()
        assert "tries again" in caught.value.cure


def test_an_answer_that_is_cut_is_an_error(origin: HttpOrigin) -> None:
    whole = as_json({"items": [], "cursor": "1", "more": False})
    origin.centre.instead = lambda _: (200, {"Content-Length": "1000", "Connection": "close"}, whole[2])
    with pytest.raises(SourceError, match="down"):
        pull(origin)


def test_a_pull_that_failed_goes_on_where_it_was(origin: HttpOrigin) -> None:
    origin.put(made_up_rows(20))
    source = origin.source()
    pages = source.pull(None)
    first = next(pages)
    origin.centre.instead = lambda _: (503, {}, b"")
    with pytest.raises(SourceError):
        next(pages)
    origin.centre.instead = lambda _: None
    rest = [item for page in source.pull(first.cursor) for item in page.items]
    assert len(first.items) + len(rest) == 20


def test_an_answer_longer_than_its_bound_is_not_read(origin: HttpOrigin) -> None:
    origin.centre.instead = lambda _: (200, {}, b" " * 5000)
    with pytest.raises(SourceError, match="longer than 2,000"):
        pull(origin, page_bytes=2000)
    with pytest.raises(SourceError, match="longer than 2,000"):
        origin.source(photo_bytes=2000).fetch_photo("0" * 64)


def test_an_answer_that_drips_is_given_up(origin: HttpOrigin) -> None:
    origin.clock = LateClock()
    with pytest.raises(SourceError, match="longer than 60 s"):
        pull(origin)


def test_an_answer_that_is_packed_is_refused(origin: HttpOrigin) -> None:
    origin.centre.instead = lambda _: (200, {"Content-Encoding": "gzip"}, b"")
    with pytest.raises(SourceError, match="packs"):
        pull(origin)


def test_a_photo_is_what_its_name_says(origin: HttpOrigin) -> None:
    photo = portrait(1)
    name = hashlib.sha256(photo).hexdigest()
    origin.centre.photos = {name: photo, "0" * 64: photo}
    source = origin.source()
    assert source.fetch_photo(name) == photo
    assert source.fetch_photo(name, 100) == photo[100:]
    assert source.fetch_photo("1" * 64) is None
    different = iter([b"one", b"two"])
    origin.centre.instead = lambda _: (200, {}, next(different))
    with pytest.raises(SourceError, match="other bytes"):
        source.fetch_photo("0" * 64)
    origin.centre.instead = lambda _: (206, {}, photo[100:])
    assert source.fetch_photo(name, 100) == photo[100:]


def test_a_photo_that_has_other_bytes_keeps_no_other_waiting(origin: HttpOrigin) -> None:
    photo = portrait(1)
    name = hashlib.sha256(photo).hexdigest()
    origin.centre.photos = {name: photo, "0" * 64: photo}
    assert dict(origin.source().fetch_photos(["0" * 64, name])) == {"0" * 64: None, name: photo}


@pytest.mark.parametrize("reference", ["", "../requests", "A" * 64, "0" * 64 + "\n", "x"])
def test_a_photo_with_another_kind_of_name_is_not_asked_for(origin: HttpOrigin, reference: str) -> None:
    assert origin.source().fetch_photo(reference) is None
    assert origin.centre.seen == []


def test_receipts_are_the_servers_in_order_over_many_posts(origin: HttpOrigin) -> None:
    answers = iter([["accepted", "later"], ["refused"]])
    origin.centre.instead = lambda _: as_json({"receipts": next(answers)})
    receipts = origin.source(page_size=2).acknowledge([report(1), report(2), report(3)])
    assert list(receipts) == [Receipt.ACCEPTED, Receipt.LATER, Receipt.REFUSED]


@pytest.mark.parametrize("receipts", [[], ["accepted"], ["accepted"] * 3, ["accepted", "perhaps"]])
def test_receipts_that_do_not_match_are_refused(origin: HttpOrigin, receipts: list[str]) -> None:
    origin.centre.instead = lambda _: as_json({"receipts": receipts})
    with pytest.raises(SourceError):
        origin.source().acknowledge([report(1), report(2)])


def test_the_token_is_read_from_a_file_of_ones_own(origin: HttpOrigin, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("made-up-token\n")
    token.chmod(0o600)
    pull(origin, token_file=Path("token"))
    assert origin.centre.seen[0][2]["Authorization"] == "Bearer made-up-token"


@pytest.mark.parametrize("content", ["", "\n", "two words", "a\x00b", "é"])
def test_a_token_file_without_a_token_is_refused(origin: HttpOrigin, tmp_path: Path, content: str) -> None:
    token = tmp_path / "token"
    token.write_text(content)
    token.chmod(0o600)
    with pytest.raises(ConfigurationError, match="no token"):
        pull(origin, token_file=token)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        pull(origin, token_file=Path("missing"))


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_token_that_others_can_read_is_refused(origin: HttpOrigin, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("made-up-token")
    token.chmod(0o640)
    with pytest.raises(ConfigurationError) as caught:
        pull(origin, token_file=token)
    assert caught.value.cure == f"chmod 600 {token}"
    assert "made-up" not in str(caught.value)
    assert origin.centre.seen == []


@pytest.mark.parametrize(
    "url", ["", "centre.example", "ftp://centre.example", "https://", "https://a:b@centre.example"]
)
def test_an_address_that_is_none_is_refused(origin: HttpOrigin, url: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        origin.source(url=url)


def test_personal_data_does_not_leave_the_machine_unencrypted(origin: HttpOrigin) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted") as caught:
        origin.source(url="http://centre.example/v1")
    assert "https" in caught.value.cure
    origin.source(url="http://centre.example/v1", allow_plain_http=True)


def test_tls_trusts_only_what_it_is_told_to(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    authority.issue_cert("station.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "station.pem")
    origin = HttpOrigin(Served(tls), tmp_path)
    try:
        origin.put(made_up_rows(3))
        trusted: dict[str, Any] = {"ca_file": Path("ca.pem"), "certificate_file": Path("station.pem")}
        assert len(pull(origin, **trusted)) == 1
        for wrong in ({"ca_file": Path("other.pem")}, {"ca_file": None}, {"certificate_file": None}):
            with pytest.raises(SourceError, match="down"):
                pull(origin, **{**trusted, **wrong})
        with pytest.raises(ConfigurationError, match="certificates"):
            pull(origin, ca_file=Path("missing.pem"))
    finally:
        origin.close()
