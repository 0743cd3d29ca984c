"""Values that a spreadsheet program has spoilt before it wrote them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["EXACT_BELOW", "RETYPE", "mangled", "may_be_mangled"]

EXACT_BELOW: Final = 1e15
"""A spreadsheet program keeps 15 digits of a number: from here on the last ones are lost."""
RETYPE: Final = "the spreadsheet rounded this number; format the column as text and type it again"
_EXPONENT = re.compile(r" *[+-]?[0-9]+(?:[.,][0-9]+)?E\+[0-9]{2,3} *")
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})


def may_be_mangled(text: str) -> bool:
    """Tell at a glance whether a value in a row that was put together to one text is worth a look."""
    return "E+" in text or "#" in text


def mangled(text: str) -> tuple[str, str] | None:
    """Give the rule that a value breaks and what to do: ``3,27601E+15`` was rounded, ``#REF!`` is an error."""
    if "E+" in text and _EXPONENT.fullmatch(text):
        return "x-rounded-number", RETYPE
    if text.startswith("#") and text in _ERRORS:
        return "x-cell-error", "mend the formula, or type the value"
    return None
