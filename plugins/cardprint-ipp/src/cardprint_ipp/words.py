"""IPP's keywords in cardprint's words: why a printer or a job is as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cardprint.model.printers import bare_reason

__all__ = ["STANDING", "job_reason", "printer_reasons", "standing"]

_OURS = frozenset(
    {
        "cover-open",
        "marker-supply-empty",
        "marker-supply-low",
        "media-empty",
        "media-jam",
        "media-low",
        "offline",
        "output-area-full",
    }
)
_SAME = {
    "door-open": "cover-open",
    "input-tray-missing": "media-empty",
    "interlock-open": "cover-open",
    "media-needed": "media-empty",
    "timed-out": "offline",
    "toner-empty": "marker-supply-empty",
    "toner-low": "marker-supply-low",
}
"""What means the same on a card printer."""
STANDING = frozenset(
    {
        "cover-open",
        "marker-supply-empty",
        "media-empty",
        "media-jam",
        "offline",
        "output-area-full",
        "x-ipp-moving-to-paused",
        "x-ipp-output-tray-missing",
        "x-ipp-paused",
        "x-ipp-shutdown",
        "x-ipp-spool-area-full",
        "x-ipp-stopping",
    }
)
"""With one of these no card is begun, whatever severity or state the printer gives beside it."""
_LETTERS = re.compile(r"[^a-z0-9]+")
_LONGEST = 60


def printer_reasons(keywords: Iterable[str]) -> tuple[str, ...]:
    """Give the words for ``printer-state-reasons``, each once, in their order."""
    return tuple(dict.fromkeys(_word(each) for each in keywords if each != "none"))


def job_reason(keyword: str) -> str:
    """Give the word for one of ``job-state-reasons``."""
    return _own(keyword)


def standing(keywords: Iterable[str]) -> tuple[str, ...]:
    """Give the words for which no card is begun: those of the list, and every other that is called an error."""
    return tuple(
        dict.fromkeys(
            word
            for each in keywords
            if each != "none" and ((word := _word(each)) in STANDING or each.endswith("-error"))
        )
    )


def _word(keyword: str) -> str:
    bare = bare_reason(keyword)
    same = _SAME.get(bare, bare)
    return same if same in _OURS else _own(bare)


def _own(keyword: str) -> str:
    """Make a keyword of our own of one that IPP, or a vendor, has."""
    letters = _LETTERS.sub("-", keyword.lower()).strip("-")[:_LONGEST].strip("-")
    return f"x-ipp-{letters or 'unnamed'}"
