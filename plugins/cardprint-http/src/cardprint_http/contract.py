"""The JSON that travels, as types; the README says it in words."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Literal, TypeVar

import attrs
import msgspec

from cardprint.errors import SourceError
from cardprint.model import (
    CardRequest,
    Corrected,
    Item,
    New,
    OutcomeReport,
    Receipt,
    Rejected,
    RequestType,
    Revoked,
    Verdict,
    VerdictChanged,
)

__all__ = ["PageAnswer", "encode_reports", "item_of", "page_of", "receipts_of"]

_T = TypeVar("_T")
_CURSOR_CHARACTERS = 1024


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    subject_id: str
    request_type: RequestType = RequestType.FIRST_ISSUANCE
    reason: str = ""
    priority: int = 0
    waiting_since: date | None = None
    kind: str = "standard"
    needs: frozenset[str] = frozenset()
    verdict: Verdict = Verdict.PRINT_READY
    design: str = ""
    fields: dict[str, str] = {}
    photo: str = ""

    def request(self) -> CardRequest:
        """Give it as the model's value."""
        return CardRequest(**{name: getattr(self, name) for name in self.__struct_fields__})


class _New(msgspec.Struct, frozen=True, tag_field="kind", tag="new"):
    request: _Record


class _Corrected(msgspec.Struct, frozen=True, tag_field="kind", tag="corrected"):
    request: _Record


class _Revoked(msgspec.Struct, frozen=True, tag_field="kind", tag="revoked"):
    request_id: str


class _VerdictChanged(msgspec.Struct, frozen=True, tag_field="kind", tag="verdict"):
    request_id: str
    verdict: Verdict


class PageAnswer(msgspec.Struct, frozen=True):
    """State an answer to ``GET requests``; its items are still undecoded, so that a bad one harms no other."""

    items: list[msgspec.Raw]
    """In the order in which they happened."""
    cursor: str
    """Where to go on."""
    more: bool
    """False: nothing lies after the cursor now."""


class _Receipts(msgspec.Struct, frozen=True):
    receipts: list[Literal["accepted", "later", "refused"]]


_CURSOR = msgspec.json.Decoder(str)
_PAGE = msgspec.json.Decoder(PageAnswer)
_ITEM = msgspec.json.Decoder(_New | _Corrected | _Revoked | _VerdictChanged)
_RECEIPTS = msgspec.json.Decoder(_Receipts)
_PATH = re.compile(r"at `(?:key in )?\$([^`]*)`$")
_RULES = {
    "waiting_since": "x-not-a-date",
    "priority": "x-not-a-number",
    "request_type": "x-unknown-keyword",
    "verdict": "x-unknown-keyword",
    "kind": "x-unknown-keyword",
}
_MISSING = re.compile(r"missing required field `(\w+)`")
_CURE = "Ask those who run the server to keep to the contract in cardprint-http's README."


def page_of(body: bytes, *, limit: int) -> PageAnswer:
    """Decode a page; raise SourceError for one that is not to the contract."""
    page = _leniently(body) or _decoded(_PAGE, body, "requests")
    if not 0 < len(page.cursor) <= _CURSOR_CHARACTERS:
        raise SourceError("The server's page has an empty cursor, or one that is too long.", cure=_CURE)
    if len(page.items) > limit:
        raise SourceError(f"The server's page has {len(page.items)} items where {limit} were asked for.", cure=_CURE)
    return page


def _leniently(body: bytes) -> PageAnswer | None:
    """Decode a page in which msgspec refuses a string, so that only its item is lost; None for any other page."""
    try:
        return _PAGE.decode(body)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # A lone surrogate (``\ud800``) in one record would stop the source for good; the standard library reads over it.
    try:
        page = json.loads(body)
        items = [msgspec.Raw(json.dumps(item).encode()) for item in page["items"]]
        return PageAnswer(items=items, cursor=_CURSOR.decode(json.dumps(page["cursor"])), more=page["more"] is True)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def item_of(raw: msgspec.Raw, number: int) -> Item:
    """Decode an item, the ``number``-th of its page; Rejected, without any of its data, for a bad one."""
    try:
        item = _ITEM.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _rejected(str(error), number)
    if isinstance(item, _New):
        return New(request=item.request.request(), line=number)
    if isinstance(item, _Corrected):
        return Corrected(request=item.request.request(), line=number)
    if isinstance(item, _Revoked):
        return Revoked(request_id=item.request_id)
    return VerdictChanged(request_id=item.request_id, verdict=item.verdict)


def _rejected(message: str, number: int) -> Rejected:
    # The message may quote the value; only the path at its end and our own field's name are taken from it.
    missing = _MISSING.search(message)
    path = _PATH.search(message)
    column = missing[1] if missing else (path[1].split("[")[0].rpartition(".")[2] if path else "")
    if column not in _Record.__struct_fields__:
        column = ""
    rule = "x-missing" if missing else _RULES.get(column, "x-bad-record")
    return Rejected(line=number, column=column, rule=rule)


def encode_reports(reports: list[OutcomeReport]) -> bytes:
    """Encode reports as they are posted."""
    return msgspec.json.encode({"reports": [attrs.asdict(report) for report in reports]})


def receipts_of(body: bytes, *, count: int) -> list[Receipt]:
    """Decode the answer to ``count`` reports; raise SourceError for one that is not to the contract."""
    receipts = _decoded(_RECEIPTS, body, "outcomes").receipts
    if len(receipts) != count:
        raise SourceError(f"The server gave {len(receipts)} receipts for {count} reports.", cure=_CURE)
    return [Receipt(receipt) for receipt in receipts]


def _decoded(decoder: msgspec.json.Decoder[_T], body: bytes, path: str) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SourceError(f"The server's answer to {path} is not to the contract.", cure=_CURE) from None
