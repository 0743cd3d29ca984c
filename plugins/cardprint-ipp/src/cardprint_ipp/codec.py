"""IPP's bytes (RFC 8010, section 3): a message in, bytes out, and back. Pure, bounded, with one error.

What is well-formed as a whole is read, whatever its values are: an unknown tag, and a value that its syntax does not
allow, is kept as bytes. So one odd attribute of a printer does not make the printer unusable, and what was read is
written again byte for byte.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Mapping

from cardprint.errors import CardprintError
from cardprint_ipp.values import (
    Attribute,
    Collection,
    Content,
    Group,
    Localized,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
)

__all__ = ["MESSAGE_MAX", "CodecError", "decode", "encode"]

MESSAGE_MAX = 1 << 20
"""Bytes that a message may have: the whole description of a printer has some 20,000, and 500 jobs 200,000."""
_VALUE_MAX = 0x7FFF
"""Lengths are signed (RFC 8010, 3.1)."""
_DEPTH_MAX = 16
"""Collections in collections; those of PWG 5100.7 go three deep."""
_HEAD = struct.Struct(">BBHi")
_LENGTH = struct.Struct(">H")
_INTEGER = struct.Struct(">i")
_RESOLUTION = struct.Struct(">iiB")
_RANGE = struct.Struct(">ii")
_DATE = struct.Struct(">HBBBBBBcBB")
_DECISECOND = 100_000
_FIRST_VALUE = 0x10
_FIRST_SYNTAX = 0x20
_TEXTS = frozenset(range(0x40, 0x60)) - {Tag.MEMBER_NAME}


class CodecError(CardprintError):
    """Tell of bytes that are no IPP message, or of a message that has no bytes."""


def encode(message: Message) -> bytes:
    """Give the bytes of a message; a document may follow them. Raise CodecError for what IPP cannot say."""
    written = bytearray()
    try:
        written += _HEAD.pack(*message.version, message.code, message.request_id)
        for group in message.groups:
            if group.tag == Tag.END or not 0 <= group.tag < _FIRST_VALUE:
                raise CodecError(f"0x{group.tag:02x} is no tag of a group.")
            written.append(group.tag)
            for attribute in group.attributes:
                _write_attribute(written, attribute, 0)
    except (struct.error, ValueError, OverflowError) as error:
        raise CodecError(f"A message holds what IPP cannot say ({type(error).__name__}).") from None
    written.append(Tag.END)
    return bytes(written)


def decode(content: bytes) -> tuple[Message, bytes]:
    """Give the message that bytes begin with, and what follows it. Raise CodecError where they begin with none."""
    if len(content) < _HEAD.size:
        raise CodecError(f"{len(content)} bytes are no IPP message.")
    major, minor, code, request_id = _HEAD.unpack_from(content)
    reader = _Reader(content[:MESSAGE_MAX], _HEAD.size)
    groups: list[Group] = []
    while (tag := reader.tag()) != Tag.END:
        if tag >= _FIRST_VALUE:
            raise CodecError(f"An attribute stands before any group, at byte {reader.at}.")
        groups.append(Group(tag, tuple(_read_attributes(reader))))
    message = Message(version=(major, minor), code=code, request_id=request_id, groups=tuple(groups))
    return message, content[reader.at :]


class _Reader:
    """Walk over bytes and never beyond them."""

    def __init__(self, content: bytes, at: int) -> None:
        self._content = content
        self.at = at

    def tag(self) -> int:
        (tag,) = self._take(1)
        return tag

    def peek(self) -> int:
        tag = self.tag()
        self.at -= 1
        return tag

    def field(self) -> bytes:
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size))
        return self._take(length)

    def name(self) -> str:
        try:
            return self.field().decode("utf-8")
        except UnicodeDecodeError:
            raise CodecError(f"A name before byte {self.at} is no text.") from None

    def _take(self, length: int) -> bytes:
        end = self.at + length
        if length > _VALUE_MAX or end > len(self._content):
            raise CodecError(f"The message ends in the middle of something, at byte {self.at}.")
        taken = self._content[self.at : end]
        self.at = end
        return taken


def _read_attributes(reader: _Reader) -> list[Attribute]:
    """Read up to the next group, or the end."""
    found: list[tuple[str, list[Value]]] = []
    while (tag := reader.peek()) >= _FIRST_VALUE:
        reader.tag()
        name = reader.name()
        if name:
            found.append((name, []))
        elif not found:
            raise CodecError(f"A value without an attribute stands at byte {reader.at}.")
        found[-1][1].append(_read_value(reader, tag, 0))
    return [Attribute(name, tuple(values)) for name, values in found]


def _read_value(reader: _Reader, tag: int, depth: int) -> Value:
    raw = reader.field()
    if tag in {Tag.END_COLLECTION, Tag.MEMBER_NAME}:
        raise CodecError(f"The end or the member of a collection stands outside of any, before byte {reader.at}.")
    if tag != Tag.BEGIN_COLLECTION:
        return Value(tag, _content_of(tag, raw))
    if raw or depth == _DEPTH_MAX:
        raise CodecError(f"A collection begins wrongly, or too deep, before byte {reader.at}.")
    return Value(tag, _read_collection(reader, depth + 1))


def _read_collection(reader: _Reader, depth: int) -> Collection:
    members: list[tuple[str, list[Value]]] = []
    while True:
        tag, name = reader.tag(), reader.name()
        if name or tag < _FIRST_VALUE:
            raise CodecError(f"A collection does not end before byte {reader.at}.")
        if tag == Tag.MEMBER_NAME:
            members.append((reader.name(), []))
        elif tag == Tag.END_COLLECTION:
            if reader.field() or not all(values for _, values in members):
                raise CodecError(f"A collection ends wrongly before byte {reader.at}.")
            return Collection(tuple(Attribute(name, tuple(values)) for name, values in members))
        elif members:
            members[-1][1].append(_read_value(reader, tag, depth))
        else:
            raise CodecError(f"A collection's value has no name before byte {reader.at}.")


def _write_attribute(written: bytearray, attribute: Attribute, depth: int) -> None:
    if not attribute.name or not attribute.values:
        raise CodecError("An attribute has no name, or no value.")
    for number, value in enumerate(attribute.values):
        _write_value(written, value, attribute.name if number == 0 else "", depth)


def _write_value(written: bytearray, value: Value, name: str, depth: int) -> None:
    outside = {Tag.END_COLLECTION, Tag.MEMBER_NAME}
    if not _FIRST_VALUE <= value.tag <= 0xFF or value.tag in outside:  # noqa: PLR2004 - a byte
        raise CodecError(f"0x{value.tag:02x} is no tag of a value.")
    written.append(value.tag)
    _write_field(written, name.encode("utf-8"))
    if not isinstance(value.content, Collection):
        _write_field(written, _bytes_of(value.tag, value.content))
        return
    if value.tag != Tag.BEGIN_COLLECTION or depth == _DEPTH_MAX:
        raise CodecError("A collection has another tag, or stands too deep.")
    _write_field(written, b"")
    for member in value.content.members:
        if not member.values:
            raise CodecError("A member of a collection has no value.")
        written.append(Tag.MEMBER_NAME)
        _write_field(written, b"")
        _write_field(written, member.name.encode("utf-8"))
        for each in member.values:
            _write_value(written, each, "", depth + 1)
    written.append(Tag.END_COLLECTION)
    _write_field(written, b"")
    _write_field(written, b"")


def _write_field(written: bytearray, content: bytes) -> None:
    if len(content) > _VALUE_MAX:
        raise CodecError(f"A name or a value has {len(content):,} bytes; {_VALUE_MAX:,} are possible.")
    written += _LENGTH.pack(len(content)) + content


def _content_of(tag: int, raw: bytes) -> Content:
    """Read a value by its syntax; what cannot be written back just so is kept as it is."""
    try:
        content = _read_content(tag, raw)
        return content if _bytes_of(tag, content) == raw else raw
    except (ValueError, OverflowError, struct.error, CodecError):
        return raw


def _read_content(tag: int, raw: bytes) -> Content:
    if tag < _FIRST_SYNTAX:
        return raw or None
    if tag in _TEXTS:
        return raw.decode("utf-8")
    read = _READ.get(tag)
    return raw if read is None else read(raw)


def _bytes_of(tag: int, content: Content) -> bytes:
    if isinstance(content, bytes):
        return content
    if content is None and tag < _FIRST_SYNTAX:
        return b""
    if isinstance(content, str) and tag in _TEXTS:
        return content.encode("utf-8")
    kind, write = _WRITE.get(tag, (bytes, bytes))
    # A boolean is an integer to Python, and none to IPP.
    if not isinstance(content, kind) or (isinstance(content, bool) and kind is int):
        raise CodecError(f"A {type(content).__name__} has no bytes under the tag 0x{tag:02x}.")
    return write(content)


def _read_localized(raw: bytes) -> Localized:
    reader = _Reader(raw, 0)
    return Localized(reader.name(), reader.name())


def _write_localized(content: Localized) -> bytes:
    written = bytearray()
    _write_field(written, content.language.encode("utf-8"))
    _write_field(written, content.text.encode("utf-8"))
    return bytes(written)


def _read_date(raw: bytes) -> dt.datetime:
    *date, tenths, sign, hours, minutes = _DATE.unpack(raw)
    offset = dt.timedelta(hours=hours, minutes=minutes) * (-1 if sign == b"-" else 1)
    year, month, day, hour, minute, second = date
    zone = dt.timezone(offset)
    return dt.datetime(year, month, day, hour, minute, second, tenths * _DECISECOND, zone)


def _write_date(content: dt.datetime) -> bytes:
    offset = content.utcoffset()
    if offset is None:
        raise CodecError("A time has no zone.")
    sign = b"-" if offset < dt.timedelta() else b"+"
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    moment = content.timetuple()[:6]
    return _DATE.pack(*moment, content.microsecond // _DECISECOND, sign, hours, minutes)


_READ: Mapping[int, Callable[[bytes], Content]] = {
    Tag.INTEGER: lambda raw: int(_INTEGER.unpack(raw)[0]),
    Tag.ENUM: lambda raw: int(_INTEGER.unpack(raw)[0]),
    Tag.BOOLEAN: lambda raw: {b"\0": False, b"\1": True}.get(raw, raw),
    Tag.DATE_TIME: _read_date,
    Tag.RESOLUTION: lambda raw: Resolution(*_RESOLUTION.unpack(raw)),
    Tag.RANGE: lambda raw: Range(*_RANGE.unpack(raw)),
    Tag.TEXT_WITH_LANGUAGE: _read_localized,
    Tag.NAME_WITH_LANGUAGE: _read_localized,
}
_WRITE: Mapping[int, tuple[type, Callable[..., bytes]]] = {
    Tag.INTEGER: (int, _INTEGER.pack),
    Tag.ENUM: (int, _INTEGER.pack),
    Tag.BOOLEAN: (bool, lambda content: bytes([content])),
    Tag.DATE_TIME: (dt.datetime, _write_date),
    Tag.RESOLUTION: (Resolution, lambda content: _RESOLUTION.pack(content.across, content.along, content.unit)),
    Tag.RANGE: (Range, lambda content: _RANGE.pack(content.lower, content.upper)),
    Tag.TEXT_WITH_LANGUAGE: (Localized, _write_localized),
    Tag.NAME_WITH_LANGUAGE: (Localized, _write_localized),
}
