"""What the client and the centre say to each other, held against OSIA's published document itself.

``CARDPRINT_OSIA_YAML`` names a copy of ``src/doc/yaml/cms.yaml`` of OSIA 7.1; it is no part of this project.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs
import httpx2
import pytest
from jsonschema import Draft202012Validator

from cardprint.model import OutcomeReport, Receipt
from cardprint_centre import Served
from cardprint_centre.tokens import ALL_SCOPES
from support.bad_line import BadLine, Trouble
from support.osia import OsiaOrigin, as_body
from support.source_suite import made_up_rows, portrait

YAML = os.environ.get("CARDPRINT_OSIA_YAML", "")
pytestmark = pytest.mark.skipif(not YAML, reason="CARDPRINT_OSIA_YAML names no copy of OSIA's cms.yaml")
LACKING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@attrs.frozen
class Standard:
    """The published document, and what is to it."""

    document: dict[str, Any]

    def check(self, request: bytes, answer: bytes) -> str:
        """Hold an exchange against the document; give the operation's name."""
        line, _, body = request.partition(b"\r\n\r\n")
        method, target, _ = line.split(b"\r\n")[0].decode().split(" ")
        url = urlsplit(target)
        path, operation = self._operation(method.lower(), url.path)
        places = {"credentialRequestId": unquote(path), "credentialId": unquote(path)}
        given = {"query": dict(parse_qsl(url.query)), "path": places}
        for parameter in operation.get("parameters", []):
            value = given[parameter["in"]].get(parameter["name"])
            assert value is not None or not parameter.get("required"), f"{parameter['name']} is missing"
        known = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        assert set(given["query"]) <= known
        taken = operation.get("requestBody")
        if taken and (body or taken.get("required")):
            self._valid(json.loads(body), taken, self._of_requests())
        self._answered(answer, operation)
        return str(operation["operationId"])

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        for template, operations in self.document["paths"].items():
            found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
            if found and method in operations:
                return "".join(found.groups()), operations[method]
        raise AssertionError(f"{method} {path} is none of the standard's")

    def _answered(self, answer: bytes, operation: dict[str, Any]) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        response = operation["responses"][head.split(b" ")[1].decode()]
        if "content" in response:
            answered = gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body
            self._valid(json.loads(answered), response, self.document["components"])

    def _of_requests(self) -> dict[str, Any]:
        """Give the schemas for what is sent: what is read only need not be there (OpenAPI 3.0, readOnly)."""
        schemas = {
            name: {
                **schema,
                "required": [
                    each for each in schema.get("required", []) if not schema["properties"][each].get("readOnly")
                ],
            }
            for name, schema in self.document["components"]["schemas"].items()
        }
        return {**self.document["components"], "schemas": schemas}

    def _valid(self, value: object, where: dict[str, Any], components: dict[str, Any]) -> None:
        schema = where["content"]["application/json"]["schema"]
        errors = Draft202012Validator({**schema, "components": components}).iter_errors(value)
        assert [f"{error.json_path}: {error.validator}" for error in errors] == []


@pytest.fixture(scope="module")
def standard() -> Standard:
    yaml = pytest.importorskip("yaml")
    return Standard(yaml.safe_load(Path(YAML).read_text(encoding="utf-8")))


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[OsiaOrigin]:
    served = Served()
    origin = OsiaOrigin(served, tmp_path)
    yield origin
    origin.close()
    served.close()


def test_a_client_that_tells_a_plain_centre_says_what_the_standard_says(standard: Standard, origin: OsiaOrigin) -> None:
    rows = made_up_rows(6)
    origin.put(rows, {"R-1": portrait(1)})
    line = BadLine(origin.served.port)
    line.trouble = lambda _, first: Trouble(instead=LACKING) if b"/x-cardprint/" in first else Trouble()
    words = ["printed", "aborted", "missing", "spoiled", "canceled", "printed"]
    reports = [
        OutcomeReport(key=f"office/1:{number}:{word}", request_id=f"R-{number}", outcome=word)
        for number, word in enumerate(words, 1)
    ]
    try:
        assert set(origin.source(url=line.url).acknowledge(reports)) == {Receipt.ACCEPTED}
        unknown = attrs.evolve(reports[0], request_id="R/unknown 7")
        assert origin.source(url=line.url).acknowledge([unknown]) == [Receipt.REFUSED]
        operations = [standard.check(*exchange) for exchange in line.exchanges]
    finally:
        line.close()
    assert operations == [*["readCredentialRequest", "updateCredentialRequest"] * 4, "readCredentialRequest"]


def test_the_centre_answers_as_the_standard_says(standard: Standard, origin: OsiaOrigin) -> None:
    line = BadLine(origin.served.port)
    headers = {"Authorization": f"Bearer {origin.served.tokens.issue('desk')}"}
    body = as_body(made_up_rows(1)[0], origin.records.add_photo(portrait(1)))
    one = "/v1/credentialRequests/R-1"
    try:
        with httpx2.Client(base_url=line.url, headers=headers, trust_env=False) as desk:
            calls: list[tuple[str, str, object]] = [
                ("POST", one, body),
                ("POST", one, body),
                ("GET", one, None),
                ("PUT", one, {**body, "status": "PENDING"}),
                ("POST", f"{one}/cancel", None),
                ("PUT", one, {**body, "status": "ISSUED"}),
                ("GET", "/v1/credentialRequests/R-2", None),
            ]
            for method, path, sent in calls:
                desk.request(method, path, params={"transactionId": "T-1"}, json=sent)
        for exchange in line.exchanges:
            standard.check(*exchange)
    finally:
        line.close()
    statuses = [answer.split(b" ")[1].decode() for _, answer in line.exchanges]
    assert statuses == ["201", "409", "200", "204", "204", "403", "404"]


