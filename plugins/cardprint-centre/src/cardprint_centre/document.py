"""The centre's own OpenAPI document: OSIA's operations on credential requests, and our extension to them.

The bodies of requests are held against it as they come in, so what it says is what the centre does.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DOCUMENT", "OURS"]

OURS = "/v1/x-cardprint"
"""Where the extension lies."""

_Json = dict[str, Any]
_TEXT: _Json = {"type": "string", "maxLength": 1000}
_ID: _Json = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^/\\x00-\\x1f]+$"}
_COUNT: _Json = {"type": "integer", "minimum": 0, "maximum": 10000}
_DATE: _Json = {"type": "string", "format": "date"}


def _object(required: _Json, **optional: _Json) -> _Json:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(items: _Json, most: int = 10000) -> _Json:
    return {"type": "array", "items": items, "maxItems": most}


def _a(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _where(name: str, place: str, schema: _Json, said: str) -> _Json:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": said}


_SCHEMAS: _Json = {
    "CredentialRequest": _object(
        {
            "personId": {**_TEXT, "description": "The person's number."},
            "biographicData": {"type": "object", "description": "Text by the name of a field of the card."},
            "requestData": _object(
                {
                    "priority": {"type": "integer", "minimum": 0, "maximum": 9, "description": "0 is the lowest."},
                    "credentialProfileId": {**_TEXT, "description": "The kind of blank."},
                    "requestType": {"enum": ["FIRST_ISSUANCE", "RENEWAL", "REPLACEMENT", "OTHER"]},
                },
                others={
                    "type": "object",
                    "description": "Ours: waitingSince (a date), needs (a list), design, reason.",
                },
            ),
        },
        biometricData={
            "type": "array",
            "items": {"type": "object"},
            "description": "The item of type FACE names its photo in imageRef, which ends in the photo's SHA-256.",
        },
        status={"enum": ["PENDING", "ISSUED", "CANCELLED", "FAILED"]},
        credentialRequestId=_TEXT,
    ),
    "Change": _object(
        {
            "number": {"type": "integer", "minimum": 1, "description": "In the order in which they happened."},
            "kind": {"enum": ["new", "corrected", "granted", "renewed", "returned", "revoked", "verdict"]},
            "credentialRequestId": _TEXT,
            "lease": {**_TEXT, "description": "The lease's own name, never used again; empty where there is none."},
            "until": {"type": "string", "description": "The last business date of the lease; empty: no end."},
            "verdict": _a("Verdict"),
        },
        credentialRequest=_a("CredentialRequest"),
    ),
    "Changes": _object(
        {
            "items": _list(_a("Change")),
            "cursor": {**_TEXT, "description": "Where to go on; opaque."},
            "more": {"type": "boolean", "description": "False: nothing lies after the cursor now."},
        }
    ),
    "Verdict": {"enum": ["unverified", "print-ready", "duplicate", "revoked"]},
    "Report": _object(
        {
            "key": {**_TEXT, "description": "Idempotency key: told again, it counts once."},
            "request_id": _TEXT,
            "outcome": {"enum": ["printed", "spoiled", "canceled", "aborted", "missing", "withdrawn"]},
        },
        attempt_id=_TEXT,
        card_number=_TEXT,
        business_date=_TEXT,
        grant_id={**_TEXT, "description": "The lease that held when it became so."},
    ),
    "Error": _object({"code": {"type": "integer"}, "message": {"type": "string"}}),
    "LeaseAsked": _object(
        {
            "count": {**_COUNT, "description": "Records to hold at most."},
            "days": {**_COUNT, "minimum": 1, "maximum": 366},
        }
    ),
    "ReleaseAsked": _object({"ids": _list(_TEXT)}),
    "Reports": _object({"reports": _list(_a("Report"))}),
    "Receipts": _object({"receipts": _list({"enum": ["accepted", "later", "refused"]})}),
    "Token": _object(
        {"access_token": {"type": "string"}, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}}
    ),
}
_TRANSACTION = {
    **_where("transactionId", "query", {**_TEXT, "minLength": 1}, "Names the call, OSIA's way."),
    "required": True,
}
_ONE = [_where("id", "path", _ID, "The credential request."), _TRANSACTION]
_WORDS = {
    200: "Done.",
    201: "Created.",
    204: "Done.",
    206: "The rest of it.",
    304: "It is what the caller has.",
    400: "Not to this document.",
    401: "No token that holds.",
    403: "The token, or the state of the record, does not allow it.",
    404: "There is none.",
    409: "It exists.",
    413: "The body is too long.",
    416: "It is shorter.",
}


def _answer(status: int, schema: _Json | None) -> _Json:
    if status in {200, 206} and schema is not None:
        kind = "application/octet-stream" if schema.get("format") == "binary" else "application/json"
        return {"description": _WORDS[status], "content": {kind: {"schema": schema}}}
    if status < 400:  # noqa: PLR2004 - HTTP's errors begin here
        return {"description": _WORDS[status]}
    content = {"application/json": {"schema": _a("Error")}}
    return {"description": _WORDS[status], **({} if status == 416 else {"content": content})}  # noqa: PLR2004


def _does(
    name: str,
    summary: str,
    *statuses: int,
    gives: _Json | None = None,
    takes: str = "",
    parameters: Any = (),  # noqa: ANN401 - JSON
) -> _Json:
    told = sorted({*statuses, 400, 401, 403, 413})
    operation: _Json = {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {str(status): _answer(status, gives) for status in told},
    }
    if takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _a(takes)}}}
    return operation


_PAGE = (
    _where("after", "query", {"type": "string", "pattern": "^[0-9]{1,18}$"}, "The cursor of the last page."),
    _where("limit", "query", {**_COUNT, "minimum": 1}, "Items at most."),
    _where("view", "query", {"enum": ["leased", "all"]}, "What is leased to this station, or every record."),
)
_PHOTO = (
    _where("digest", "path", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Its SHA-256, which is its ETag too."),
    _where("Range", "header", {"type": "string", "pattern": "^bytes=[0-9]{1,18}-$"}, "From which byte on."),
    _where("If-None-Match", "header", {"type": "string", "pattern": '^"[0-9a-f]{64}"$'}, "What the caller has."),
)
_TOKEN: _Json = {
    "operationId": "token",
    "summary": "Give a token by client credentials (RFC 6749, 4.4).",
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": _object(
                    {"grant_type": {"const": "client_credentials"}, "client_id": _TEXT, "client_secret": _TEXT}
                )
            }
        },
    },
    "responses": {"200": _answer(200, _a("Token")), "401": {"description": _WORDS[401]}, "413": _answer(413, None)},
}
DOCUMENT: _Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Credential requests, and what an office with a bad line needs beside them",
        "version": "1",
        "description": "The paths below /v1/credentialRequests follow OSIA 7.1, CMS 1.3. OSIA has no way to list what"
        " waits, to lease it to a station, or to tell what became of it; the paths below /v1/x-cardprint add that.",
    },
    "components": {
        "schemas": _SCHEMAS,
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    },
    "security": [{"bearer": []}],
    "paths": {
        "/token": {"post": _TOKEN},
        "/v1/credentialRequests/{id}": {
            "post": _does("create", "Create a request.", 201, 409, takes="CredentialRequest", parameters=_ONE),
            "get": _does("read", "Read a request.", 200, 404, gives=_a("CredentialRequest"), parameters=_ONE),
            "put": _does("update", "Change a request.", 204, 404, takes="CredentialRequest", parameters=_ONE),
        },
        "/v1/credentialRequests/{id}/cancel": {
            "post": _does("cancel", "Revoke a request.", 204, 404, parameters=_ONE),
        },
        f"{OURS}/requests/{{id}}/verify": {
            "post": _does(
                "verify",
                "Verify a captured request for correctness and uniqueness, and give the verdict.",
                200,
                404,
                gives=_object({"verdict": _a("Verdict")}),
                parameters=_ONE,
            ),
        },
        f"{OURS}/changes": {
            "get": _does("changes", "List what has changed after a cursor.", 200, gives=_a("Changes"), parameters=_PAGE)
        },
        f"{OURS}/lease": {
            "post": _does(
                "lease",
                "Fill the station's lease up to a count, most urgent first, and renew what it holds.",
                200,
                gives=_object({"held": _COUNT}),
                takes="LeaseAsked",
            )
        },
        f"{OURS}/release": {
            "post": _does(
                "release", "Give leased records back.", 200, gives=_object({"released": _COUNT}), takes="ReleaseAsked"
            )
        },
        f"{OURS}/backlog": {
            "get": _does(
                "backlog",
                "Count what is free to print and leased to no station.",
                200,
                gives=_object({"waiting": {"type": "integer", "minimum": 0}}),
            )
        },
        f"{OURS}/outcomes": {
            "post": _does("outcomes", "Tell what became of requests.", 200, gives=_a("Receipts"), takes="Reports")
        },
        f"{OURS}/photos/{{digest}}": {
            "get": _does(
                "photo",
                "Give a photo, or the rest of one.",
                *(200, 206, 304, 404, 416),
                gives={"type": "string", "format": "binary"},
                parameters=_PHOTO,
            ),
        },
    },
}
