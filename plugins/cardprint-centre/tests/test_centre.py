from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from cardprint_centre import Records, Served
from cardprint_centre.app import make_app
from cardprint_centre.command import main
from cardprint_centre.tokens import READ, Tokens

BODY: dict[str, Any] = {
    "personId": "S-1",
    "biographicData": {"name": "Orang Contoh"},
    "requestData": {"priority": 3, "credentialProfileId": "standard", "requestType": "RENEWAL"},
}
ONE = "/v1/credentialRequests/R-1"
OURS = "/v1/x-cardprint"
TRANSACTION = {"transactionId": "T-1"}
TOKENS = Tokens("a made-up secret of thirty-two bytes or more")
RECORDS = Records()
RECORDS.create("R-1", BODY, "print-ready")
RECORDS.report("office", {"key": "K-1", "request_id": "R-1", "outcome": "printed", "business_date": "2026-01-05"})
schema = schemathesis.openapi.from_asgi("/openapi.json", make_app(RECORDS, TOKENS))
NEGATIVE = CHECKS.get_one("negative_data_rejection")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture
def client(served: Served) -> Iterator[httpx2.Client]:
    with served.records._db as db:
        db.executescript("DELETE FROM record; DELETE FROM change; DELETE FROM outcome; DELETE FROM credential;")
    headers = {"Authorization": f"Bearer {served.tokens.issue('office')}"}
    with httpx2.Client(base_url=served.url, headers=headers, params=TRANSACTION, trust_env=False) as client:
        yield client


def test_a_request_is_created_read_changed_and_cancelled(client: httpx2.Client) -> None:
    assert client.post(ONE, json=BODY).status_code == 201
    assert client.post(ONE, json=BODY).status_code == 409
    assert client.get(ONE).json() == {**BODY, "credentialRequestId": "R-1", "status": "PENDING", "credentialIds": []}
    assert client.put(ONE, json={**BODY, "personId": "S-2"}).status_code == 204
    assert client.get(ONE).json()["personId"] == "S-2"
    assert [client.post(f"{ONE}/cancel").status_code for _ in range(2)] == [204, 204]
    assert client.get(ONE).json()["status"] == "CANCELLED"
    assert client.put(ONE, json=BODY).status_code == 403


def test_what_is_issued_is_not_cancelled(client: httpx2.Client) -> None:
    client.post(ONE, json=BODY)
    assert [client.put(ONE, json={**BODY, "status": "ISSUED"}).status_code for _ in range(2)] == [204, 204]
    assert client.post(f"{ONE}/cancel").status_code == 403


def test_an_unknown_request_is_not_found(client: httpx2.Client) -> None:
    answers = [client.get(ONE), client.put(ONE, json=BODY), client.post(f"{ONE}/cancel")]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, 404)] * 3


@pytest.mark.parametrize(
    "data", [{"priority": 10}, {"priority": -1}, {"priority": "3"}, {"priority": True}, {"requestType": "NEW"}], ids=str
)
def test_what_the_standard_does_not_allow_is_refused(client: httpx2.Client, data: dict[str, object]) -> None:
    assert client.post(ONE, json={**BODY, "requestData": {**BODY["requestData"], **data}}).status_code == 400
    assert client.get(ONE).status_code == 404


def test_what_only_the_centre_says_of_a_request_is_not_taken_from_a_body(client: httpx2.Client) -> None:
    body = {**BODY, "credentialIds": ["C-7"], "credentialRequestId": "R-9"}
    assert [client.post(ONE, json=body).status_code, client.put(ONE, json=BODY).status_code] == [201, 204]
    read = client.get(ONE).json()
    assert (read["credentialIds"], read["credentialRequestId"]) == ([], "R-1")
    assert [item["kind"] for item in client.get(f"{OURS}/changes", params={"view": "all"}).json()["items"]] == ["new"]


def test_a_token_can_be_for_some_scopes_alone(tmp_path: Path) -> None:
    file = str(tmp_path / "centre.db")
    made = CliRunner().invoke(main, ["token", file, "desk", "--scope", READ]).output.strip()
    assert jwt.decode(made, options={"verify_signature": False})["scope"] == READ


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000], ids=range(6))
@pytest.mark.parametrize("path", [ONE, f"{OURS}/lease", f"{OURS}/release", f"{OURS}/outcomes"])
def test_garbage_is_refused_in_the_standards_form(client: httpx2.Client, path: str, content: bytes) -> None:
    answer = client.post(path, content=content)
    assert (answer.status_code, set(answer.json())) == (400, {"code", "message"})


