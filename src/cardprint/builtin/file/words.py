"""What the words in a file's cells mean: types of request with the reasons they imply, reasons, verdicts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from cardprint.builtin.file.columns import normalise
from cardprint.model import RequestType, Verdict

__all__ = ["REASONS", "REQUEST_TYPES", "VERDICTS", "known_words", "reason_of", "request_type_of", "verdict_of"]

_LOST = (RequestType.REPLACEMENT, "lost")
_DAMAGED = (RequestType.REPLACEMENT, "damaged")
_CHANGED = (RequestType.REPLACEMENT, "data-change")

REQUEST_TYPES: Final[Mapping[str, tuple[RequestType, str]]] = {
    **{normalise(kind.value): (kind, "") for kind in RequestType},
    "first": (RequestType.FIRST_ISSUANCE, ""),
    "new": (RequestType.FIRST_ISSUANCE, ""),
    "baru": (RequestType.FIRST_ISSUANCE, ""),
    "perpanjangan": (RequestType.RENEWAL, ""),
    "penggantian": (RequestType.REPLACEMENT, ""),
    "lost": _LOST,
    "hilang": _LOST,
    "damaged": _DAMAGED,
    "rusak": _DAMAGED,
    "data_change": _CHANGED,
    "perubahan_data": _CHANGED,
    "lainnya": (RequestType.OTHER, ""),
}
"""Type of request, and the reason it implies, by word; words are compared as headers are."""
REASONS: Final[Mapping[str, str]] = {
    "hilang": "lost",
    "rusak": "damaged",
    "perubahan_data": "data-change",
    "data_change": "data-change",
}
"""Our keyword by word, where they differ; any other reason is a keyword of the office's own."""
VERDICTS: Final[Mapping[str, Verdict]] = {normalise(verdict.value): verdict for verdict in Verdict}
"""Verdict by word."""

# A column has few different words, and a million rows.


@functools.lru_cache(maxsize=256)
def request_type_of(word: str) -> tuple[RequestType, str] | None:
    """Give the type of request that a word means, with the reason it implies; None for a word nobody knows."""
    return REQUEST_TYPES.get(normalise(word))


@functools.lru_cache(maxsize=256)
def reason_of(word: str) -> str:
    """Give a reason as a keyword: ours for the words of ``REASONS``, else the word itself in small letters."""
    return REASONS.get(normalise(word)) or word.lower()


@functools.lru_cache(maxsize=256)
def verdict_of(word: str) -> Verdict | None:
    """Give the verdict that a word means; None for a word nobody knows."""
    return VERDICTS.get(normalise(word))


def known_words(column: str) -> str:
    """List the words that are read in a column."""
    return ", ".join({"request_type": REQUEST_TYPES, "verdict": VERDICTS}[column])
