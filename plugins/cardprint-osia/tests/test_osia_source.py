from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from cardprint import Station
from cardprint.errors import ConfigurationError, SourceError, StateError
from cardprint.model import (
    Cursor,
    Granted,
    GrantReturned,
    Item,
    New,
    OutcomeReport,
    Page,
    Receipt,
    Rejected,
    Revoked,
)
from cardprint.plugin import PluginContext
from cardprint_centre import Served
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.source import OsiaSource
from support.bad_line import BadLine, Trouble
from support.centre import Served as Scripted
from support.clocks import RealClock
from support.osia import OsiaOrigin, as_body
from support.source_suite import DataSourceSuite, Origin, made_up_rows, portrait, report
from support.stations import folder_config


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture
def origin(served: Served, tmp_path: Path) -> Iterator[OsiaOrigin]:
    origin = OsiaOrigin(served, tmp_path)
    yield origin
    origin.close()


class TestOsia(DataSourceSuite):
    @pytest.fixture
    def origin(self, served: Served, tmp_path: Path) -> Iterator[Origin]:
        origin = OsiaOrigin(served, tmp_path)
        yield origin
        origin.close()


def items(source: OsiaSource, cursor: Cursor | None = None) -> list[Item]:
    return [item for page in source.pull(cursor) for item in page.items]


def granted(found: Sequence[Item]) -> list[str]:
    return [item.request.request_id for item in found if isinstance(item, Granted)]


def last(pages: Sequence[Page]) -> Cursor:
    return pages[-1].cursor


def outcome(station: str, number: int, word: str = "printed") -> OutcomeReport:
    return OutcomeReport(key=f"{station}:{number}:{word}", request_id=f"R-{number}", outcome=word)


def test_the_most_urgent_are_leased_and_no_more_than_asked_for(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(30))
    found = granted(items(origin.source(lease_size=6)))
    assert found == ["R-9", "R-19", "R-29", "R-8", "R-18", "R-28"]
    assert origin.source(lease_size=6).backlog() == 30 - 6
    assert origin.source(lease_size=0).backlog() is None
    assert granted(items(origin.source(lease_size=6))) == found


def test_three_stations_share_a_centre_and_no_record_twice(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(40))
    held = {name: granted(items(origin.source(name, lease_size=15))) for name in ("a", "b", "c")}
    assert [len(each) for each in held.values()] == [15, 15, 10]
    assert len({name for each in held.values() for name in each}) == 40


@pytest.mark.parametrize("verdict", ["unverified", "duplicate"])
def test_what_is_not_verified_or_a_duplicate_is_never_leased(origin: OsiaOrigin, verdict: str) -> None:
    origin.put([{**row, "verdict": verdict} for row in made_up_rows(3)])
    assert items(origin.source(lease_size=9)) == []


def test_a_lease_that_is_released_goes_to_another(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(3))
    first = origin.source("a", lease_size=3)
    pages = list(first.pull(None))
    first.release(["R-1", "R-2"])
    (one, two) = (item for page in origin.source("a", lease_size=1).pull(last(pages)) for item in page.items)
    leases = {item.request.request_id: item.grant_id for item in pages[0].items if isinstance(item, Granted)}
    assert [one, two] == [GrantReturned(grant_id=leases["R-1"]), GrantReturned(grant_id=leases["R-2"])]
    assert sorted(granted(items(origin.source("b", lease_size=3)))) == ["R-1", "R-2"]


def test_an_expired_lease_is_shown_and_freed_by_a_person_alone(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(1))
    source = origin.source("a", lease_size=1)
    items(source)
    assert origin.records.overdue(date(2999, 1, 1)) == [("R-1", "a")]
    assert granted(items(origin.source("b", lease_size=1))) == []
    assert source.acknowledge([outcome("a", 1)]) == [Receipt.ACCEPTED]
    assert (origin.status("R-1"), origin.records.overdue(date(2999, 1, 1))) == ("ISSUED", [])