def test_a_transaction_must_be_named(client: httpx2.Client) -> None:
    client.params = httpx2.QueryParams()
    assert client.post(ONE, json=BODY).status_code == 400


def test_a_token_opens_only_its_own_scopes(served: Served, client: httpx2.Client) -> None:
    client.headers["Authorization"] = f"Bearer {served.tokens.issue('office', (READ,))}"
    assert [client.get(ONE).status_code, client.post(ONE, json=BODY).status_code] == [404, 403]
    assert client.get(f"{OURS}/changes").status_code == 403
    for header in ("", "Bearer nonsense", "Basic x"):
        client.headers["Authorization"] = header
        assert client.get(ONE).status_code == 401


def test_a_record_is_print_ready_only_after_verification_and_never_as_a_duplicate(
    served: Served, client: httpx2.Client
) -> None:
    lease = {"count": 5, "days": 7}
    client.post(ONE, json=BODY)
    assert client.post(f"{OURS}/lease", json=lease).json() == {"held": 0}
    served.records.judge("R-1", "print-ready")
    assert client.post(f"{OURS}/lease", json=lease).json() == {"held": 1}
    served.records.judge("R-1", "duplicate")
    assert client.post(f"{OURS}/lease", json=lease).json() == {"held": 0}
    kinds = [item["kind"] for item in client.get(f"{OURS}/changes").json()["items"]]
    assert kinds == ["granted", "verdict"]


def test_changes_come_in_pages_without_gap_or_overlap(client: httpx2.Client) -> None:
    for number in range(7):
        client.post(f"/v1/credentialRequests/R-{number}", json=BODY)
    seen, cursor, more = [], "0", True
    while more:
        page = client.get(f"{OURS}/changes", params={"view": "all", "limit": "3", "after": cursor}).json()
        seen += [item["credentialRequestId"] for item in page["items"]]
        cursor, more = page["cursor"], page["more"]
    assert seen == [f"R-{number}" for number in range(7)]


