"""What both halves of the centre's OpenAPI document are made of."""

from __future__ import annotations

from typing import Any

__all__ = ["COUNT", "ID", "TEXT", "TRANSACTION", "Json", "answer", "does", "list_of", "object_of", "parameter", "ref"]

Json = dict[str, Any]
TEXT: Json = {"type": "string", "maxLength": 1000}
ID: Json = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^/\\x00-\\x1f]+$"}
COUNT: Json = {"type": "integer", "minimum": 0, "maximum": 10000}


def object_of(required: Json, **optional: Json) -> Json:
    """Describe an object by its properties."""
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def list_of(items: Json, most: int = 10000) -> Json:
    """Describe a list."""
    return {"type": "array", "items": items, "maxItems": most}


def ref(name: str) -> Json:
    """Refer to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, place: str, schema: Json, said: str) -> Json:
    """Describe a parameter; one of the path is always there."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": said}


TRANSACTION = {
    **parameter("transactionId", "query", {**TEXT, "minLength": 1}, "Names the call, OSIA's way."),
    "required": True,
}
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


def answer(status: int, schema: Json | None) -> Json:
    """Describe an answer."""
    if status in {200, 206} and schema is not None:
        kind = "application/octet-stream" if schema.get("format") == "binary" else "application/json"
        return {"description": _WORDS[status], "content": {kind: {"schema": schema}}}
    if status < 400:  # noqa: PLR2004 - HTTP's errors begin here
        return {"description": _WORDS[status]}
    content = {"application/json": {"schema": ref("Error")}}
    return {"description": _WORDS[status], **({} if status == 416 else {"content": content})}  # noqa: PLR2004


def does(
    name: str,
    summary: str,
    *statuses: int,
    gives: Json | None = None,
    takes: str = "",
    needed: bool = True,
    parameters: Any = (),  # noqa: ANN401 - JSON
) -> Json:
    """Describe an operation; ``needed``: the body that it takes must be there."""
    told = sorted({*statuses, 400, 401, 403, 413})
    operation: Json = {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {str(status): answer(status, gives) for status in told},
    }
    if takes:
        operation["requestBody"] = {"required": needed, "content": {"application/json": {"schema": ref(takes)}}}
    return operation
