"""What a cell says, as text."""

from __future__ import annotations

import datetime as dt

import attrs

from cardprint.builtin.file.mangled import EXACT_BELOW, RETYPE, mangled

__all__ = ["BadCellError", "text_of"]

_FIRST_DATE = dt.date(1900, 3, 1)
_MIDNIGHT = dt.time()


@attrs.frozen
class BadCellError(Exception):
    """Tell that a value cannot be taken, by the rule that it breaks and what to do about it."""

    rule: str
    cure: str


def text_of(value: object) -> str:
    """Give a value as its cell shows it: digits, or a date as 2026-01-31; raise BadCellError for others."""
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        day = _date(value.date())
        return day if value.time() == _MIDNIGHT else f"{day} {value.time().isoformat('seconds')}"
    if isinstance(value, dt.date):
        return _date(value)
    if isinstance(value, str):
        rule = mangled(value)
        if rule:
            raise BadCellError(*rule)
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return _number(value)
    raise BadCellError("x-not-text", "a time without a date; format the column as text and type it again")


def _number(value: float) -> str:
    # Infinity and what is no number fall through here too.
    if not abs(value) < EXACT_BELOW:
        raise BadCellError("x-rounded-number", RETYPE)
    if value == int(value):
        return str(int(value))
    # What the spreadsheet program shows: it keeps 15 digits, and a double has some more.
    return format(value, ".15g")


def _date(value: dt.date) -> str:
    if value < _FIRST_DATE:
        # Day 60 of 1900 never was, and programs differ about the days before it.
        raise BadCellError("x-not-a-date", "a date before March 1900; format the column as text and type it again")
    return value.isoformat()