def test_revoked_meanwhile_the_holder_hears_it_and_a_printed_card_is_a_conflict(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(1))
    source = origin.source(lease_size=1)
    pages = list(source.pull(None))
    origin.records.cancel("R-1")
    assert items(source, last(pages)) == [Revoked(request_id="R-1")]
    assert source.acknowledge([outcome("office", 1)]) == [Receipt.ACCEPTED]
    assert origin.status("R-1") == "CANCELLED"
    assert origin.records.outcomes()[0]["conflict"] == "printed-after-revocation"


def test_corrected_meanwhile_the_holder_gets_the_record_as_it_is_now(origin: OsiaOrigin) -> None:
    rows = made_up_rows(1)
    origin.put(rows)
    source = origin.source(lease_size=1)
    pages = list(source.pull(None))
    rows[0]["name"] = "Orang Contoh Lain"
    origin.put(rows)
    (item,) = items(source, last(pages))
    assert not isinstance(item, Granted)
    assert item.request.fields["name"] == "Orang Contoh Lain"  # type: ignore[union-attr] # a correction carries one


def test_printed_elsewhere_is_noted_as_a_conflict_and_never_argued_away(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(1))
    a, b = origin.source("a", lease_size=1), origin.source("b", lease_size=1)
    pages = list(a.pull(None))
    assert b.acknowledge([outcome("b", 1)]) == [Receipt.ACCEPTED]
    assert isinstance(items(a, last(pages))[0], GrantReturned)
    assert a.acknowledge([outcome("a", 1)]) == [Receipt.ACCEPTED]
    assert [each["conflict"] for each in origin.records.outcomes()] == ["", "printed-elsewhere"]


def test_a_key_that_comes_with_another_outcome_is_refused(origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(1))
    source = origin.source()
    assert source.acknowledge([report(1)]) == [Receipt.ACCEPTED]
    assert source.acknowledge([attrs.evolve(report(1), outcome="spoiled")]) == [Receipt.REFUSED]


@pytest.mark.parametrize(("word", "status"), [("printed", "ISSUED"), ("aborted", "FAILED"), ("spoiled", "PENDING")])
def test_an_outcome_becomes_the_standards_status(origin: OsiaOrigin, word: str, status: str) -> None:
    origin.put(made_up_rows(1))
    origin.source().acknowledge([outcome("office", 1, word)])
    assert origin.status("R-1") == status


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    served = Scripted()
    yield served
    served.close()


def asked(origin: OsiaOrigin, scripted: Scripted, **settings: Any) -> OsiaSource:  # noqa: ANN401 - the same
    return origin.source(url=scripted.url.removesuffix("/v1"), **settings)


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 429, 500, 503])
def test_any_other_status_is_an_error_that_names_the_patience_asked_for(
    origin: OsiaOrigin, scripted: Scripted, status: int
) -> None:
    headers = {"Retry-After": "120", "Location": "http://127.0.0.1:1/"}
    scripted.centre.instead = lambda _: (status, headers, b"")
    with pytest.raises(SourceError, match=str(status)) as caught:
        items(asked(origin, scripted))
    assert caught.value.retry_after == 120
    assert caught.value.cure
    assert len(scripted.centre.seen) == 1


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_centre_without_the_extension_is_told_by_the_standard_alone(
    origin: OsiaOrigin, scripted: Scripted, status: int
) -> None:
    scripted.centre.instead = lambda _: (status, {}, b"")
    source = asked(origin, scripted)
    with pytest.raises(SourceError, match="OSIA alone") as caught:
        items(source)
    assert caught.value.cure


def test_a_plain_centre_is_told_by_reading_and_updating_the_request(
    origin: OsiaOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.put(made_up_rows(3))
    monkeypatch.setattr("cardprint_osia.source._OURS", "v1/not-here/")
    unknown = OutcomeReport(key="k", request_id="R-unknown", outcome="printed")
    reports = [outcome("office", 1), outcome("office", 2, "aborted"), outcome("office", 3, "spoiled"), unknown]
    for _ in range(2):
        assert origin.source().acknowledge(reports) == [Receipt.ACCEPTED] * 3 + [Receipt.REFUSED]
    assert [origin.status(f"R-{number}") for number in (1, 2, 3)] == ["ISSUED", "FAILED", "PENDING"]
    origin.records.cancel("R-3")
    assert origin.source().acknowledge([outcome("office", 3)]) == [Receipt.REFUSED]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"items": [], "cursor": "", "more": false}']
)
def test_garbage_is_refused(origin: OsiaOrigin, scripted: Scripted, body: bytes) -> None:
    scripted.centre.instead = lambda _: (200, {}, body)
    with pytest.raises(SourceError) as caught:
        items(asked(origin, scripted))
    assert caught.value.cure


