"""Ribbons and films: what is left of them, where a printer counts in cards."""

from __future__ import annotations

from collections.abc import Iterator

from cardprint.model import Supply
from cardprint_ipp.values import Group

__all__ = ["read_supplies"]

_CARDS = frozenset({"7", "8", "impressions", "sheets"})
"""Units of RFC 3805 (PrtMarkerSuppliesSupplyUnitTC) that are one for a card; all others are no count of cards."""


def read_supplies(group: Group) -> tuple[Supply, ...]:
    """Read ``printer-supply`` (PWG 5100.13, 5.6.43), else CUPS's ``marker-names``, which know per cent alone."""
    found = group.get("printer-supply")
    contents = [each.content for each in found.values] if found is not None else []
    texts = [each.decode("utf-8", "replace") for each in contents if isinstance(each, bytes)]
    names = group.words("printer-supply-description") or group.words("marker-names")
    if not texts:
        return tuple(Supply(name=name) for name in names)
    return tuple(_supply(dict(_fields(text)), names[number : number + 1]) for number, text in enumerate(texts))


def _supply(fields: dict[str, str], names: tuple[str, ...]) -> Supply:
    name = names[0] if names else fields.get("colorantname") or fields.get("type", "")
    if fields.get("unit") not in _CARDS:
        return Supply(name=name)
    return Supply(name=name, remaining=_count(fields, "level"), capacity=_count(fields, "maxcapacity"))


def _count(fields: dict[str, str], key: str) -> int | None:
    text = fields.get(key, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        key, found, value = part.partition("=")
        if found:
            yield key.strip().lower(), value.strip()
