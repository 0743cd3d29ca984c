"""Data objects as BER-TLV (ISO/IEC 7816-4, 5.2.2; ISO/IEC 8825-1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["data_object", "data_objects", "tag_of"]

_LONGEST_TAG: Final = 3
_CONTINUES: Final = 0x1F
_SHORT: Final = 0x80
_ONE_BYTE: Final = 0x100
_TWO_BYTES: Final = 0x10000


def tag_of(text: str) -> bytes:
    """Give a tag written in hex; ValueError for what is none: one byte, or two or three that begin as such do."""
    tag = bytes.fromhex(text)
    first, rest = tag[:1], tag[1:]
    longer = bool(first) and first[0] & _CONTINUES == _CONTINUES
    ends = all(byte >> 7 for byte in rest[:-1]) and (not rest or not rest[-1] >> 7)
    ends = ends and (not rest or rest[0] & ~_SHORT != 0)
    if not 1 <= len(tag) <= _LONGEST_TAG or longer != bool(rest) or not ends or tag in {b"\x00", b"\xff"}:
        raise ValueError(f"{text!r} is no tag")
    return tag


def data_object(tag: bytes, value: bytes) -> bytes:
    """Give one data object; ValueError for a value of 64 KB or more."""
    size = len(value)
    if size < _SHORT:
        length = bytes([size])
    elif size < _ONE_BYTE:
        length = bytes([0x81, size])
    elif size < _TWO_BYTES:
        length = b"\x82" + size.to_bytes(2, "big")
    else:
        raise ValueError("the value is too long for a chip")
    return tag + length + value


def data_objects(values: Iterable[tuple[str, str]]) -> bytes:
    """Give data objects of texts in UTF-8, each with its tag in hex, in order."""
    return b"".join(data_object(tag_of(tag), text.encode("utf-8")) for tag, text in values)
