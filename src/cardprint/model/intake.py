"""What the core itself asks of every request, whatever source it comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from cardprint.model.requests import CardRequest
from cardprint.model.text import flaw_of, shape_of

__all__ = ["Fault", "check_request"]

REQUEST_ID_CHARACTERS = 128
SUBJECT_ID_CHARACTERS = 128
FIELD_NAME_CHARACTERS = 64
FIELD_CHARACTERS = 4096
FIELDS = 256
REQUEST_CHARACTERS = 65_536
HIGHEST_PRIORITY = 9

_KEYWORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_DESIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Fault:
    """State a rule that a request breaks, without the person's data."""

    column: str
    """The request's attribute, or the name of one of its fields; empty for the request as a whole."""
    rule: str
    """A keyword, for example ``x-subject-id-pattern``."""
    shape: str = ""
    """The value's shape, for example ``15 digits``; never the value."""


def check_request(request: CardRequest, pattern: re.Pattern[str]) -> tuple[Fault, ...]:
    """Give what is wrong with a request, nothing where all is well; ``pattern`` is the subject id's.

    At most one fault for each attribute and field. Bounds: request id and subject id 128 characters, 256 fields
    with names of 64 and values of 4,096 characters, 65,536 characters in all.
    """
    return () if _plainly_right(request, pattern) else tuple(_faults(request, pattern))


def _plainly_right(request: CardRequest, pattern: re.Pattern[str]) -> bool:
    """Say whether a request is right by a look at all its texts together; where it is not, ``_faults`` has the word.

    Of an import nearly every record is right, and one look at a joined text costs a tenth of looks at its parts.
    """
    fields, request_id, subject_id = request.fields, request.request_id, request.subject_id
    try:
        text = "".join((request_id, subject_id, *fields, *fields.values()))
    except TypeError:
        return False
    return (
        len(text) <= FIELD_CHARACTERS
        and text.isprintable()
        and 0 < len(request_id) <= REQUEST_ID_CHARACTERS
        and 0 < len(subject_id) <= SUBJECT_ID_CHARACTERS
        and len(fields) <= FIELDS
        and "" not in fields
        and max(map(len, fields), default=0) <= FIELD_NAME_CHARACTERS
        and 0 <= request.priority <= HIGHEST_PRIORITY
        and all(map(_KEYWORD.fullmatch, (request.kind, *request.needs)))
        and (not request.reason or _KEYWORD.fullmatch(request.reason) is not None)
        and (not request.design or _DESIGN.fullmatch(request.design) is not None)
        and (not request.photo or _SHA256.fullmatch(request.photo) is not None)
        and pattern.fullmatch(subject_id) is not None
    )


def _faults(request: CardRequest, pattern: re.Pattern[str]) -> Iterator[Fault]:
    yield from _identifier("request_id", request.request_id, REQUEST_ID_CHARACTERS)
    yield from _subject(request.subject_id, pattern)
    yield from _priority(request.priority)
    yield from _matching("reason", request.reason, _KEYWORD, "x-keyword", required=False)
    yield from _matching("kind", request.kind, _KEYWORD, "x-keyword", required=True)
    for need in sorted(request.needs):
        yield from _matching("needs", need, _KEYWORD, "x-keyword", required=True)
    yield from _matching("design", request.design, _DESIGN, "x-design-name", required=False)
    yield from _matching("photo", request.photo, _SHA256, "x-photo-digest", required=False)
    yield from _fields(request.fields)


def _identifier(column: str, value: object, bound: int) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(column=column, rule="x-not-text")
    elif not value:
        yield Fault(column=column, rule="x-missing", shape="empty")
    elif len(value) > bound:
        yield Fault(column=column, rule="x-too-long", shape=f"{len(value)} characters")
    else:
        flaw = flaw_of(value)
        if flaw:
            yield Fault(column=column, rule=flaw, shape=shape_of(value))


def _subject(value: str, pattern: re.Pattern[str]) -> Iterator[Fault]:
    # The length comes first: a pattern that backtracks sees no long text.
    faults = tuple(_identifier("subject_id", value, SUBJECT_ID_CHARACTERS))
    yield from faults
    if not faults and not pattern.fullmatch(value):
        yield Fault(column="subject_id", rule="x-subject-id-pattern", shape=shape_of(value))


def _priority(value: int) -> Iterator[Fault]:
    if not 0 <= value <= HIGHEST_PRIORITY:
        yield Fault(column="priority", rule="x-out-of-range", shape="a number")


def _matching(column: str, value: str, pattern: re.Pattern[str], rule: str, *, required: bool) -> Iterator[Fault]:
    if not value:
        if required:
            yield Fault(column=column, rule="x-missing", shape="empty")
    elif not pattern.fullmatch(value):
        yield Fault(column=column, rule=flaw_of(value) or rule, shape=shape_of(value))


def _fields(fields: Mapping[str, str]) -> Iterator[Fault]:
    if len(fields) > FIELDS:
        yield Fault(column="", rule="x-too-many-fields", shape=f"{len(fields)} fields")
        return
    if _characters(fields.items()) > REQUEST_CHARACTERS:
        yield Fault(column="", rule="x-too-long", shape="all fields together")
    for name, value in fields.items():
        yield from _field(name, value)


def _characters(pairs: Iterable[tuple[object, object]]) -> int:
    return sum(len(part) for pair in pairs for part in pair if isinstance(part, str))


def _field(name: object, value: object) -> Iterator[Fault]:
    if not isinstance(name, str) or not isinstance(value, str):
        yield Fault(column="fields", rule="x-not-text")
    elif not 0 < len(name) <= FIELD_NAME_CHARACTERS or flaw_of(name):
        yield Fault(column="fields", rule="x-field-name", shape=shape_of(name))
    elif len(value) > FIELD_CHARACTERS:
        yield Fault(column=name, rule="x-too-long", shape=f"{len(value)} characters")
    else:
        flaw = flaw_of(value)
        if flaw:
            yield Fault(column=name, rule=flaw, shape=shape_of(value))
