"""The encoder: a person's fields in one file of a simulated chip, read back, compared and locked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cardprint.errors import CardprintError, EncodeError
from cardprint.plugin import CardChannel, ChipEncoder, PluginContext, read_secret
from cardprint_simulator.settings import EncoderSettings

__all__ = ["SimulatorEncoder"]

_APPLICATION: Final = bytes.fromhex("F043415244")
_NUMBER_FILE, _DATA_FILE = bytes.fromhex("2F02"), bytes.fromhex("0101")
_NUMBER_SIZE: Final = 8
_SIZE: Final = 256
"""Bytes of the data file; 00 where nothing was written."""
_AT_ONCE: Final = 128
"""Bytes of one command: a short APDU holds 255."""
_SIMULATED_KEY: Final = "00112233445566778899AABBCCDDEEFF"
"""The key of chips that do not exist; a real one is in a file."""
_OK: Final = b"\x90\x00"
_SELECT, _VERIFY, _READ, _UPDATE, _LOCK = 0xA4, 0x20, 0xB0, 0xD6, 0x44


class SimulatorEncoder(ChipEncoder):
    """Write simulated chips; the example to copy where a declared plan (cardprint-pcsc) does not do."""

    def __init__(self, settings: EncoderSettings | None, context: PluginContext) -> None:
        self._settings = settings or EncoderSettings()
        self._folder = context.folder

    def check(self, encoding: Mapping[str, str]) -> None:
        """Raise EncodeError for data that the file cannot hold."""
        _content(encoding)

    def ready(self) -> None:
        """Raise EncodeError where the key cannot be read."""
        self._key()

    def identify(self, channel: CardChannel) -> str:
        """Read the chip's number; a chip without the application is of another kind."""
        if not _ask(channel, _SELECT, 0x0400, _APPLICATION).endswith(_OK):
            raise EncodeError("the chip has another application.", reason="x-chip-wrong", written=False)
        _expect(_ask(channel, _SELECT, 0x0000, _NUMBER_FILE), "select its number", written=False)
        return _expect(_ask(channel, _READ, 0, wanted=_NUMBER_SIZE), "tell its number", written=False).hex().upper()

    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        """Write a blank chip, once: look, verify, write, read back, compare, lock."""
        content, key = _content(encoding), self._key()
        _expect(_ask(channel, _SELECT, 0x0000, _DATA_FILE), "select its data", written=False)
        if any(_read(channel, written=False)):
            raise EncodeError("the chip holds data already.", reason="x-chip-personalised", written=False)
        if not _ask(channel, _VERIFY, 0x0001, key).endswith(_OK):
            # Not tried again: a chip bears few wrong keys.
            raise EncodeError("the chip refuses the key.", reason="x-chip-wrong-key", written=False)
        for start in range(0, _SIZE, _AT_ONCE):
            _expect(_ask(channel, _UPDATE, start, content[start : start + _AT_ONCE]), "be written", written=True)
        if _read(channel, written=True) != content:
            raise EncodeError("the chip holds something else than was written.")
        _expect(_ask(channel, _LOCK, 0), "be locked", written=True)

    def _key(self) -> bytes:
        try:
            name = self._settings.key_file
            return bytes.fromhex(read_secret(self._folder / name, what="key") if name else _SIMULATED_KEY)
        except (CardprintError, ValueError):
            raise EncodeError("the chips' key cannot be read.", reason="x-no-key", written=False) from None


def _content(encoding: Mapping[str, str]) -> bytes:
    content = json.dumps(dict(encoding), ensure_ascii=False, sort_keys=True).encode("utf-8")
    if len(content) > _SIZE:
        raise EncodeError(f"{len(content)} bytes do not fit into {_SIZE}.", reason="x-chip-data", written=False)
    return content.ljust(_SIZE, b"\x00")


def _read(channel: CardChannel, *, written: bool) -> bytes:
    parts = (_ask(channel, _READ, start, wanted=_AT_ONCE) for start in range(0, _SIZE, _AT_ONCE))
    return b"".join(_expect(part, "be read", written=written) for part in parts)


def _ask(channel: CardChannel, instruction: int, parameters: int, content: bytes = b"", *, wanted: int = 0) -> bytes:
    head = bytes([0x00, instruction]) + parameters.to_bytes(2, "big")
    length = len(content) or wanted
    return channel.transmit(head + (bytes([length]) if length else b"") + content)


def _expect(response: bytes, what: str, *, written: bool) -> bytes:
    if not response.endswith(_OK):
        raise EncodeError(f"the chip cannot {what} (status {response[-2:].hex().upper()}).", written=written)
    return response[:-2]
