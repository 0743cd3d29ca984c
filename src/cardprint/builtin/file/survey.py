"""The first pass over a file: whether it is whole, which file it is, and which request ids come more than once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator

import attrs

from cardprint.builtin.file.containers import Container, OpenFile
from cardprint.builtin.file.faults import how_to_set
from cardprint.builtin.file.record import Record
from cardprint.builtin.file.requests import request_id_of
from cardprint.builtin.file.settings import FileSettings
from cardprint.model import Rejected

__all__ = ["FirstContents", "Survey", "survey"]

_BITS_LEAST = 16
_BITS_MOST = 27


@attrs.frozen(kw_only=True)
class Survey:
    """Say what the first pass has found."""

    digest: str
    """SHA-256 of the content, of the settings that decide how it is read, and of the photos' state."""
    records: int
    """Records, the rejected ones too."""
    repeated: frozenset[int]
    """Hashes of the request ids that may come more than once; few come once all the same."""


def survey(
    opened: OpenFile, container: Container, settings: FileSettings, read: Callable[[], Iterator[Record | Rejected]]
) -> Survey:
    """Read the whole file; raise InputError for whatever is wrong with it as a whole."""
    digest = hashlib.sha256(json.dumps(settings.reading()).encode())
    opened.digest_into(digest)
    seen = _SeenBefore(container.unpacked_bytes)
    repeated: set[int] = set()
    count = 0
    for record in read():
        count += 1
        if isinstance(record, Rejected):
            continue
        request_id = request_id_of(record.columns, settings.identity)
        if request_id and seen.add(hash(request_id)):
            repeated.add(hash(request_id))
            if len(repeated) > settings.limits.repeated_ids:
                raise container.name.fault(
                    f"more than {settings.limits.repeated_ids:,} request ids come more than once",
                    "Say which column names the request: " + how_to_set("columns", "request_id", "HEADER"),
                )
        reference = record.columns.get("photo", "").strip(" ")
        if reference:
            digest.update(container.trace(reference))
    opened.check_unchanged()
    return Survey(digest=digest.hexdigest(), records=count, repeated=frozenset(repeated))


class _SeenBefore:
    """Remember hashes in few bits (a Bloom filter): it forgets none, and seldom takes one for another.

    At 16 MB of bits for files of a gigabyte and more, memory stays flat however many records there are.
    """

    def __init__(self, unpacked_bytes: int) -> None:
        bits = min(max((unpacked_bytes // 8).bit_length(), _BITS_LEAST), _BITS_MOST)
        self._mask = (1 << bits) - 1
        self._bits = bytearray(1 << (bits - 3))

    def add(self, hashed: int) -> bool:
        """Remember a hash; True where it may have been there before."""
        known = True
        for place in (hashed & self._mask, (hashed >> 32) & self._mask):
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._bits[byte] & bit:
                known = False
                self._bits[byte] |= bit
        return known


class FirstContents:
    """Tell a request id's second record from its first, where the two differ."""

    def __init__(self, repeated: frozenset[int]) -> None:
        self._repeated = repeated
        self._first: dict[str, bytes] = {}

    def contradicts(self, request_id: str, record: Record) -> bool:
        """Tell whether an earlier record has the same id and other content; the first one stands."""
        if not request_id or hash(request_id) not in self._repeated:
            return False
        text = json.dumps(record.columns, sort_keys=True).encode()
        content = hashlib.blake2b(text, digest_size=16).digest()
        return self._first.setdefault(request_id, content) != content
