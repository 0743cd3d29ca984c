"""The part of the centre's OpenAPI document that is about credentials and their profiles: OSIA's operations alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cardprint_centre.credentials import MOMENTS, PROFILE, REQUIRED, TEXTS
from cardprint_centre.finding import MOST
from cardprint_centre.parts import ID, TEXT, TRANSACTION, Json, does, list_of, object_of, parameter, ref

__all__ = ["CREDENTIAL_PATHS", "CREDENTIAL_SCHEMAS"]

_EXPRESSIONS = 100
_STATUS: Json = {"enum": ["NEW", "ACTIVE", "SUSPENDED", "REVOKED", "OTHER"]}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_DATA: Json = {
    "credentialId": TEXT,
    "status": _STATUS,
    "personId": {**TEXT, "description": "The request's."},
    "credentialProfileId": {**TEXT, "description": "The kind of blank, from the request."},
    "credentialNumber": {**TEXT, "description": "The card's number, where the station knows it."},
    "serialNumber": {**TEXT, "description": "The attempt that made the card."},
    "issuedDate": {**_MOMENT, "description": "The office's business date, as its midnight in UTC."},
    "expiryDate": {**_MOMENT, "description": "The request's validToDate, until it is updated."},
    "issuingAuthority": {**TEXT, "description": "The request's, until it is updated."},
    "issuingPlace": {**TEXT, "description": "The station, until it is updated."},
    "others": {"type": "object", "description": "The centre keeps it, and reads nothing in it."},
}


def _closed(schema: Json) -> Json:
    return {**schema, "additionalProperties": False}


def _expression(names: Iterable[str], value: Json) -> Json:
    operator = {"enum": ["<", ">", "=", ">=", "<=", "!="]}
    return _closed(object_of({"attributeName": {"enum": list(names)}, "operator": operator, "value": value}))


def _attributes(names: Iterable[str]) -> Json:
    schema = list_of({"enum": list(names)}, _EXPRESSIONS)
    return parameter("attributes", "query", schema, "What to give; without it, all.")


CREDENTIAL_SCHEMAS: Json = {
    "CredentialData": _closed(
        object_of(
            {name: _DATA[name] for name in REQUIRED},
            **{name: schema for name, schema in _DATA.items() if name not in REQUIRED},
        )
    ),
    "CredentialUpdate": {
        **_closed(object_of({}, **_DATA)),
        "description": "CredentialData, of which expiryDate, issuingAuthority, issuingPlace and others are replaced."
        " The rest is read only: it may be left out, or be there as it is.",
    },
    "CredentialProfile": _closed(
        object_of({}, credentialProfileId=TEXT, name=TEXT, credentialType={"enum": ["ID_CARD"]})
    ),
    "CredentialExpressions": {
        **list_of(
            {
                "anyOf": [
                    _expression(TEXTS, TEXT),
                    _expression(MOMENTS, {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}),
                ]
            },
            _EXPRESSIONS,
        ),
        "description": "All must hold. Dates are compared as moments, in UTC where there is no offset.",
    },
    "ProfileExpressions": {**list_of(_expression(PROFILE, TEXT), _EXPRESSIONS), "description": "All must hold."},
    "Reason": object_of({}, reason=TEXT),
    "StatusAsked": _closed(object_of({"status": _STATUS}, reason=TEXT, requester=TEXT, comment=TEXT)),
}
_ONE = [{**parameter("id", "path", ID, "The credential."), "example": "C-1"}, TRANSACTION]


def _changes(name: str, summary: str, **more: Any) -> Json:  # noqa: ANN401 - does has the types
    return {"post": does(name, summary, 204, 404, parameters=_ONE, **more)}


def _finds(name: str, what: str, *, takes: str, gives: str, names: Iterable[str]) -> Json:
    return {
        "post": does(
            name,
            f"Give the {what} for which all expressions hold; more than {MOST} are refused.",
            200,
            gives=list_of(ref(gives), MOST),
            takes=takes,
            parameters=[_attributes(names), TRANSACTION],
        )
    }


CREDENTIAL_PATHS: Json = {
    "/v1/credentials": _finds(
        "find_credentials", "credentials", takes="CredentialExpressions", gives="CredentialData", names=_DATA
    ),
    "/v1/credentials/{id}": {
        "get": does(
            "read_credential",
            "Read a credential.",
            200,
            404,
            gives=ref("CredentialData"),
            parameters=[*_ONE, _attributes(_DATA)],
        ),
        "put": does("update_credential", "Update one.", 204, 404, takes="CredentialUpdate", parameters=_ONE),
    },
    "/v1/credentials/{id}/suspend": _changes("suspend", "Suspend a credential.", takes="Reason", needed=False),
    "/v1/credentials/{id}/unsuspend": _changes("unsuspend", "Let it hold again.", takes="Reason", needed=False),
    "/v1/credentials/{id}/revoke": _changes("revoke", "Revoke it, for ever.", takes="Reason", needed=False),
    "/v1/credentials/{id}/status": _changes("set_status", "Change its status.", takes="StatusAsked"),
    "/v1/credentialProfiles": _finds(
        "find_profiles", "kinds of blank", takes="ProfileExpressions", gives="CredentialProfile", names=PROFILE
    ),
}
