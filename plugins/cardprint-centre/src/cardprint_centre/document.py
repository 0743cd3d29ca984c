"""The centre's own OpenAPI document."""

from __future__ import annotations

from typing import Any

__all__ = ["DOCUMENT"]

_TRANSACTION = {"name": "transactionId", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["personId", "biographicData", "requestData"],
    "properties": {
        "personId": {"type": "string"},
        "biographicData": {"type": "object"},
        "status": {"enum": ["PENDING", "ISSUED", "CANCELLED", "FAILED"]},
        "requestData": {
            "type": "object",
            "required": ["priority", "credentialProfileId", "requestType"],
            "properties": {
                "priority": {"type": "integer", "minimum": 0, "maximum": 9},
                "credentialProfileId": {"type": "string"},
                "requestType": {"enum": ["FIRST_ISSUANCE", "RENEWAL", "REPLACEMENT", "OTHER"]},
            },
        },
    },
}


def _operation(summary: str, *statuses: int, body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    told = {str(status): {"description": "As it says."} for status in (*statuses, 400, 401, 403)}
    operation: dict[str, Any] = {"summary": summary, "responses": told, **more}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _object(**members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


_COUNT = {"type": "integer", "minimum": 0, "maximum": 10000}
_TEXT = {"type": "string"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "cardprint-centre", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
    "security": [{"bearer": []}],
    "paths": {
        "/token": {
            "post": {
                "summary": "Give a token by client credentials (RFC 6749, 4.4).",
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": _object(grant_type=_TEXT, client_id=_TEXT, client_secret=_TEXT)
                        }
                    },
                },
                "responses": {"200": {"description": "A token."}, "401": {"description": "None."}},
            }
        },
        "/v1/credentialRequests/{id}": {
            "parameters": [_ID, _TRANSACTION],
            "post": _operation("Create a credential request.", 201, 409, body=_REQUEST),
            "get": _operation("Read a credential request.", 200, 404),
            "put": _operation("Change a credential request.", 204, 404, body=_REQUEST),
        },
        "/v1/credentialRequests/{id}/cancel": {
            "parameters": [_ID, _TRANSACTION],
            "post": _operation("Cancel a credential request.", 204, 404),
        },
        "/v1/x-cardprint/changes": {
            "get": _operation(
                "List what has changed after a cursor.",
                200,
                parameters=[
                    {"name": "after", "in": "query", "schema": _TEXT},
                    {"name": "limit", "in": "query", "schema": _COUNT},
                    {"name": "view", "in": "query", "schema": {"enum": ["leased", "all"]}},
                ],
            )
        },
        "/v1/x-cardprint/lease": {
            "post": _operation(
                "Fill the station's lease up to a count.",
                200,
                body=_object(count=_COUNT, days={"type": "integer", "minimum": 1, "maximum": 366}),
            )
        },
        "/v1/x-cardprint/release": {
            "post": _operation("Give leased records back.", 200, body=_object(ids={"type": "array", "items": _TEXT}))
        },
        "/v1/x-cardprint/backlog": {"get": _operation("Count what waits.", 200)},
        "/v1/x-cardprint/outcomes": {
            "post": _operation(
                "Tell what became of requests.",
                200,
                body=_object(
                    reports={"type": "array", "items": _object(key=_TEXT, request_id=_TEXT, outcome=_TEXT)},
                ),
            )
        },
        "/v1/x-cardprint/photos/{digest}": {
            "parameters": [{**_ID, "name": "digest"}],
            "get": _operation("Give a photo, or the rest of one (Range).", 200, 206, 304, 404, 416),
        },
    },
}
