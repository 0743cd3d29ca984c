"""Credentials and profiles, found by the standard's expressions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from cardprint_centre import Records, Refused, Served
from cardprint_centre.finding import MOST

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
REQUIRED = {"credentialId", "status", "personId", "credentialProfileId"}
KEYS = itertools.count()


@pytest.fixture
def records() -> Iterator[Records]:
    records = Records()
    records.create("R-1", BODY, "print-ready")
    yield records
    records.close()


@pytest.fixture
def client(records: Records) -> Iterator[httpx2.Client]:
    served = Served(records)
    headers = {"Authorization": f"Bearer {served.tokens.issue('desk')}"}
    params = {"transactionId": "T-1"}
    with httpx2.Client(base_url=served.url, headers=headers, params=params, trust_env=False) as client:
        yield client
    served.close()


def told(records: Records, outcome: str, attempt: str = "A-1", **more: str) -> None:
    report = {"key": f"K-{next(KEYS)}", "request_id": "R-1", "outcome": outcome, "attempt_id": attempt}
    records.report("office", {**report, **more})


def find(client: httpx2.Client, *expressions: tuple[str, str, object]) -> list[str]:
    asked = [dict(zip(("attributeName", "operator", "value"), each, strict=True)) for each in expressions]
    answer = client.post("/v1/credentials", json=asked)
    assert answer.status_code == 200, answer.text
    return [each["credentialId"] for each in answer.json()]


@pytest.fixture
def three(records: Records) -> Records:
    """C-1 of S-1 is spoiled, C-2 of S-1 holds, and so does C-3 of S-2, of which little is known."""
    told(records, "printed", card_number="0009", business_date="2026-01-05")
    told(records, "spoiled")
    told(records, "printed", "A-2", card_number="0010", business_date="2026-01-06")
    data = {"priority": 3, "credentialProfileId": "diplomat", "requestType": "OTHER"}
    records.create("R-2", {**BODY, "personId": "S-2", "requestData": data}, "print-ready")
    told(records, "printed", "", request_id="R-2")
    return records


@pytest.mark.parametrize(
    ("expressions", "found"),
    [
        ([], "123"),
        ([("personId", "=", "S-1")], "12"),
        ([("personId", "=", "S-1"), ("status", "=", "ACTIVE")], "2"),
        ([("status", "!=", "REVOKED")], "23"),
        ([("credentialId", "=", "C-2")], "2"),
        ([("credentialNumber", ">=", "0009")], "12"),
        ([("credentialNumber", ">", "0009")], "2"),
        ([("credentialNumber", "!=", "0009")], "23"),
        ([("serialNumber", "<=", "A-1")], "1"),
        ([("credentialProfileId", "=", "diplomat")], "3"),
        ([("issuingPlace", "=", "office"), ("issuingAuthority", "!=", "Kantor Contoh")], "3"),
        ([("issuedDate", "<", "2026-01-06")], "1"),
        ([("issuedDate", "=", "2026-01-06T07:00:00+07:00")], "2"),
        ([("issuedDate", "!=", "2026-01-06T07:00:00+07:00")], "13"),
        ([("issuedDate", "<=", "2026-01-06T00:00:00")], "12"),
        ([("expiryDate", "=", "2031-01-04T17:00:00Z")], "12"),
        ([("expiryDate", ">", "2031-01-04T17:00:00Z")], ""),
        ([("personId", "=", "' OR 1 --")], ""),
    ],
    ids=str,
)
def test_credentials_are_found_by_expressions_that_all_hold(
    three: Records,
    client: httpx2.Client,
    expressions: list[tuple[str, str, object]],
    found: str,
) -> None:
    assert find(client, *expressions) == [f"C-{number}" for number in found]


@pytest.mark.parametrize(
    "expression",
    [
        {"attributeName": "cardNumber", "operator": "=", "value": "1"},
        {"attributeName": "others", "operator": "=", "value": "1"},
        {"attributeName": "status", "operator": "LIKE", "value": "A%"},
        {"attributeName": "status", "operator": "=", "value": 1},
        {"attributeName": "issuedDate", "operator": "<", "value": "tomorrow"},
        {"attributeName": "issuedDate", "operator": "<", "value": "2026-02-30"},
        {"attributeName": "status", "operator": "="},
    ],
    ids=str,
)
def test_an_expression_that_cannot_be_answered_is_refused(client: httpx2.Client, expression: dict[str, object]) -> None:
    assert client.post("/v1/credentials", json=[expression]).status_code == 400


def test_found_credentials_have_the_attributes_that_are_asked_for(three: Records, client: httpx2.Client) -> None:
    found = client.post("/v1/credentials", params={"attributes": "issuedDate"}, json=[]).json()
    assert [set(each) - REQUIRED for each in found] == [{"issuedDate"}, {"issuedDate"}, set()]
    assert client.post("/v1/credentials", params={"attributes": "name"}, json=[]).status_code == 400


def test_an_answer_that_would_be_too_long_is_refused_and_never_cut(records: Records) -> None:
    for number in range(MOST + 1):
        records.create(f"P-{number}", {**BODY, "personId": str(number)}, "print-ready")
        told(records, "printed", request_id=f"P-{number}")
    with pytest.raises(Refused, match="ask for fewer"):
        records.credentials.find([])
    part = [{"attributeName": "personId", "operator": "!=", "value": "0"}]
    assert len(records.credentials.find(part)) == MOST


def test_each_kind_of_blank_that_records_name_is_a_profile(three: Records, client: httpx2.Client) -> None:
    three.create("R-3", {**BODY, "personId": "S-3"})
    profiles = client.post("/v1/credentialProfiles", json=[]).json()
    assert [(each["credentialProfileId"], each["name"], each["credentialType"]) for each in profiles] == [
        ("diplomat", "diplomat", "ID_CARD"),
        ("standard", "standard", "ID_CARD"),
    ]
    asked = [{"attributeName": "name", "operator": ">", "value": "e"}]
    params = {"attributes": "name"}
    assert client.post("/v1/credentialProfiles", json=asked, params=params).json() == [{"name": "standard"}]
    asked[0]["attributeName"] = "colour"
    assert client.post("/v1/credentialProfiles", json=asked).status_code == 400
