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
        given = {"query": dict(parse_qsl(url.query)), "path": {"credentialRequestId": unquote(path)}}
        for parameter in operation.get("parameters", []):
            value = given[parameter["in"]].get(parameter["name"])
            assert value is not None or not parameter.get("required"), f"{parameter['name']} is missing"
        known = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        assert set(given["query"]) <= known
        if "requestBody" in operation:
            self._valid(json.loads(body), operation["requestBody"])
        self._answered(answer, operation)
        return str(operation["operationId"])

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        for template, operations in self.document["paths"].items():
            found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), path)
            if found and method in operations:
                return found[1], operations[method]
        raise AssertionError(f"{method} {path} is none of the standard's")

    def _answered(self, answer: bytes, operation: dict[str, Any]) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        response = operation["responses"][head.split(b" ")[1].decode()]
        if "content" in response:
            self._valid(
                json.loads(gzip.decompress(body) if b"content-encoding: gzip" in head.lower() else body), response
            )

    def _valid(self, value: object, where: dict[str, Any]) -> None:
        schema = where["content"]["application/json"]["schema"]
        errors = Draft202012Validator({**schema, "components": self.document["components"]}).iter_errors(value)
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


def test_what_is_not_to_the_standard_is_found(standard: Standard) -> None:
    request = b"GET /v1/credentialRequests/R-1 HTTP/1.1\r\n\r\n"
    with pytest.raises(AssertionError, match="transactionId is missing"):
        standard.check(request, b"HTTP/1.1 200 OK\r\n\r\n{}")
    with pytest.raises(AssertionError, match="is none of the standard"):
        standard.check(request.replace(b"GET", b"PATCH"), b"")
    good = request.replace(b"R-1", b"R-1?transactionId=T")
    with pytest.raises(AssertionError, match="required"):
        standard.check(good, b"HTTP/1.1 200 OK\r\n\r\n{}")
