"""OSIA's search expressions: what may be asked, and the SQL that answers it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cardprint_centre.refused import Refused

__all__ = ["MOST", "chosen", "condition", "is_date", "is_moment", "no_more_than"]

MOST = 1000
"""Items in an answer. The standard has no pages, and an answer that is cut would say that there is no more."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SQL = {"=": "IS", "!=": "IS NOT", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


def is_date(text: object) -> bool:
    """Say whether it is a day of the calendar; what is no text is none of our business."""
    return not isinstance(text, str) or (_DATE.fullmatch(text) is not None and _is_real(text))


def is_moment(text: object) -> bool:
    """Say whether it is a date and time of RFC 3339; as in the standard's own example, an offset may be left out."""
    return not isinstance(text, str) or (_MOMENT.fullmatch(text) is not None and _is_real(text))


def condition(
    expressions: Sequence[Mapping[str, Any]], texts: Mapping[str, str], moments: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Give the SQL of expressions that all must hold, and its values; ``texts`` and ``moments`` have each its SQL.

    Moments are compared as moments, whatever their offsets (UTC where there is none). What an item lacks differs from
    every value, and is neither before nor after it.
    """
    parts, values = [], []
    for each in expressions:
        operator, value = _SQL[each["operator"]], str(each["value"])
        if each["attributeName"] in moments:
            parts.append(f"julianday({moments[each['attributeName']]}) {operator} julianday(?)")
            value = _in_utc(value)
        else:
            parts.append(f"{texts[each['attributeName']]} {operator} ?")
        values.append(value)
    return " AND ".join(parts) or "1", values


def no_more_than(found: Sequence[Any]) -> None:
    """Refuse an answer that would be too long."""
    if len(found) > MOST:
        raise Refused(400, f"More than {MOST} match; ask for fewer.")


def chosen(item: Mapping[str, Any], attributes: Sequence[str], always: Sequence[str] = ()) -> dict[str, Any]:
    """Give the attributes that were asked for, and those that the standard requires; all where none was asked for."""
    return {name: value for name, value in item.items() if not attributes or name in attributes or name in always}


def _is_real(text: str) -> bool:
    try:
        _in_utc(text)
    except (ValueError, OverflowError):
        return False
    return True


def _in_utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
