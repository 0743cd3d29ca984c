"""The centre's HTTP side: OSIA's operations on credential requests, and our extension below ``/v1/x-cardprint``."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cardprint_centre.document import DOCUMENT
from cardprint_centre.records import Records, Refused
from cardprint_centre.tokens import LIFETIME, READ, STATION, WRITE, Tokens

__all__ = ["make_app"]

_TYPES = {"FIRST_ISSUANCE", "RENEWAL", "REPLACEMENT", "OTHER"}
_STATUSES = {"PENDING", "ISSUED", "CANCELLED", "FAILED"}
_OUTCOMES = {"printed", "spoiled", "canceled", "aborted", "missing", "withdrawn"}
_MOST = 10_000
_URGENT = 9
_LONGEST_BODY = 16 * 1024 * 1024
_LONGEST_FORM = 4096
_Act = Callable[[str, Request, Any], Response]


class _Desk:
    """Answer each operation."""

    def __init__(self, records: Records, today: Callable[[], date]) -> None:
        self._records = records
        self._today = today

    def create(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Create a request."""
        self._records.create(request.path_params["id"], _credential_request(body))
        return Response(status_code=201)

    def read(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Read one."""
        return JSONResponse(self._records.read(request.path_params["id"]))

    def update(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Change one."""
        self._records.correct(request.path_params["id"], _credential_request(body))
        return Response(status_code=204)

    def cancel(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Cancel one."""
        self._records.cancel(request.path_params["id"])
        return Response(status_code=204)

    def changes(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """List what has changed."""
        query = request.query_params
        after, limit = _number(query.get("after", "0"), 2**62), _number(query.get("limit", "500"), _MOST)
        whose = "" if query.get("view") == "all" else station
        items, cursor, more = self._records.changes(whose, after, max(limit, 1))
        return JSONResponse({"items": items, "cursor": str(cursor), "more": more})

    def lease(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Fill the lease."""
        count, days = _member(body, "count", int), _member(body, "days", int)
        if not (0 <= count <= _MOST and 1 <= days <= 366):  # noqa: PLR2004 - a year
            raise Refused(400, "count or days is out of bounds.")
        return JSONResponse({"held": self._records.lease(station, count, self._today(), days)})

    def release(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Take records back."""
        ids = _member(body, "ids", list)
        return JSONResponse({"released": self._records.release([str(each) for each in ids], station)})

    def backlog(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Count what waits."""
        return JSONResponse({"waiting": self._records.backlog()})

    def outcomes(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Take outcomes."""
        reports = _member(body, "reports", list)
        for report in reports:
            texts = isinstance(report, dict) and all(isinstance(value, str) for value in report.values())
            if not texts or not {"key", "request_id", "outcome"} <= set(report) or report["outcome"] not in _OUTCOMES:
                raise Refused(400, "A report is not to the contract.")
        return JSONResponse({"receipts": [self._records.report(station, report) for report in reports]})

    def photo(self, station: str, request: Request, body: Any) -> Response:  # noqa: ANN401 - JSON
        """Give a photo, or the rest of one."""
        return _photo(self._records, request)


def _route(tokens: Tokens, path: str, method: str, scope: str, act: _Act) -> Route:
    async def answer(request: Request) -> Response:
        status, station = tokens.station_of(request.headers.get("authorization", ""), scope)
        if status != 200:  # noqa: PLR2004 - HTTP's
            return _error(status, "The token does not allow this.")
        if scope != STATION and not request.query_params.get("transactionId"):
            return _error(400, "transactionId is missing.")
        try:
            return await run_in_threadpool(act, station, request, await _body(request))
        except Refused as refused:
            return _error(refused.status, str(refused))

    return Route(path, answer, methods=[method])


def _token_route(tokens: Tokens) -> Route:
    async def answer(request: Request) -> Response:
        form = dict(parse_qsl((await request.body())[:_LONGEST_FORM].decode("utf-8", "replace")))
        token = tokens.grant(form)
        if not token:
            return JSONResponse({"error": "invalid_client"}, 401)
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return JSONResponse(granted, headers={"Cache-Control": "no-store"})

    return Route("/token", answer, methods=["POST"])


async def _document(request: Request) -> Response:  # noqa: ARG001 - Starlette hands it over
    return JSONResponse(DOCUMENT)


def make_app(records: Records, tokens: Tokens, today: Callable[[], date] = date.today) -> Starlette:
    """Make the application over records."""
    desk = _Desk(records, today)
    one, ours = "/v1/credentialRequests/{id}", "/v1/x-cardprint"
    rows: list[tuple[str, str, str, _Act]] = [
        (one, "POST", WRITE, desk.create),
        (one, "GET", READ, desk.read),
        (one, "PUT", WRITE, desk.update),
        (f"{one}/cancel", "POST", WRITE, desk.cancel),
        (f"{ours}/changes", "GET", STATION, desk.changes),
        (f"{ours}/lease", "POST", STATION, desk.lease),
        (f"{ours}/release", "POST", STATION, desk.release),
        (f"{ours}/backlog", "GET", STATION, desk.backlog),
        (f"{ours}/outcomes", "POST", STATION, desk.outcomes),
        (f"{ours}/photos/{{digest}}", "GET", STATION, desk.photo),
    ]
    routes = [_route(tokens, *row) for row in rows]
    return Starlette(
        routes=[*routes, _token_route(tokens), Route("/openapi.json", _document)],
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
    )


def _photo(records: Records, request: Request) -> Response:
    digest = request.path_params["digest"]
    content = records.photo(digest)
    if content is None:
        raise Refused(404, "No such photo.")
    headers = {"ETag": f'"{digest}"', "Accept-Ranges": "bytes", "Content-Encoding": "identity"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "")
    if not asked.startswith("bytes=") or not asked.endswith("-"):
        return Response(content, headers=headers, media_type="application/octet-stream")
    start = _number(asked[6:-1], 2**62)
    if start >= len(content):
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return Response(content[start:], 206, headers, "application/octet-stream")


async def _body(request: Request) -> Any:  # noqa: ANN401 - JSON
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LONGEST_BODY:
            raise Refused(413, "The body is too long.")
    if not raw or request.method == "GET":
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is no JSON.") from None


def _credential_request(body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    data = _member(body, "requestData", dict)
    _member(body, "personId", str)
    _member(body, "biographicData", dict)
    _member(data, "credentialProfileId", str)
    if not 0 <= _member(data, "priority", int) <= _URGENT or _member(data, "requestType", str) not in _TYPES:
        raise Refused(400, "priority or requestType is none of the standard's.")
    if body.get("status", "PENDING") not in _STATUSES:
        raise Refused(400, "status is none of the standard's.")
    return dict(body)


def _member(body: Any, name: str, kind: type) -> Any:  # noqa: ANN401 - JSON
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Refused(400, f"{name} is missing, or of another type.")
    return value


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):  # noqa: PLR2004 - 2**62
        raise Refused(400, "A number is out of bounds.")
    return int(text)


def _error(status: int, message: str) -> Response:
    return JSONResponse({"code": status, "message": message}, status)
