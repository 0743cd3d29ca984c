"""The centre's HTTP side: OSIA's operations on requests and credentials, and ours below ``/v1/x-cardprint``.

Paths, parameters and bodies are those of the document; what is not to it is refused before it is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cardprint_centre.credential_desk import CredentialDesk
from cardprint_centre.document import DOCUMENT
from cardprint_centre.finding import is_date, is_moment
from cardprint_centre.records import Records, Refused
from cardprint_centre.tokens import (
    CREDENTIAL_READ,
    CREDENTIAL_WRITE,
    LIFETIME,
    PROFILE_READ,
    READ,
    STATION,
    VERIFY,
    WRITE,
    Tokens,
)

__all__ = ["make_app"]

_LONGEST_BODY = 16 * 1024 * 1024
_LONGEST_FORM = 4096
_NUMBER = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"bytes=([0-9]{1,18})-")
_SCOPES = {
    **dict.fromkeys(("create", "update", "cancel"), WRITE),
    "read": READ,
    "verify": VERIFY,
    **dict.fromkeys(("find_credentials", "read_credential"), CREDENTIAL_READ),
    **dict.fromkeys(("update_credential", "suspend", "unsuspend", "revoke", "set_status"), CREDENTIAL_WRITE),
    "find_profiles": PROFILE_READ,
}
"""By operation; all others are a station's."""
_FORMATS = FormatChecker(formats=())
_FORMATS.checks("date")(is_date)
_FORMATS.checks("date-time")(is_moment)