def test_a_compressed_bomb_is_not_unpacked(origin: OsiaOrigin, scripted: Scripted) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    scripted.centre.instead = lambda _: (200, {"Content-Encoding": "gzip"}, bomb)
    with pytest.raises(SourceError, match="longer than 100,000"):
        items(asked(origin, scripted, page_bytes=100_000))


def test_an_answer_shorter_than_it_says_is_an_error(origin: OsiaOrigin, scripted: Scripted) -> None:
    scripted.centre.instead = lambda _: (200, {"Content-Length": "1000", "Connection": "close"}, b"{}")
    with pytest.raises(SourceError, match="down"):
        items(asked(origin, scripted))


def test_personal_data_does_not_leave_the_machine_unencrypted(origin: OsiaOrigin) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        origin.source(url="http://centre.example")


def test_a_station_prints_what_was_leased_and_the_centre_hears_each_card_once(
    origin: OsiaOrigin, tmp_path: Path
) -> None:
    photos = {f"R-{number}": portrait(number) for number in range(1, 6)}
    origin.put(made_up_rows(5), photos)
    source = origin.source(lease_size=5)
    source.name = "centre"  # type: ignore[attr-defined] # a plugin object that is handed over has a name
    config = attrs.evolve(folder_config(tmp_path / "station"), people=1)
    with Station.open(config, plugins=[source]) as station:
        station.stock.receive(5)
        station.stock.load("P1", 5)
        (first,) = station.sources.sync()
        assert (first.intake.new, first.trouble) == (5, "")
        station.run()
        (second,) = station.sources.sync()
        assert (second.owed, second.trouble) == (0, "")
    assert sorted(name for _, name, word in origin.outcomes() if word == "printed") == sorted(photos)
    assert all(origin.status(name) == "ISSUED" for name in photos)
    assert {each.name for each in (tmp_path / "station" / "photos").rglob("*") if each.is_file()} >= {
        hashlib.sha256(photo).hexdigest() for photo in photos.values()
    }


def test_a_photo_that_has_other_bytes_than_its_name_costs_its_own_record_alone(origin: OsiaOrigin) -> None:
    photos = {f"R-{number}": portrait(number) for number in (1, 2, 3)}
    origin.put(made_up_rows(3), photos)
    digest = hashlib.sha256(photos["R-2"]).hexdigest()
    with origin.records._db as db:
        db.execute("UPDATE photo SET content = ? WHERE digest = ?", (b"other bytes", digest))
    source = origin.source()
    found = {item.request.request_id: item.request.photo for item in items(source) if isinstance(item, New)}
    came = dict(source.fetch_photos(list(found.values())))
    assert {name: came[photo] for name, photo in found.items()} == {**photos, "R-2": None}


def test_a_cut_costs_what_was_under_way_and_not_what_came(origin: OsiaOrigin) -> None:
    photos = [portrait(number) for number in range(8)]
    references = [origin.records.add_photo(photo) for photo in photos]
    line = BadLine(origin.served.port)
    line.trouble = lambda _number, request: Trouble(down=60) if references[5].encode() in request else Trouble()
    came: dict[str, bytes | None] = {}
    try:
        with pytest.raises(SourceError):
            came.update(origin.source(url=line.url).fetch_photos(references))
        assert came.items() <= dict(zip(references, photos, strict=True)).items()
        assert came.keys() >= set(references[:5])
        assert references[5] not in came
        line.trouble = lambda _number, _request: Trouble()
        assert len(dict(origin.source(url=line.url).fetch_photos(references))) == len(references)
    finally:
        line.close()


