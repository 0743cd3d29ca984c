"""Command APDUs (ISO/IEC 7816-4) and the ways of a chip to answer them."""

from __future__ import annotations

from typing import Final

from cardprint.plugin import CardChannel

__all__ = ["OK", "activate", "exchange", "read_binary", "select_application", "select_file", "uid", "update", "verify"]

OK: Final = 0x9000
_AT_ONCE: Final = 0xFF
_MORE, _OTHER_LENGTH = 0x61, 0x6C
_MOST_PARTS: Final = 300


def select_application(name: bytes) -> bytes:
    """Select an application by its name (7.1.1, P1 04); no file control information is asked for."""
    return bytes([0x00, 0xA4, 0x04, 0x0C, len(name)]) + name


def select_file(identifier: bytes) -> bytes:
    """Select an elementary file of the application by its identifier (P1 02)."""
    return bytes([0x00, 0xA4, 0x02, 0x0C, len(identifier)]) + identifier


def verify(reference: int, key: bytes) -> bytes:
    """Show a key (7.5.6)."""
    return bytes([0x00, 0x20, 0x00, reference, len(key)]) + key


def read_binary(offset: int, length: int) -> bytes:
    """Read from the selected file (7.2.3)."""
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes([length])


def update(offset: int, content: bytes) -> bytes:
    """Write to the selected file (7.2.5)."""
    return b"\x00\xd6" + offset.to_bytes(2, "big") + bytes([len(content)]) + content


def activate() -> bytes:
    """Activate the selected file (ISO/IEC 7816-9): from then on its access rules hold."""
    return b"\x00\x44\x00\x00"


def uid() -> bytes:
    """Ask the reader for the number of a contactless chip (PC/SC part 3, 3.2.2.1.3)."""
    return b"\xff\xca\x00\x00\x00"


def exchange(channel: CardChannel, command: bytes) -> tuple[bytes, int]:
    """Send a command and give the whole answer with its status word, whatever way the protocol T=0 takes."""
    answer, status = _sent(channel, command)
    if status >> 8 == _OTHER_LENGTH and len(command) == 5:  # noqa: PLR2004 - header and length
        answer, status = _sent(channel, command[:4] + bytes([status & 0xFF]))
    whole = answer
    for _ in range(_MOST_PARTS):
        if status >> 8 != _MORE:
            break
        answer, status = _sent(channel, b"\x00\xc0\x00\x00" + bytes([status & 0xFF]))
        whole += answer
    return whole, status


def _sent(channel: CardChannel, command: bytes) -> tuple[bytes, int]:
    response = channel.transmit(command)
    return response[:-2], int.from_bytes(response[-2:], "big")
