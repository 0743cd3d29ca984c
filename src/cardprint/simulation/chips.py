"""A chip that is not there: a small file system behind APDUs (ISO/IEC 7816-4), with a key and a lock."""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["APPLICATION", "DATA_FILE", "KEY", "NUMBER_FILE", "ChipSilentError", "SimulatedChip"]

APPLICATION: Final = "F043415244"
"""The name (hex) of the application that an office's cards have; its first half byte F says that it is unregistered."""
NUMBER_FILE: Final = "2F02"
"""The file that holds the chip's number, 8 bytes; anybody may read it, nobody may write it."""
DATA_FILE: Final = "0101"
"""The file that holds the person's data, 256 bytes of 00 while it is blank."""
KEY: Final = "00112233445566778899AABBCCDDEEFF"
"""The key that lets the data be written; of simulated chips alone."""
_SIZE: Final = 256
_TRIES: Final = 3
_OK: Final = 0x9000
_WRONG_LENGTH, _DENIED, _BLOCKED, _NOT_NOW = 0x6700, 0x6982, 0x6983, 0x6985
_NO_FILE, _WRONG_PARAMETERS, _OUTSIDE, _NO_SUCH_COMMAND, _NO_SUCH_CLASS = 0x6A82, 0x6A86, 0x6B00, 0x6D00, 0x6E00
_READER: Final = 0xFF


class ChipSilentError(Exception):
    """Tell that the chip does not answer: it is dead, or its contacts are gone."""


@attrs.define(kw_only=True)
class SimulatedChip:
    """Answer as a chip; plain data, so that a world can be written down with it."""

    number: str
    """Its own number, 8 bytes in hex."""
    application: str = APPLICATION
    """The application it has."""
    key: str = KEY
    """The key that it wants to see, in hex."""
    data: str = "00" * _SIZE
    """What its data file holds, in hex."""
    locked: bool = False
    """True once the data file can never be written again."""
    tries: int = _TRIES
    """Wrong keys that it still bears."""
    commands: int | None = None
    """Commands that it still answers; None: any number."""
    done: int = 0
    """Commands that it has answered."""
    file: str = ""
    """The file that is selected; lost with its power."""
    verified: bool = False
    """True once the key was shown; lost with its power."""

    @property
    def refusal(self) -> str:
        """Say why it cannot be written, as a keyword; empty where it can."""
        if self.commands == 0:
            return "x-chip-failed"
        if self.application != APPLICATION:
            return "x-chip-wrong"
        return "" if not self.used else "x-chip-personalised"

    @property
    def used(self) -> bool:
        """Say whether its data file holds anything."""
        return bool(self.data.strip("0"))

    @property
    def text(self) -> str:
        """Give what the machine itself has written to it."""
        return bytes.fromhex(self.data).rstrip(b"\0").decode("utf-8", "replace")

    def hold(self, text: str) -> None:
        """Be written by the machine itself."""
        self.data = text.encode().hex().upper().ljust(2 * _SIZE, "0")

    def power(self) -> None:
        """Begin anew, as with every insertion."""
        self.file, self.verified = "", False

    def transmit(self, apdu: bytes) -> bytes:
        """Answer a command with data and a status word; raise ChipSilentError where it does not answer any more."""
        if self.commands is not None:
            if not self.commands:
                raise ChipSilentError
            self.commands -= 1
        self.done += 1
        answer, status = self._answer(apdu) if len(apdu) >= 4 else (b"", _WRONG_LENGTH)  # noqa: PLR2004 - a header
        return answer + status.to_bytes(2, "big")

    def _answer(self, apdu: bytes) -> tuple[bytes, int]:
        kind, instruction, first, second = apdu[:4]
        content = apdu[5 : 5 + apdu[4]] if len(apdu) > 5 else b""  # noqa: PLR2004 - header and length
        wanted = apdu[4] or 256 if len(apdu) == 5 else 0  # noqa: PLR2004 - the same
        if kind == _READER:
            return (bytes.fromhex(self.number), _OK) if instruction == 0xCA else (b"", _NO_SUCH_COMMAND)  # noqa: PLR2004
        if kind:
            return b"", _NO_SUCH_CLASS
        offset = int.from_bytes(apdu[2:4], "big")
        match instruction:
            case 0xA4:
                return b"", self._select(first, content)
            case 0x20:
                return b"", self._verify(second, content)
            case 0xB0:
                return self._read(offset, wanted)
            case 0xD6:
                return b"", self._update(offset, content)
            case 0x44:
                return b"", self._lock()
        return b"", _NO_SUCH_COMMAND

    def _select(self, by: int, name: bytes) -> int:
        if by == 0x04:  # noqa: PLR2004 - by the application's name
            self.power()
            if name.hex().upper() != self.application:
                return _NO_FILE
            self.file = "application"
            return _OK
        if by not in {0x00, 0x02}:
            return _WRONG_PARAMETERS
        if not self.file or name.hex().upper() not in {NUMBER_FILE, DATA_FILE}:
            return _NO_FILE
        self.file = name.hex().upper()
        return _OK

    def _verify(self, reference: int, key: bytes) -> int:
        if reference != 1 or not self.file:
            return _WRONG_PARAMETERS
        if not self.tries:
            return _BLOCKED
        if key.hex().upper() != self.key:
            self.tries -= 1
            return 0x63C0 + self.tries
        self.tries, self.verified = _TRIES, True
        return _OK

    def _content(self) -> bytes | None:
        return {NUMBER_FILE: bytes.fromhex(self.number), DATA_FILE: bytes.fromhex(self.data)}.get(self.file)

    def _read(self, offset: int, wanted: int) -> tuple[bytes, int]:
        content = self._content()
        if content is None:
            return b"", _NOT_NOW
        return (content[offset : offset + wanted], _OK) if offset < len(content) else (b"", _OUTSIDE)

    def _update(self, offset: int, content: bytes) -> int:
        if self.file != DATA_FILE or self.locked:
            return _NOT_NOW
        if not self.verified:
            return _DENIED
        if offset + len(content) > _SIZE:
            return _OUTSIDE
        data = bytearray.fromhex(self.data)
        data[offset : offset + len(content)] = content
        self.data = data.hex().upper()
        return _OK

    def _lock(self) -> int:
        """Activate the file (ISO/IEC 7816-9): from now on its access rules hold, and they let nobody write."""
        if self.file != DATA_FILE or not self.verified:
            return _DENIED
        self.locked = True
        return _OK