def test_a_photo_is_given_whole_in_part_and_not_again(served: Served, client: httpx2.Client) -> None:
    digest = served.records.add_photo(b"0123456789")
    path = f"{OURS}/photos/{digest}"
    whole, part = client.get(path), client.get(path, headers={"Range": "bytes=4-"})
    assert (whole.content, part.status_code, part.content) == (b"0123456789", 206, b"456789")
    assert part.headers["Content-Range"] == "bytes 4-9/10"
    assert client.get(path, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert client.get(path, headers={"Range": "bytes=10-"}).status_code == 416


def test_every_operation_stands_in_the_document(client: httpx2.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {each["operationId"] for path in paths.values() for each in path.values()} == {
        *("create", "read", "update", "cancel", "verify", "token"),
        *("changes", "lease", "release", "backlog", "outcomes", "photo"),
        *("find_credentials", "read_credential", "update_credential", "find_profiles"),
        *("suspend", "unsuspend", "revoke", "set_status"),
    }


@schema.parametrize()
@settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_centre_does_what_its_document_says(case: schemathesis.Case[Any]) -> None:
    # A query that nobody asks for is passed over, as elsewhere on the web.
    case.call_and_validate(
        headers={"Authorization": f"Bearer {TOKENS.issue('office')}"},
        excluded_checks=[NEGATIVE],  # type: ignore[list-item] # the registry also holds checks of another form
    )


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"ids": [{}]}, "the body.ids[0]"),
        ({"ids": "R-1"}, "the body.ids"),
        ({}, "the body"),
        ([], "the body"),
    ],
)
def test_a_body_that_is_not_to_the_document_is_refused_by_place(
    client: httpx2.Client, body: object, where: str
) -> None:
    answer = client.post(f"{OURS}/release", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == f"{where} is missing, or not what the document says."


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=10001", "after=-1", "after=x", "view=mine"])
def test_a_query_that_is_not_to_the_document_is_refused(client: httpx2.Client, query: str) -> None:
    assert client.get(f"{OURS}/changes", params=dict([query.split("=")])).status_code == 400


def test_a_record_goes_the_whole_way_from_capture_to_card(served: Served, client: httpx2.Client) -> None:
    photo = served.records.add_photo(b"a face")
    face = {"biometricType": "FACE", "imageRef": f"https://centre.example/photos/{photo}"}
    people = {
        "R-1": {**BODY, "biometricData": [face]},
        "R-2": {**BODY, "personId": "S-2", "biometricData": [face]},
        "R-3": {**BODY, "personId": "S-3", "biographicData": {"name": ""}},
        "R-4": {**BODY, "personId": "S-4"},
    }
    found = {}
    for name, body in people.items():
        assert client.post(f"/v1/credentialRequests/{name}", json=body).status_code == 201
    for name in people:
        found[name] = client.post(f"{OURS}/requests/{name}/verify").json()["verdict"]
    assert found == {"R-1": "print-ready", "R-2": "duplicate", "R-3": "unverified", "R-4": "print-ready"}
    assert client.post(f"{OURS}/lease", json={"count": 9, "days": 9}).json() == {"held": 2}
    assert client.post("/v1/credentialRequests/R-4/cancel").status_code == 204
    report = {"key": "K-1", "request_id": "R-1", "outcome": "printed"}
    assert client.post(f"{OURS}/outcomes", json={"reports": [report]}).json() == {"receipts": ["accepted"]}
    status = {name: client.get(f"/v1/credentialRequests/{name}").json()["status"] for name in people}
    assert status == {"R-1": "ISSUED", "R-2": "PENDING", "R-3": "PENDING", "R-4": "CANCELLED"}
    changes = client.get(f"{OURS}/changes").json()["items"]
    assert [(each["kind"], each["credentialRequestId"]) for each in changes] == [
        ("granted", "R-1"),
        ("granted", "R-4"),
        ("revoked", "R-4"),
    ]


def test_a_second_first_issuance_of_a_person_is_a_duplicate_and_a_replacement_is_none(client: httpx2.Client) -> None:
    def verdict(name: str, request_type: str) -> str:
        data = {**BODY["requestData"], "requestType": request_type}
        client.post(f"/v1/credentialRequests/{name}", json={**BODY, "requestData": data})
        return str(client.post(f"{OURS}/requests/{name}/verify").json()["verdict"])

    assert [verdict("R-1", "FIRST_ISSUANCE"), verdict("R-2", "REPLACEMENT"), verdict("R-3", "FIRST_ISSUANCE")] == [
        "print-ready",
        "print-ready",
        "duplicate",
    ]
    assert client.post(f"{OURS}/lease", json={"count": 9, "days": 9}).json() == {"held": 2}


def test_the_command_makes_people_tokens_and_shows_outcomes(tmp_path: Path) -> None:
    file = str(tmp_path / "centre.db")
    run = CliRunner()
    assert run.invoke(main, ["people", file, "3"]).exit_code == 0
    assert run.invoke(main, ["token", file, "office"]).output.count(".") == 2
    records = Records(file)
    (first, *_), _, _ = records.changes("", 0, 10)
    name = first["credentialRequestId"]
    records.report("office", {"key": "1", "request_id": name, "outcome": "printed"})
    records.close()
    assert '"outcome": "printed"' in run.invoke(main, ["outcomes", file]).output
    assert '"status": "ACTIVE"' in run.invoke(main, ["credentials", file]).output
    assert run.invoke(main, ["revoke", file, name]).exit_code == 1
    assert run.invoke(main, ["reclaim", file, "office", name]).exit_code == 2


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    file = str(tmp_path / "centre.db")
    run = CliRunner()
    run.invoke(main, ["people", file, "2"])
    records = Records(file)
    records.lease("office", 1, date(2026, 1, 5), 9)
    held, free = (records.changes(station, 0, 9)[0][-1]["credentialRequestId"] for station in ("office", ""))
    records.close()
    assert "waits at the centre again" in run.invoke(main, ["reclaim", file, "office", held, "--sure"]).output
    assert "is revoked" in run.invoke(main, ["revoke", file, free]).output


@pytest.mark.parametrize(
    "words",
    [
        ("outcomes",),
        ("credentials",),
        ("overdue",),
        ("verify",),
        ("revoke", "R-1"),
        ("reclaim", "office", "R-1", "--sure"),
    ],
)
def test_a_file_that_is_not_there_is_no_empty_centre(words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "center.db"
    command, *rest = words
    refused = CliRunner().invoke(main, [command, str(file), *rest])
    assert (refused.exit_code, "does not exist" in refused.output, file.exists()) == (2, True, False)


def test_a_form_that_is_too_long_is_not_read_to_its_end(served: Served) -> None:
    with httpx2.Client(base_url=served.url, trust_env=False) as client:
        assert client.post("/token", content=b"client_id=" + b"x" * 5000).status_code == 413
