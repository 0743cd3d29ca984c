"""The centre's own OpenAPI document: OSIA's operations on requests and credentials, and our extension to them.

The bodies of requests are held against it as they come in, so what it says is what the centre does.
"""

from __future__ import annotations

from cardprint_centre.credential_document import CREDENTIAL_PATHS, CREDENTIAL_SCHEMAS
from cardprint_centre.parts import COUNT, ID, TEXT, TRANSACTION, Json, answer, does, list_of, object_of, parameter, ref

__all__ = ["DOCUMENT", "OURS"]

OURS = "/v1/x-cardprint"
"""Where the extension lies."""

_SCHEMAS: Json = {
    "CredentialRequest": object_of(
        {
            "personId": {**TEXT, "description": "The person's number."},
            "biographicData": {"type": "object", "description": "Text by the name of a field of the card."},
            "requestData": object_of(
                {
                    "priority": {"type": "integer", "minimum": 0, "maximum": 9, "description": "0 is the lowest."},
                    "credentialProfileId": {**TEXT, "description": "The kind of blank."},
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
        credentialRequestId=TEXT,
        credentialIds={**list_of(TEXT), "description": "The cards that exist of it; read only."},
    ),
    "Change": object_of(
        {
            "number": {"type": "integer", "minimum": 1, "description": "In the order in which they happened."},
            "kind": {"enum": ["new", "corrected", "granted", "renewed", "returned", "revoked", "verdict"]},
            "credentialRequestId": TEXT,
            "lease": {**TEXT, "description": "The lease's own name, never used again; empty where there is none."},
            "until": {"type": "string", "description": "The last business date of the lease; empty: no end."},
            "verdict": ref("Verdict"),
        },
        credentialRequest=ref("CredentialRequest"),
    ),
    "Changes": object_of(
        {
            "items": list_of(ref("Change")),
            "cursor": {**TEXT, "description": "Where to go on; opaque."},
            "more": {"type": "boolean", "description": "False: nothing lies after the cursor now."},
        }
    ),
    "Verdict": {"enum": ["unverified", "print-ready", "duplicate", "revoked"]},
    "Report": object_of(
        {
            "key": {**TEXT, "description": "Idempotency key: told again, it counts once."},
            "request_id": TEXT,
            "outcome": {"enum": ["printed", "spoiled", "canceled", "aborted", "missing", "withdrawn"]},
        },
        attempt_id={**TEXT, "description": "The try that made the card; spoiled and withdrawn name it again."},
        card_number={**TEXT, "description": "The credential's number."},
        business_date={**TEXT, "description": "The day of its issue, where it is a date."},
        grant_id={**TEXT, "description": "The lease that held when it became so."},
    ),
    **CREDENTIAL_SCHEMAS,
    "Error": object_of({"code": {"type": "integer"}, "message": {"type": "string"}}),
    "LeaseAsked": object_of(
        {
            "count": {**COUNT, "description": "Records to hold at most."},
            "days": {**COUNT, "minimum": 1, "maximum": 366},
        }
    ),
    "ReleaseAsked": object_of({"ids": list_of(TEXT)}),
    "Reports": object_of({"reports": list_of(ref("Report"))}),
    "Receipts": object_of({"receipts": list_of({"enum": ["accepted", "later", "refused"]})}),
    "Token": object_of(
        {"access_token": {"type": "string"}, "token_type": {"const": "Bearer"}, "expires_in": {"type": "integer"}}
    ),
}
_ONE = [parameter("id", "path", ID, "The credential request."), TRANSACTION]
_PAGE = (
    parameter("after", "query", {"type": "string", "pattern": "^[0-9]{1,18}$"}, "The cursor of the last page."),
    parameter("limit", "query", {**COUNT, "minimum": 1}, "Items at most."),
    parameter("view", "query", {"enum": ["leased", "all"]}, "What is leased to this station, or every record."),
)
_PHOTO = (
    parameter("digest", "path", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Its SHA-256, which is its ETag too."),
    parameter("Range", "header", {"type": "string", "pattern": "^bytes=[0-9]{1,18}-$"}, "From which byte on."),
    parameter("If-None-Match", "header", {"type": "string", "pattern": '^"[0-9a-f]{64}"$'}, "What the caller has."),
)
_TOKEN: Json = {
    "operationId": "token",
    "summary": "Give a token by client credentials (RFC 6749, 4.4).",
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": object_of(
                    {"grant_type": {"const": "client_credentials"}, "client_id": TEXT, "client_secret": TEXT}
                )
            }
        },
    },
    "responses": {
        "200": answer(200, ref("Token")),
        "401": {"description": "The client or its secret is not known."},
        "413": answer(413, None),
    },
}
DOCUMENT: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Credential requests, credentials, and what an office with a bad line needs beside them",
        "version": "1",
        "description": "The paths outside /v1/x-cardprint follow OSIA 7.1, CMS 1.3. OSIA has no way to list what"
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
            "post": does("create", "Create a request.", 201, 409, takes="CredentialRequest", parameters=_ONE),
            "get": does("read", "Read a request.", 200, 404, gives=ref("CredentialRequest"), parameters=_ONE),
            "put": does("update", "Change a request.", 204, 404, takes="CredentialRequest", parameters=_ONE),
        },
        "/v1/credentialRequests/{id}/cancel": {
            "post": does("cancel", "Revoke a request.", 204, 404, parameters=_ONE),
        },
        **CREDENTIAL_PATHS,
        f"{OURS}/requests/{{id}}/verify": {
            "post": does(
                "verify",
                "Verify a captured request for correctness and uniqueness, and give the verdict.",
                200,
                404,
                gives=object_of({"verdict": ref("Verdict")}),
                parameters=_ONE,
            ),
        },
        f"{OURS}/changes": {
            "get": does("changes", "List what has changed after a cursor.", 200, gives=ref("Changes"), parameters=_PAGE)
        },
        f"{OURS}/lease": {
            "post": does(
                "lease",
                "Fill the station's lease up to a count, most urgent first, and renew what it holds.",
                200,
                gives=object_of({"held": COUNT}),
                takes="LeaseAsked",
            )
        },
        f"{OURS}/release": {
            "post": does(
                "release", "Give leased records back.", 200, gives=object_of({"released": COUNT}), takes="ReleaseAsked"
            )
        },
        f"{OURS}/backlog": {
            "get": does(
                "backlog",
                "Count what is free to print and leased to no station.",
                200,
                gives=object_of({"waiting": {"type": "integer", "minimum": 0}}),
            )
        },
        f"{OURS}/outcomes": {
            "post": does("outcomes", "Tell what became of requests.", 200, gives=ref("Receipts"), takes="Reports")
        },
        f"{OURS}/photos/{{digest}}": {
            "get": does(
                "photo",
                "Give a photo, or the rest of one.",
                *(200, 206, 304, 404, 416),
                gives={"type": "string", "format": "binary"},
                parameters=_PHOTO,
            ),
        },
    },
}
