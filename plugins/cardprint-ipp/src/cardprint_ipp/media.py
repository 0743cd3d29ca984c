"""The card as a medium: which of a printer's media is one, and how it is asked for (PWG 5101.1, 5100.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from cardprint_ipp.values import Attribute, Collection, Group, Tag

__all__ = ["CARD_HEIGHT", "CARD_WIDTH", "Medium", "find_medium", "medium_named"]

CARD_WIDTH = 5398
"""Hundredths of a millimetre: the short edge of a card (ISO/IEC 7810, ID-1)."""
CARD_HEIGHT = 8560
"""The long one."""
_TOLERANCE = 100
"""Names round: a printer that says `54x86mm` may mean 54.00 x 86.00 by it."""
_PER_MM = 100
_PER_INCH = 2540
_NAMED = re.compile(r"_(\d{1,4}(?:\.\d{1,3})?)x(\d{1,4}(?:\.\d{1,3})?)(mm|in)$")
_MEMBERS = (
    "media-size",
    "media-bottom-margin",
    "media-left-margin",
    "media-right-margin",
    "media-top-margin",
    "media-source",
    "media-type",
)


@attrs.frozen(kw_only=True)
class Medium:
    """Hold a medium of a card's size."""

    width: int
    """Hundredths of a millimetre across the feed."""
    height: int
    """Hundredths of a millimetre along it."""
    request: Attribute
    """What a job asks for it with: ``media-col`` or ``media``."""

    @property
    def name(self) -> str:
        """Give the name that PWG raster wants, made of the size (PWG 5101.1)."""
        return next(iter(self.request.words), "") or f"om_card_{self.width // _PER_MM}x{self.height // _PER_MM}mm"

    @property
    def upright(self) -> bool:
        """Say whether cards are fed by their short edge."""
        return self.width < self.height

    def pixels(self, dpi: int) -> tuple[int, int]:
        """Give width and height in pixels."""
        return round(self.width * dpi / _PER_INCH), round(self.height * dpi / _PER_INCH)


def find_medium(printer: Group) -> Medium | None:
    """Give what a printer has that is of a card's size: without margins if it can, and what is loaded first."""
    supported = frozenset(printer.words("media-col-supported"))
    found = list(_collections(printer)) if "media-size" in supported else []
    if not found:
        return next(_named(printer), None)
    collection, (width, height) = min(found, key=lambda each: _margins(each[0]))
    wanted = tuple(each for each in collection.members if each.name in supported & set(_MEMBERS))
    request = Attribute.of("media-col", Tag.BEGIN_COLLECTION, Collection(wanted))
    return Medium(width=width, height=height, request=request)


def medium_named(name: str) -> Medium:
    """Give the medium of a name that the configuration has; a card fed by its short edge where the name has no size."""
    width, height = _size_in(name) or (CARD_WIDTH, CARD_HEIGHT)
    return Medium(width=width, height=height, request=Attribute.of("media", Tag.KEYWORD, name))


def _collections(printer: Group) -> Iterator[tuple[Collection, tuple[int, int]]]:
    for name in ("media-col-ready", "media-col-default", "media-col-database"):
        found = printer.get(name)
        for collection in found.collections if found is not None else ():
            size = _size_of(collection)
            if size is not None:
                yield collection, size


def _margins(collection: Collection) -> int:
    """Give hundredths of a millimetre, all around."""
    members = (each for each in collection.members if each.name.endswith("-margin"))
    return sum(number for each in members for number in each.numbers)


def _named(printer: Group) -> Iterator[Medium]:
    for attribute in ("media-ready", "media-default", "media-supported"):
        for name in printer.words(attribute):
            size = _size_in(name)
            if size is not None and _is_card(*size) and not name.startswith("custom_m"):
                yield Medium(width=size[0], height=size[1], request=Attribute.of("media", Tag.KEYWORD, name))


def _size_of(collection: Collection) -> tuple[int, int] | None:
    found = collection.get("media-size")
    size = found.collections[0] if found is not None and found.collections else Collection()
    x, y = size.get("x-dimension"), size.get("y-dimension")
    if x is None or y is None or not x.numbers or not y.numbers:
        return None
    width, height = x.numbers[0], y.numbers[0]
    return (width, height) if _is_card(width, height) else None


def _size_in(name: str) -> tuple[int, int] | None:
    """Read the size that a name ends with (PWG 5101.1, 5)."""
    found = _NAMED.search(name)
    if found is None:
        return None
    unit = _PER_MM if found[3] == "mm" else _PER_INCH
    return round(float(found[1]) * unit), round(float(found[2]) * unit)


def _is_card(width: int, height: int) -> bool:
    short, long = sorted((width, height))
    return abs(short - CARD_WIDTH) <= _TOLERANCE and abs(long - CARD_HEIGHT) <= _TOLERANCE