def test_the_centre_answers_of_credentials_as_the_standard_says(standard: Standard, origin: OsiaOrigin) -> None:
    origin.put(made_up_rows(2))
    for number in (1, 2):
        report = {"key": f"{number}", "request_id": f"R-{number}", "outcome": "printed", "attempt_id": f"A-{number}"}
        origin.records.report("office", {**report, "card_number": f"000{number}", "business_date": "2026-01-05"})
    line = BadLine(origin.served.port)
    headers = {"Authorization": f"Bearer {origin.served.tokens.issue('desk')}"}
    one, person = "/v1/credentials/C-1", {"attributeName": "personId", "operator": "!=", "value": "S-0"}
    since = {"attributeName": "issuedDate", "operator": ">=", "value": "2026-01-05T00:00:00Z"}
    calls: list[tuple[str, str, object, str]] = [
        ("GET", "/v1/credentialRequests/R-1", None, "readCredentialRequest 200"),
        ("POST", "/v1/credentials", [person, since], "findCredentials 200"),
        ("POST", "/v1/credentials", [{**person, "attributeName": "shelf"}], "findCredentials 400"),
        ("GET", one, None, "readCredential 200"),
        ("GET", f"{one}?attributes=issuedDate", None, "readCredential 200"),
        ("PUT", one, {"expiryDate": "2031-01-05T00:00:00Z", "others": {"shelf": 7}}, "updateCredential 204"),
        ("PUT", one, {"issuingPlace": "Contoh", "status": "REVOKED"}, "updateCredential 403"),
        ("POST", f"{one}/suspend", {"reason": "lost"}, "suspendCredential 204"),
        ("POST", f"{one}/unsuspend", {"reason": "found"}, "unsuspendCredential 204"),
        ("POST", f"{one}/status", {"status": "SUSPENDED", "requester": "police"}, "setCredentialStatus 204"),
        ("POST", f"{one}/status", {"status": "NEW"}, "setCredentialStatus 403"),
        ("POST", f"{one}/revoke", None, "revokeCredential 204"),
        ("POST", f"{one}/unsuspend", None, "unsuspendCredential 403"),
        ("POST", f"{one}/suspend", {}, "suspendCredential 403"),
        ("GET", one, None, "readCredential 200"),
        *[
            (method, f"/v1/credentials/C-9{way}", body, f"{operation} 404")
            for method, way, body, operation in (
                ("GET", "", None, "readCredential"),
                ("PUT", "", {}, "updateCredential"),
                ("POST", "/suspend", {}, "suspendCredential"),
                ("POST", "/unsuspend", {}, "unsuspendCredential"),
                ("POST", "/revoke", {}, "revokeCredential"),
                ("POST", "/status", {"status": "REVOKED"}, "setCredentialStatus"),
            )
        ],
        ("POST", "/v1/credentialProfiles", [], "findCredentialProfiles 200"),
    ]
    try:
        with httpx2.Client(base_url=line.url, headers=headers, trust_env=False) as desk:
            for method, path, sent, _ in calls:
                desk.request(method, f"{path}{'&' if '?' in path else '?'}transactionId=T-1", json=sent)
        told = [f"{standard.check(*exchange)} {exchange[1].split(b' ')[1].decode()}" for exchange in line.exchanges]
    finally:
        line.close()
    assert told == [expected for *_, expected in calls]
    asked = {word.split(" ")[0] for word in told}
    all_of_them = {each["operationId"] for path in standard.document["paths"].values() for each in path.values()}
    assert all_of_them - asked == {"createCredentialRequest", "updateCredentialRequest", "cancelCredentialRequest"}


def test_the_centres_scopes_are_the_standards(standard: Standard, origin: OsiaOrigin) -> None:
    """With each scope alone, only what the standard opens with it is not forbidden."""
    known = {"credentialRequestId": "R-1", "credentialId": "C-9"}
    with httpx2.Client(base_url=origin.served.url, params={"transactionId": "T-1"}, trust_env=False) as desk:
        for path, operations in standard.document["paths"].items():
            for method, operation in operations.items():
                ((needed,),) = [each["BearerAuth"] for each in operation["security"]]
                where = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], path)
                for scope in ALL_SCOPES:
                    token = origin.served.tokens.issue("desk", (scope,))
                    answer = desk.request(method, where, headers={"Authorization": f"Bearer {token}"})
                    assert (answer.status_code == 403) == (scope != needed), (operation["operationId"], scope)


def test_what_is_not_to_the_standard_is_found(standard: Standard) -> None:
    request = b"GET /v1/credentialRequests/R-1 HTTP/1.1\r\n\r\n"
    with pytest.raises(AssertionError, match="transactionId is missing"):
        standard.check(request, b"HTTP/1.1 200 OK\r\n\r\n{}")
    with pytest.raises(AssertionError, match="is none of the standard"):
        standard.check(request.replace(b"GET", b"PATCH"), b"")
    good = request.replace(b"R-1", b"R-1?transactionId=T")
    with pytest.raises(AssertionError, match="required"):
        standard.check(good, b"HTTP/1.1 200 OK\r\n\r\n{}")
    with pytest.raises(AssertionError, match="required"):
        standard.check(good.replace(b"credentialRequests/R", b"credentials/C"), b"HTTP/1.1 200 OK\r\n\r\n{}")
    update = good.replace(b"GET", b"PUT").replace(b"credentialRequests/R", b"credentials/C")
    assert standard.check(update + b"{}", b"HTTP/1.1 204 No Content\r\n\r\n") == "updateCredential"
    with pytest.raises(AssertionError, match="additionalProperties"):
        standard.check(update + b'{"shelf": 7}', b"HTTP/1.1 204 No Content\r\n\r\n")
