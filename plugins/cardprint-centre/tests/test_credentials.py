"""The life of a credential: from a station's report to its revocation, through the standard alone."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cardprint_centre import Records, Served
from cardprint_centre.tokens import ALL_SCOPES, CREDENTIAL_READ, CREDENTIAL_WRITE, PROFILE_READ

BODY: dict[str, Any] = {
    "personId": "S-1",
    "biographicData": {"name": "Orang Contoh"},
    "requestData": {
        "priority": 3,
        "credentialProfileId": "standard",
        "requestType": "RENEWAL",
        "issuingAuthority": "Kantor Contoh",
        "validToDate": "2031-01-05T00:00:00+07:00",
    },
}
REQUEST = "/v1/credentialRequests/R-1"
FIRST = "/v1/credentials/C-1"
REQUIRED = {"credentialId", "status", "personId", "credentialProfileId"}
KEYS = itertools.count()
WAYS = {"suspend": "SUSPENDED", "unsuspend": "ACTIVE", "revoke": "REVOKED"}


@pytest.fixture
def records() -> Iterator[Records]:
    records = Records()
    records.create("R-1", BODY, "print-ready")
    yield records
    records.close()


@pytest.fixture
def served(records: Records) -> Iterator[Served]:
    served = Served(records)
    yield served
    served.close()


@pytest.fixture
def client(served: Served) -> Iterator[httpx2.Client]:
    headers = {"Authorization": f"Bearer {served.tokens.issue('desk')}"}
    params = {"transactionId": "T-1"}
    with httpx2.Client(base_url=served.url, headers=headers, params=params, trust_env=False) as client:
        yield client


def told(records: Records, outcome: str, attempt: str = "A-1", station: str = "office", **more: str) -> str:
    report = {"key": f"K-{next(KEYS)}", "request_id": "R-1", "outcome": outcome, "attempt_id": attempt}
    return records.report(station, {**report, **more})


def standing(records: Records) -> list[tuple[str, str]]:
    return [(each["attempt"], each["status"]) for each in records.credentials.every()]


def conflicts(records: Records) -> list[str]:
    return [each["conflict"] for each in records.outcomes() if each["conflict"]]


def test_a_card_that_is_printed_is_an_active_credential_of_its_request(records: Records, client: httpx2.Client) -> None:
    told(records, "printed", card_number="0001234", business_date="2026-01-05")
    assert client.get(REQUEST).json()["credentialIds"] == ["C-1"]
    assert client.get(FIRST).json() == {
        "credentialId": "C-1",
        "status": "ACTIVE",
        "personId": "S-1",
        "credentialProfileId": "standard",
        "credentialNumber": "0001234",
        "serialNumber": "A-1",
        "issuedDate": "2026-01-05T00:00:00Z",
        "issuingAuthority": "Kantor Contoh",
        "issuingPlace": "office",
        "expiryDate": "2031-01-05T00:00:00+07:00",
    }
    asked = client.get(FIRST, params={"attributes": ["serialNumber", "issuingPlace"]}).json()
    assert set(asked) == {*REQUIRED, "serialNumber", "issuingPlace"}


def test_what_the_report_and_the_request_do_not_say_is_left_out(records: Records, client: httpx2.Client) -> None:
    data = {"priority": 3, "credentialProfileId": "standard", "requestType": "RENEWAL", "validToDate": "for ever"}
    records.correct("R-1", {**BODY, "requestData": data})
    told(records, "printed", attempt="", business_date="yesterday")
    assert set(client.get(FIRST).json()) == {*REQUIRED, "issuingPlace"}


def test_a_report_that_comes_again_changes_nothing(records: Records) -> None:
    printed = {"key": "K", "request_id": "R-1", "outcome": "printed", "attempt_id": "A-1"}
    spoiled = {"key": "L", "request_id": "R-1", "outcome": "spoiled", "attempt_id": "A-1"}
    assert [records.report("office", printed) for _ in range(2)] == ["accepted"] * 2
    assert standing(records) == [("A-1", "ACTIVE")]
    assert [records.report("office", each) for each in (spoiled, printed, spoiled)] == ["accepted"] * 3
    assert standing(records) == [("A-1", "REVOKED")]
    assert conflicts(records) == []


@pytest.mark.parametrize("end", ["spoiled", "withdrawn"])
def test_a_card_that_is_found_bad_or_withdrawn_is_revoked_and_the_next_one_holds(records: Records, end: str) -> None:
    told(records, "printed")
    told(records, end)
    told(records, "printed", "A-2")
    assert standing(records) == [("A-1", "REVOKED"), ("A-2", "ACTIVE")]
    assert records.read("R-1")["credentialIds"] == ["C-1", "C-2"]
    assert [each["cause"] for each in records.credentials.every()] == [end, ""]
    assert conflicts(records) == []


def test_a_second_card_without_a_re_issue_is_a_conflict_and_no_credential(records: Records) -> None:
    told(records, "printed")
    told(records, "printed", "A-2")
    told(records, "printed", "B-1", "other")
    assert (standing(records), conflicts(records)) == ([("A-1", "ACTIVE")], ["printed-again", "printed-elsewhere"])
    told(records, "spoiled", "B-1", "other")
    assert standing(records) == [("A-1", "ACTIVE")]


@pytest.mark.parametrize(
    ("attempt", "station"), [("A-2", "office"), ("A-1", "other"), ("", "office")], ids=["attempt", "station", "none"]
)
def test_only_the_station_that_made_a_card_ends_it_and_by_its_attempt(
    records: Records, attempt: str, station: str
) -> None:
    told(records, "printed")
    told(records, "withdrawn", attempt, station)
    assert standing(records) == [("A-1", "ACTIVE")]


def test_a_report_of_another_request_ends_no_card(records: Records) -> None:
    records.create("R-2", {**BODY, "personId": "S-2"}, "print-ready")
    told(records, "printed")
    told(records, "withdrawn", request_id="R-2")
    assert standing(records) == [("A-1", "ACTIVE")]


def test_reports_that_come_in_another_order_end_in_the_same(records: Records) -> None:
    told(records, "withdrawn")
    told(records, "printed", "A-2")
    told(records, "printed")
    assert (standing(records), conflicts(records)) == ([("A-2", "ACTIVE"), ("A-1", "REVOKED")], [])
    assert records.read("R-1")["status"] == "ISSUED"


def test_an_attempt_has_one_card(records: Records) -> None:
    told(records, "printed")
    told(records, "withdrawn")
    told(records, "printed")
    assert (standing(records), conflicts(records)) == ([("A-1", "REVOKED")], ["printed-again"])


def test_a_card_of_a_revoked_request_never_holds(records: Records, client: httpx2.Client) -> None:
    records.cancel("R-1")
    told(records, "printed")
    told(records, "printed", "B-1", "other")
    assert conflicts(records) == ["printed-after-revocation", "printed-elsewhere"]
    assert (standing(records), records.read("R-1")["status"]) == ([("A-1", "REVOKED")], "CANCELLED")
    assert client.post(f"{FIRST}/unsuspend").status_code == 403


def test_an_outcome_that_cannot_be_kept_leaves_no_credential(records: Records) -> None:
    records._db.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON outcome BEGIN SELECT raise(ABORT, 'the disk is full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError):
        told(records, "printed")
    assert (standing(records), records.read("R-1")["status"]) == ([], "PENDING")
    records._db.execute("DROP TRIGGER full")
    told(records, "printed")
    assert standing(records) == [("A-1", "ACTIVE")]


ALLOWED = {
    **{("ACTIVE", status): 204 for status in ("ACTIVE", "SUSPENDED", "REVOKED")},
    **{("SUSPENDED", status): 204 for status in ("ACTIVE", "SUSPENDED", "REVOKED")},
    ("REVOKED", "REVOKED"): 204,
}


@pytest.mark.parametrize("status", ["NEW", "ACTIVE", "SUSPENDED", "REVOKED", "OTHER"])
@pytest.mark.parametrize("before", ["ACTIVE", "SUSPENDED", "REVOKED"])
def test_a_status_follows_another_or_is_refused(
    records: Records, client: httpx2.Client, before: str, status: str
) -> None:
    told(records, "printed")
    records.credentials.change("C-1", before, by="desk", said={})
    expected = ALLOWED.get((before, status), 403)
    assert client.post(f"{FIRST}/status", json={"status": status, "reason": "lost"}).status_code == expected
    after = status if expected == 204 else before
    assert client.get(FIRST).json()["status"] == after


@pytest.mark.parametrize(("way", "status"), WAYS.items())
@pytest.mark.parametrize("before", ["ACTIVE", "SUSPENDED", "REVOKED"])
def test_each_way_leads_to_its_status(
    records: Records, client: httpx2.Client, before: str, way: str, status: str
) -> None:
    told(records, "printed")
    records.credentials.change("C-1", before, by="desk", said={})
    expected = ALLOWED.get((before, status), 403)
    assert client.post(f"{FIRST}/{way}").status_code == expected
    assert client.get(FIRST).json()["status"] == (status if expected == 204 else before)


def test_who_changed_a_credential_and_why_is_kept(records: Records, client: httpx2.Client) -> None:
    told(records, "printed")
    assert client.post(f"{FIRST}/suspend", json={"reason": "lost"}).status_code == 204
    (one,) = records.credentials.every()
    assert (one["status"], one["changed_by"], one["said"]) == ("SUSPENDED", "desk", {"reason": "lost"})
    said = {"reason": "stolen", "requester": "police", "comment": "no trace"}
    assert client.post(f"{FIRST}/status", json={"status": "REVOKED", **said}).status_code == 204
    (one,) = records.credentials.every()
    assert (one["cause"], one["changed_by"], one["said"]) == ("desk", "desk", said)
    told(records, "withdrawn")
    assert records.credentials.every() == [one]
    told(records, "printed", "A-2")
    assert standing(records) == [("A-1", "REVOKED"), ("A-2", "ACTIVE")]


def test_a_suspended_card_that_is_found_bad_is_revoked(records: Records) -> None:
    told(records, "printed")
    records.credentials.change("C-1", "SUSPENDED", by="desk", said={"reason": "lost"})
    told(records, "spoiled")
    (one,) = records.credentials.every()
    assert (one["status"], one["cause"], one["changed_by"], one["said"]) == ("REVOKED", "spoiled", "office", {})


@pytest.mark.parametrize("body", [[], {"reason": 7}, {"status": "GONE"}, {"status": "ACTIVE", "by": "me"}, {}], ids=str)
def test_a_change_that_is_not_to_the_document_is_refused(records: Records, client: httpx2.Client, body: object) -> None:
    told(records, "printed")
    assert client.post(f"{FIRST}/status", json=body).status_code == 400


def test_only_what_the_standard_lets_be_written_is_updated(records: Records, client: httpx2.Client) -> None:
    told(records, "printed")
    whole = client.get(FIRST).json()
    new = {"expiryDate": "2036-01-05T00:00:00Z", "issuingPlace": "Contoh", "others": {"shelf": 7}}
    assert client.put(FIRST, json={**whole, **new}).status_code == 204
    assert client.get(FIRST).json() == {**whole, **new}
    assert client.put(FIRST, json=new).status_code == 204
    assert "issuingAuthority" not in client.get(FIRST).json()
    for name, value in {"status": "SUSPENDED", "personId": "S-2", "credentialId": "C-2", "serialNumber": "A"}.items():
        assert client.put(FIRST, json={**new, name: value}).status_code == 403
    assert client.put(FIRST, json={**new, "expiryDate": "2036-13-05T00:00:00Z"}).status_code == 400
    assert client.put(FIRST, json={**new, "shelf": 7}).status_code == 400
    assert client.post(f"{FIRST}/revoke").status_code == 204
    assert [client.put(FIRST, json=each).status_code for each in (new, {})] == [204, 403]


@pytest.mark.parametrize("name", ["C-2", "C-0", "C-01", "c-1", "1", "C-1 ", "R-1", "C-" + "9" * 30])
def test_an_unknown_credential_is_not_found(records: Records, client: httpx2.Client, name: str) -> None:
    told(records, "printed")
    path = f"/v1/credentials/{name}"
    answers = [client.get(path), client.put(path, json={}), client.post(f"{path}/status", json={"status": "ACTIVE"})]
    answers += [client.post(f"{path}/{way}") for way in WAYS]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, 404)}


@pytest.mark.parametrize("scope", ALL_SCOPES)
def test_each_scope_opens_what_the_standard_says(
    records: Records, served: Served, client: httpx2.Client, scope: str
) -> None:
    told(records, "printed")
    client.headers["Authorization"] = f"Bearer {served.tokens.issue('desk', (scope,))}"
    answers = {
        CREDENTIAL_READ: [client.get(FIRST), client.post("/v1/credentials", json=[])],
        CREDENTIAL_WRITE: [
            client.put(FIRST, json={}),
            *(client.post(f"{FIRST}/{way}") for way in WAYS),
            client.post(f"{FIRST}/status", json={"status": "REVOKED"}),
        ],
        PROFILE_READ: [client.post("/v1/credentialProfiles", json=[])],
    }
    for needed, given in answers.items():
        assert {each.status_code == 403 for each in given} == {needed != scope}


def test_a_file_that_is_older_than_credentials_gets_them_from_what_was_told(tmp_path: Path) -> None:
    file = str(tmp_path / "centre.db")
    records = Records(file)
    for number in (1, 2, 3):
        records.create(f"R-{number}", {**BODY, "personId": f"S-{number}"}, "print-ready")
    records.cancel("R-3")
    told(records, "printed", card_number="0009")
    told(records, "withdrawn")
    told(records, "printed", "A-2")
    told(records, "printed", "B-1", "other")
    told(records, "printed", request_id="R-2", business_date="2026-01-05")
    told(records, "printed", request_id="R-3")
    told(records, "withdrawn", "A-2")
    before = records.credentials.every()
    assert [each["status"] for each in before] == ["REVOKED", "REVOKED", "ACTIVE", "REVOKED"]
    records._db.executescript("DROP TABLE credential; DROP INDEX outcome_of; PRAGMA user_version = 0")
    records.close()
    for _ in range(2):
        records = Records(file)
        assert records.credentials.every() == before
        records.close()
