"""Messages as bytes: frames of a length and a MessagePack value, plain values only, so that no byte can run code."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from cardprint.errors import CardprintError
from cardprint.model.messages import Command, Event

__all__ = ["COMMANDS", "EVENTS", "LARGEST", "WireError", "decode", "encode", "receive"]

LARGEST: Final = 1 << 20
"""Bytes of a frame's value at most; faces travel as files, so that no message comes near it."""
COMMANDS: Final[Mapping[str, type]] = {kind.__name__: kind for kind in get_args(Command)}
"""What the station says, by name."""
EVENTS: Final[Mapping[str, type]] = {kind.__name__: kind for kind in get_args(Event)}
"""What a host says, by name."""

_HEAD: Final = struct.Struct(">I")
_NAMED: Final = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_DECODERS: Final[dict[type, msgspec.msgpack.Decoder[Any]]] = {}


class WireError(CardprintError):
    """Tell of bytes that are no message, or of a value that no message can carry."""


def encode(message: object) -> bytes:
    """Give a message as a frame: four bytes of length, then its name and its value.

    Raises WireError for what is not made of plain values, and for more than ``LARGEST`` bytes.
    """
    try:
        value = msgspec.msgpack.encode((type(message).__name__, message), enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        # Its text may quote the value.
        raise WireError(f"a {type(message).__name__} holds what is no plain value ({type(error).__name__}).") from None
    if len(value) > LARGEST:
        raise WireError(f"a {type(message).__name__} has {len(value)} bytes; a message has {LARGEST} at most.")
    return _HEAD.pack(len(value)) + value


def decode(value: bytes, kinds: Mapping[str, type]) -> Any:  # noqa: ANN401 - one of the kinds, which the caller knows
    """Read a frame's value as one of ``kinds``, its fields held to their types; WireError for anything else."""
    try:
        name, raw = _NAMED.decode(value)
        kind = kinds.get(name)
        if kind is not None:
            return _decoder(kind).decode(raw)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise WireError(f"{len(value)} bytes are no message ({type(error).__name__}).") from None
    raise WireError("a message of an unknown kind came.")


def receive(connection: socket.socket) -> bytes | None:
    """Read a frame's value; None where the stream has ended between two frames.

    Raises WireError for a frame that is cut off or larger than ``LARGEST``, before any of it is kept; OSError where
    the connection fails.
    """
    head = _exactly(connection, _HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise WireError("a message's length was cut off.")
    (size,) = _HEAD.unpack(head)
    if size > LARGEST:
        raise WireError(f"a message of {size} bytes was announced; it has {LARGEST} at most.")
    value = _exactly(connection, size)
    if len(value) < size:
        raise WireError(f"a message was cut off after {len(value)} of {size} bytes.")
    return value


def _exactly(connection: socket.socket, size: int) -> bytes:
    read = bytearray()
    while len(read) < size:
        part = connection.recv(min(size - len(read), 1 << 16))
        if not part:
            break
        read += part
    return bytes(read)


def _decoder(kind: type) -> msgspec.msgpack.Decoder[Any]:
    if kind not in _DECODERS:
        _DECODERS[kind] = msgspec.msgpack.Decoder(kind, dec_hook=_path)
    return _DECODERS[kind]


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError
