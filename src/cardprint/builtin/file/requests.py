"""A card request out of a record."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import attrs

from cardprint.builtin.file.record import Record
from cardprint.builtin.file.words import known_words, reason_of, request_type_of, verdict_of
from cardprint.model import CardRequest, Rejected, RequestType, Verdict
from cardprint.model.text import shape_of

__all__ = ["request_id_of", "request_of"]

_T = TypeVar("_T")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_CHARACTERS = 10
# A spreadsheet writes a whole number as 5, 5.0 or 5,00, as its country and the column's format have it.
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,]0{1,9})?")
_SEPARATORS = re.compile(r"[ \t;,]+")
_ID_SEPARATOR = "\x1f"
_ID_DIGITS = 32
_FIRST = (RequestType.FIRST_ISSUANCE, "")


@attrs.frozen
class _BadValueError(Exception):
    column: str
    rule: str
    value: str = attrs.field(repr=False)
    known: str = ""


def request_id_of(columns: Mapping[str, str], identity: Sequence[str]) -> str:
    """Give a record's request id, empty where it has none.

    A record without one gets the first 32 hexadecimal digits of the SHA-256 of its identity columns' values,
    joined by U+001F: the same in every file, and not the person's number itself.
    """
    given = columns.get("request_id", "").strip(" ")
    if given or not columns.get("subject_id", "").strip(" "):
        return given
    values = [_identity_value(column, columns.get(column, "").strip(" ")) for column in identity]
    text = _ID_SEPARATOR.join(values).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:_ID_DIGITS]


def _identity_value(column: str, value: str) -> str:
    if column != "request_type":
        return value
    # One type has one name, however a file writes it.
    known = request_type_of(value) if value else _FIRST
    return known[0].value if known else value


def request_of(record: Record, identity: Sequence[str]) -> tuple[CardRequest, str] | Rejected:
    """Give a record as a request and the name of its photo, or say what cannot be converted.

    What the values may be is the station's to check; here only their kinds are.
    """
    request_id = request_id_of(record.columns, identity)
    fields = dict(record.columns)
    fields.pop("request_id", None)
    subject_id = fields.pop("subject_id", "").strip(" ")
    if not subject_id:
        return Rejected(line=record.line, column="subject_id", rule="x-missing", shape="empty")
    reference = fields.pop("photo", "").strip(" ")
    reason = fields.pop("reason", "").strip(" ")
    try:
        request_type, implied = _converted(fields, "request_type", _request_type, _FIRST)
        request = CardRequest(
            request_id=request_id,
            subject_id=subject_id,
            request_type=request_type,
            reason=reason_of(reason) if reason else implied,
            priority=_converted(fields, "priority", _number, 0),
            waiting_since=_converted(fields, "waiting_since", _date, None),
            kind=fields.pop("kind", "").strip(" ") or "standard",
            needs=_needs(fields.pop("needs", "")),
            verdict=_converted(fields, "verdict", _verdict, Verdict.PRINT_READY),
            design=fields.pop("design", "").strip(" "),
            fields=fields,
        )
    except _BadValueError as bad:
        shape = shape_of(bad.value) + (f"; known: {bad.known}" if bad.known else "")
        return Rejected(line=record.line, column=bad.column, rule=bad.rule, shape=shape)
    return request, reference


def _needs(value: str) -> frozenset[str]:
    return frozenset(filter(None, _SEPARATORS.split(value))) if value else frozenset()


def _converted(fields: dict[str, str], column: str, convert: Callable[[str, str], _T], default: _T) -> _T:
    value = fields.pop(column, "").strip(" ")
    return convert(column, value) if value else default


def _request_type(column: str, value: str) -> tuple[RequestType, str]:
    known = request_type_of(value)
    if known is None:
        raise _BadValueError(column, "x-unknown-keyword", value, known_words(column))
    return known


def _verdict(column: str, value: str) -> Verdict:
    verdict = verdict_of(value)
    if verdict is None:
        raise _BadValueError(column, "x-unknown-keyword", value, known_words(column))
    return verdict


def _number(column: str, value: str) -> int:
    whole = _NUMBER.fullmatch(value)
    if not whole:
        raise _BadValueError(column, "x-not-a-number", value)
    return int(whole[1])


def _date(column: str, value: str) -> date:
    found = _day(value) if len(value) == _DATE_CHARACTERS else None
    if found is None:
        raise _BadValueError(column, "x-not-a-date", value)
    return found


@functools.lru_cache(maxsize=4096)
def _day(value: str) -> date | None:
    """Give a date; a file has few different ones."""
    try:
        return date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        return None