def test_two_processes_do_not_write_one_photo(origin: OsiaOrigin) -> None:
    photos = [portrait(number) for number in range(3)]
    references = [origin.records.add_photo(photo) for photo in photos]
    came = origin.source().fetch_photos(references)
    first = next(came)
    for ask in (lambda source: dict(source.fetch_photos(references)), lambda source: source.fetch_photo(references[0])):
        with pytest.raises(StateError, match="another process") as caught:
            ask(origin.source())
        assert caught.value.cure
    assert dict([first, *came]) == dict(zip(references, photos, strict=True))
    assert origin.source().fetch_photo(references[0]) == photos[0]


@pytest.mark.parametrize("biometric", [5, True, {"biometricType": "FACE"}, "text"])
def test_biometric_data_that_is_no_list_is_a_reject(origin: OsiaOrigin, biometric: object) -> None:
    origin.put(made_up_rows(1))
    body = json.dumps({**as_body(made_up_rows(1)[0]), "biometricData": biometric})
    with origin.records._db as db:
        db.execute("UPDATE change SET body = ?", (body,))
    (item,) = items(origin.source())
    assert isinstance(item, Rejected)
    assert item.column == "photo"


@pytest.mark.parametrize("kind", ["granted", "renewed", "returned"])
def test_a_lease_without_a_name_is_a_reject(origin: OsiaOrigin, scripted: Scripted, kind: str) -> None:
    change = {"kind": kind, "credentialRequestId": "R-1", "credentialRequest": as_body(made_up_rows(1)[0])}
    page = {"items": [change], "cursor": "1", "more": False}
    scripted.centre.instead = lambda _: (200, {}, json.dumps(page).encode())
    (item,) = items(asked(origin, scripted))
    assert isinstance(item, Rejected)
    assert (item.column, item.rule) == ("lease", "x-missing")


def test_a_photo_is_bounded_over_all_tries(origin: OsiaOrigin) -> None:
    photo = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)
    origin.put(made_up_rows(1), {"R-1": photo})
    digest = hashlib.sha256(photo).hexdigest()
    line = BadLine(origin.served.port)
    line.trouble = lambda _number, _line: Trouble(down=90_000)
    try:
        for _ in range(2):
            with pytest.raises(SourceError):
                origin.source(url=line.url, photo_bytes=200_000).fetch_photo(digest)
        # Larger than a photo may be: it is not asked for for ever, and keeps no other one waiting.
        line.trouble = lambda _number, _line: Trouble()
        small = portrait(2)
        wanted = [digest, origin.records.add_photo(small)]
        came = dict(origin.source(url=line.url, photo_bytes=200_000).fetch_photos(wanted))
        assert came == {digest: None, wanted[1]: small}
        assert list((origin.folder / "plugins" / "centre" / "photos").iterdir()) == []
    finally:
        line.close()


def test_what_a_process_that_died_has_left_is_removed_once_the_station_has_it(origin: OsiaOrigin) -> None:
    photos = {f"R-{number}": portrait(number) for number in (1, 2)}
    origin.put(made_up_rows(2), photos)
    folder = origin.folder / "plugins" / "centre" / "photos"
    digests = {hashlib.sha256(photo).hexdigest() for photo in photos.values()}
    folder.mkdir(parents=True)
    for digest in digests:
        (folder / digest).touch()
    stored = min(digests)
    (origin.folder / stored).touch()
    list(origin.source().pull(None))
    assert {path.name for path in folder.iterdir()} == digests - {stored}


def test_an_office_without_a_line_asks_nobody_and_stays_in_debt_until_a_bundle_answers(tmp_path: Path) -> None:
    context = PluginContext(name="centre", clock=RealClock(), folder=tmp_path, photos=tmp_path)
    source = OsiaSource(OsiaSettings(keys=tmp_path / "keys"), context)
    assert items(source) == []
    assert source.acknowledge([report(1), report(2)]) == [Receipt.LATER] * 2
    assert source.backlog() is None
    assert dict(source.fetch_photos(["0" * 64])) == {"0" * 64: None}
    source.release(["R-1"])
    source.close()


def test_a_source_with_neither_line_nor_keys_says_so(tmp_path: Path) -> None:
    context = PluginContext(name="centre", clock=RealClock(), folder=tmp_path, photos=tmp_path)
    with pytest.raises(ConfigurationError, match="neither a line to the centre nor keys"):
        OsiaSource(OsiaSettings(), context)
