"""The JSON that travels, and what it means to a station."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypeVar

import attrs
import msgspec

from cardprint.errors import SourceError
from cardprint.model import CardRequest, OutcomeReport, Receipt, Rejected, RequestType, Verdict

__all__ = ["Change", "ChangesAnswer", "changes_of", "encode_reports", "number_of", "object_of", "receipts_of"]

_T = TypeVar("_T")
_CURSOR_CHARACTERS = 900
_URGENT = 9
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CURE = "Ask those who run the centre to keep to the contract in cardprint-osia's README."


class ChangesAnswer(msgspec.Struct, frozen=True):
    """State an answer to ``GET changes``; its items are still undecoded, so that a bad one harms no other."""

    items: list[msgspec.Raw]
    """In the order in which they happened."""
    cursor: str
    """Where to go on."""
    more: bool
    """False: nothing lies after the cursor now."""


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    kind: Literal["new", "corrected", "granted", "renewed", "returned", "revoked", "verdict"]
    credential_request_id: str
    lease: str = ""
    until: str = ""
    verdict: str = "print-ready"
    credential_request: dict[str, Any] | None = None


class _Receipts(msgspec.Struct, frozen=True):
    receipts: list[Literal["accepted", "later", "refused"]]


@attrs.frozen(kw_only=True)
class Change:
    """State what has happened to a request."""

    kind: str
    """``new``, ``corrected``, ``granted``, ``renewed``, ``returned``, ``revoked`` or ``verdict``."""
    request_id: str
    """Which."""
    lease: str
    """The lease's own name."""
    until: date | None
    """The last business date of the lease; None: it has no end."""
    verdict: Verdict
    """The centre's finding."""
    request: CardRequest | None
    """The request, where the change carries it."""


class _BadFieldError(Exception):
    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.column = column
        self.rule = rule


def changes_of(body: bytes, *, limit: int) -> tuple[list[Change | Rejected], str, bool]:
    """Decode a page: changes, the cursor after them, whether there is more; SourceError for a bad one."""
    page = _decoded(ChangesAnswer, body, "changes")
    if not 0 < len(page.cursor) <= _CURSOR_CHARACTERS or len(page.items) > limit:
        raise SourceError("The centre's page has no good cursor, or more items than were asked for.", cure=_CURE)
    return [_change(raw, number) for number, raw in enumerate(page.items, 1)], page.cursor, page.more


def _change(raw: msgspec.Raw, number: int) -> Change | Rejected:
    try:
        item = msgspec.json.decode(raw, type=_Item)
        _check_lease(item)
        verdict = _keyword(Verdict, item.verdict, "verdict")
        request = None
        if item.kind in {"new", "corrected", "granted"}:
            request = _request(item.credential_request_id, item.credential_request or {}, verdict)
        until = _date(item.until, "until")
    except _BadFieldError as bad:
        return Rejected(line=number, column=bad.column, rule=bad.rule)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Rejected(line=number, column="", rule="x-bad-record")
    return Change(
        kind=item.kind,
        request_id=item.credential_request_id,
        lease=item.lease,
        until=until,
        verdict=verdict,
        request=request,
    )


def _check_lease(item: _Item) -> None:
    if item.kind in {"granted", "renewed", "returned"} and not item.lease:
        raise _BadFieldError("lease", "x-missing")


def _request(request_id: str, body: Mapping[str, Any], verdict: Verdict) -> CardRequest:
    data = _member(body, "requestData", dict, "requestData")
    others: dict[str, Any] = data.get("others") or {}
    if not isinstance(others, dict):
        raise _BadFieldError("others", "x-bad-record")
    priority = data.get("priority")
    if not isinstance(priority, int) or isinstance(priority, bool) or not 0 <= priority <= _URGENT:
        raise _BadFieldError("priority", "x-not-a-number")
    since = _date(others.get("waitingSince"), "waiting_since")
    needs = others.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise _BadFieldError("needs", "x-bad-record")
    fields = _member(body, "biographicData", dict, "fields")
    return CardRequest(
        request_id=request_id,
        subject_id=_member(body, "personId", str, "subject_id"),
        request_type=_keyword(RequestType, data.get("requestType"), "request_type"),
        reason=_optional(others, "reason"),
        priority=priority,
        waiting_since=since,
        kind=_member(data, "credentialProfileId", str, "kind"),
        needs=frozenset(needs),
        verdict=verdict,
        design=_optional(others, "design"),
        fields={name: value for name, value in fields.items() if isinstance(value, str)},
        photo=_photo(body),
    )


def _photo(body: Mapping[str, Any]) -> str:
    """Give the SHA-256 at the end of the face's ``imageRef``."""
    if not body.get("biometricData"):
        return ""
    for item in _member(body, "biometricData", list, "photo"):
        if isinstance(item, dict) and item.get("biometricType") == "FACE" and isinstance(item.get("imageRef"), str):
            digest: str = item["imageRef"].rpartition("/")[2]
            if not _SHA256.fullmatch(digest):
                raise _BadFieldError("photo", "x-bad-record")
            return digest
    return ""


def _member(body: Mapping[str, Any], name: str, kind: type[_T], column: str) -> _T:
    value = body.get(name)
    if not isinstance(value, kind):
        raise _BadFieldError(column, "x-missing" if value is None else "x-bad-record")
    return value


def _date(text: object, column: str) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        raise _BadFieldError(column, "x-not-a-date") from None


def _optional(body: Mapping[str, Any], name: str) -> str:
    return _member(body, name, str, name) if name in body else ""


_Keyword = TypeVar("_Keyword", RequestType, Verdict)


def _keyword(kind: type[_Keyword], value: object, column: str) -> _Keyword:
    try:
        return kind(value)
    except ValueError:
        raise _BadFieldError(column, "x-unknown-keyword") from None


def encode_reports(reports: list[OutcomeReport]) -> bytes:
    """Encode reports as they are posted."""
    return msgspec.json.encode({"reports": [attrs.asdict(report) for report in reports]})


def receipts_of(body: bytes, *, count: int) -> list[Receipt]:
    """Decode the answer to ``count`` reports; raise SourceError for one that is not to the contract."""
    receipts = _decoded(_Receipts, body, "outcomes").receipts
    if len(receipts) != count:
        raise SourceError(f"The centre gave {len(receipts)} receipts for {count} reports.", cure=_CURE)
    return [Receipt(receipt) for receipt in receipts]


def object_of(body: bytes, what: str) -> dict[str, Any]:
    """Decode a JSON object."""
    return _decoded(dict[str, Any], body, what)


def number_of(body: bytes, name: str) -> int:
    """Decode an answer whose member ``name`` is a count."""
    value = object_of(body, name).get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise SourceError(f"The centre's answer holds no count of what is {name}.", cure=_CURE)
    return value


def _decoded(kind: type[_T], body: bytes, what: str) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SourceError(f"The centre's answer to {what} is not to the contract.", cure=_CURE) from None