class _Desk(CredentialDesk):
    """Answer each operation of the document, by its name."""

    def __init__(self, records: Records, today: Callable[[], date]) -> None:
        super().__init__(records.credentials)
        self._records = records
        self._today = today

    def create(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Create a request."""
        self._records.create(request.path_params["id"], body)
        return Response(status_code=201)

    def read(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Read one."""
        return JSONResponse(self._records.read(request.path_params["id"]))

    def update(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Change one."""
        self._records.correct(request.path_params["id"], body)
        return Response(status_code=204)

    def cancel(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Cancel one."""
        self._records.cancel(request.path_params["id"])
        return Response(status_code=204)

    def verify(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Verify one."""
        return JSONResponse({"verdict": self._records.verify(request.path_params["id"])})

    def changes(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """List what has changed."""
        query = request.query_params
        whose = "" if query.get("view") == "all" else station
        items, cursor, more = self._records.changes(whose, int(query.get("after", 0)), int(query.get("limit", 500)))
        return JSONResponse({"items": items, "cursor": str(cursor), "more": more})

    def lease(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Fill the lease."""
        return JSONResponse(
            {"held": self._records.lease(station, int(body["count"]), self._today(), int(body["days"]))}
        )

    def release(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Take records back."""
        return JSONResponse({"released": self._records.release(body["ids"], station)})

    def backlog(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Count what waits."""
        return JSONResponse({"waiting": self._records.backlog()})

    def outcomes(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Take outcomes."""
        return JSONResponse({"receipts": [self._records.report(station, report) for report in body["reports"]]})

    def photo(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Give a photo, or the rest of one."""
        return _photo(self._records, request)


def make_app(records: Records, tokens: Tokens, today: Callable[[], date] = date.today) -> Starlette:
    """Make the application over records."""
    desk = _Desk(records, today)
    routes = [
        _route(tokens, desk, path, operations) for path, operations in DOCUMENT["paths"].items() if path != "/token"
    ]
    return Starlette(
        routes=[*routes, _token_route(tokens), Route("/openapi.json", _document)],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )


def _route(tokens: Tokens, desk: _Desk, path: str, operations: dict[str, Any]) -> Route:
    validators = {method: _validators(operation) for method, operation in operations.items()}

    async def answer(request: Request) -> Response:
        # HEAD is GET without the body.
        method = "get" if request.method == "HEAD" else request.method.lower()
        operation = operations[method]["operationId"]
        scope = _SCOPES.get(operation, STATION)
        status, station = tokens.station_of(request.headers.get("authorization", ""), scope)
        if status != 200:  # noqa: PLR2004 - HTTP's
            return _error(status, "The token does not allow this.")
        try:
            body = await _body(request, validators[method])
            return await run_in_threadpool(getattr(desk, operation), station, request, body)
        except Refused as refused:
            return _error(refused.status, str(refused))

    return Route(path, answer, methods=[method.upper() for method in operations])


def _validators(operation: dict[str, Any]) -> dict[tuple[str, str, bool], Draft202012Validator]:
    """Give what each parameter, and the body, is held against; by its place, name, and whether it must be there."""
    made = {
        (each["in"], each["name"], each["required"]): _validator(each["schema"])
        for each in operation["parameters"]
        # A header that is not understood is passed over (RFC 9110, 14.2).
        if each["in"] != "header"
    }
    if "requestBody" in operation:
        body = operation["requestBody"]
        made["body", "", body["required"]] = _validator(body["content"]["application/json"]["schema"])
    return made


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]}, format_checker=_FORMATS)


async def _body(request: Request, validators: dict[tuple[str, str, bool], Draft202012Validator]) -> Any:  # noqa: ANN401 - JSON
    """Give the body, decoded; Refused where it, or a parameter, is not to the document."""
    raw = await _raw(request, _LONGEST_BODY)
    body: Any = None
    places = {"path": request.path_params, "query": request.query_params}
    for (place, name, required), validator in validators.items():
        if place == "body":
            if not raw and not required:
                continue
            try:
                value = body = msgspec.json.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise Refused(400, "The body is no JSON.") from None
        else:
            value = _given(places[place], name, validator)
            if value is None and not required:
                continue
        error = next(iter(validator.iter_errors(value if value is not None or place == "body" else "")), None)
        if error is not None or value is None:
            # Never the value: it may be a person's.
            where = error.json_path.replace("$", name or "the body", 1) if error else name
            raise Refused(400, f"{where} is missing, or not what the document says.")
    return body


def _given(place: Mapping[str, Any], name: str, validator: Draft202012Validator) -> Any:  # noqa: ANN401 - as the schema has it
    """Give a parameter as what the document says it is, so far as it can be; None where it is not there."""
    value = place.get(name)
    kind = validator.schema.get("type")  # type: ignore[union-attr] # ours are no booleans
    if kind == "array" and isinstance(place, QueryParams):
        return place.getlist(name) or None
    if kind == "integer" and value is not None and _NUMBER.fullmatch(value):
        return int(value)
    return value


async def _raw(request: Request, most: int) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > most:
            raise Refused(413, "The body is too long.")
    return bytes(raw)


def _token_route(tokens: Tokens) -> Route:
    async def answer(request: Request) -> Response:
        try:
            form = dict(parse_qsl((await _raw(request, _LONGEST_FORM)).decode("utf-8", "replace")))
        except Refused as refused:
            return _error(refused.status, str(refused))
        token = tokens.grant(form)
        if not token:
            return JSONResponse({"error": "invalid_client"}, 401)
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return JSONResponse(granted, headers={"Cache-Control": "no-store"})

    return Route("/token", answer, methods=["POST"])


async def _document(request: Request) -> Response:  # noqa: ARG001 - Starlette hands it over
    return JSONResponse(DOCUMENT)


def _photo(records: Records, request: Request) -> Response:
    digest = request.path_params["digest"]
    content = records.photo(digest)
    if content is None:
        raise Refused(404, "No such photo.")
    headers = {"ETag": f'"{digest}"', "Accept-Ranges": "bytes", "Content-Encoding": "identity"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None:
        return Response(content, headers=headers, media_type="application/octet-stream")
    start = int(asked[1])
    if start >= len(content):
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return Response(content[start:], 206, headers, "application/octet-stream")


def _error(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "message": message}, status)
