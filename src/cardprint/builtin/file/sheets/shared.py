"""The texts that the cells of a workbook share, measured before they are read."""

from __future__ import annotations

import re
import zipfile

import attrs

from cardprint.builtin.file.settings import FileLimits
from cardprint.builtin.file.sheets.parts import Parts

__all__ = ["SharedTexts", "look_through"]

_ITEM = re.compile(rb"<(?:[^\s<>/:]+:)?si(?=[\s/>])")
_END = re.compile(rb"(?:</(?:[^\s<>/:]+:)?sst\s*>|<(?:[^\s<>/:]+:)?sst(?:\s[^<>]*)?/>)\s*\Z")
_ITEM_BYTES = 1024 * 1024
_OVERLAP = 256


@attrs.frozen(kw_only=True)
class SharedTexts:
    """Say how many texts there are, and how much they may take."""

    count: int = 0
    """Texts."""
    longest: int = 0
    """Bytes of the longest one, its XML included."""
    bytes: int = 0
    """Bytes of all of them."""


def look_through(parts: Parts, part: zipfile.ZipInfo | None, limits: FileLimits) -> SharedTexts:
    """Measure the texts; raise InputError for more than may be held."""
    if part is None:
        return SharedTexts()
    if part.file_size > limits.shared_bytes:
        raise _too_much(parts, f"more than {limits.shared_bytes:,} bytes")
    count = carried = longest = 0
    rest = b""
    for chunk in parts.chunks(part):
        rest += chunk
        found = [match.start() for match in _ITEM.finditer(rest)]
        if found:
            places = [0, *found]
            longest = max(longest, *(end - start for start, end in zip(places, found, strict=False)))
            # The last one is measured once it is whole, and found again with what follows it.
            count += len(found) - carried
            carried = 1
            rest = rest[found[-1] :]
        if len(rest) > _ITEM_BYTES:
            raise parts.broken("one of its texts is longer than a cell can hold")
        if count > limits.shared_texts:
            raise _too_much(parts, f"more than {limits.shared_texts:,}")
    if not _END.search(rest[-_OVERLAP:]):
        raise parts.broken("its texts do not end")
    return SharedTexts(count=count, longest=max(longest, len(rest)), bytes=part.file_size)


def _too_much(parts: Parts, what: str) -> Exception:
    return parts.beyond(f"its cells share {what} different texts", "Split it, or save the sheet as CSV (UTF-8).")
