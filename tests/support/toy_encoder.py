"""A good chip encoder for simulated chips, and bad ones for each rule of the suite."""

from __future__ import annotations

from collections.abc import Mapping

from cardprint.errors import DriverError, EncodeError
from cardprint.plugin import CardChannel, ChipEncoder
from cardprint.simulation.chips import APPLICATION, DATA_FILE, KEY, NUMBER_FILE

__all__ = ["BAD_ENCODERS", "ToyEncoder"]

OK = b"\x90\x00"
SIZE = 250


class ToyEncoder(ChipEncoder):
    """Write all fields, one after the other, into the data file."""

    def check(self, encoding: Mapping[str, str]) -> None:
        if len(self.content(encoding)) > SIZE:
            raise EncodeError("too much.", reason="x-chip-data", written=False)

    def identify(self, channel: CardChannel) -> str:
        self.select(channel)
        self.ask(channel, b"\x00\xa4\x00\x00\x02" + bytes.fromhex(NUMBER_FILE))
        return self.ask(channel, b"\x00\xb0\x00\x00\x08").hex().upper()

    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        content = self.content(encoding)
        self.ask(channel, b"\x00\xa4\x00\x00\x02" + bytes.fromhex(DATA_FILE))
        self.look(channel)
        self.show_key(channel)
        self.put(channel, content)
        self.compare(channel, content)

    def content(self, encoding: Mapping[str, str]) -> bytes:
        return "\n".join(encoding.values()).encode()

    def select(self, channel: CardChannel) -> None:
        name = bytes.fromhex(APPLICATION)
        self.ask(channel, b"\x00\xa4\x04\x00" + bytes([len(name)]) + name)

    def look(self, channel: CardChannel) -> None:
        if any(self.ask(channel, b"\x00\xb0\x00\x00" + bytes([SIZE]))):
            raise EncodeError("it is used.", reason="x-chip-personalised", written=False)

    def show_key(self, channel: CardChannel) -> None:
        self.ask(channel, b"\x00\x20\x00\x01\x10" + bytes.fromhex(KEY))

    def put(self, channel: CardChannel, content: bytes) -> None:
        self.ask(channel, b"\x00\xd6\x00\x00" + bytes([len(content)]) + content, written=True)

    def compare(self, channel: CardChannel, content: bytes) -> None:
        if self.ask(channel, b"\x00\xb0\x00\x00" + bytes([len(content)]), written=True) != content:
            raise EncodeError("it holds something else.")

    def ask(self, channel: CardChannel, command: bytes, *, written: bool = False) -> bytes:
        try:
            answer = channel.transmit(command)
        except EncodeError:
            raise EncodeError("it is silent.", written=written) from None
        if not answer.endswith(OK):
            raise EncodeError("it refuses.", written=written)
        return answer[:-2]


class _OneNumber(ToyEncoder):
    def identify(self, channel: CardChannel) -> str:
        super().identify(channel)
        return "1"


class _Early(ToyEncoder):
    def identify(self, channel: CardChannel) -> str:
        number = super().identify(channel)
        self.ask(channel, b"\x00\xa4\x00\x00\x02" + bytes.fromhex(DATA_FILE))
        self.show_key(channel)
        self.put(channel, b"\x01")
        self.put(channel, b"\x01")
        return number

    def look(self, channel: CardChannel) -> None:
        """Find what it has written itself."""


class _Idle(ToyEncoder):
    def put(self, channel: CardChannel, content: bytes) -> None:
        """Leave it."""

    def compare(self, channel: CardChannel, content: bytes) -> None:
        """Believe it."""


class _Trusting(ToyEncoder):
    def compare(self, channel: CardChannel, content: bytes) -> None:
        """Believe it."""


class _Other(ToyEncoder):
    def ask(self, channel: CardChannel, command: bytes, *, written: bool = False) -> bytes:
        answer = channel.transmit(command)
        if not answer.endswith(OK):
            raise ValueError(answer)
        return answer[:-2]


class _Innocent(ToyEncoder):
    def compare(self, channel: CardChannel, content: bytes) -> None:
        self.ask(channel, b"\x00\xb0\x00\x00" + bytes([len(content)]), written=False)


class _Swallowing(ToyEncoder):
    def ask(self, channel: CardChannel, command: bytes, *, written: bool = False) -> bytes:
        try:
            return super().ask(channel, command, written=written)
        except DriverError:
            raise EncodeError("something failed.", written=written) from None


class _Overwriting(ToyEncoder):
    def look(self, channel: CardChannel) -> None:
        """Do not look."""


class _Welcoming(ToyEncoder):
    def select(self, channel: CardChannel) -> None:
        try:
            super().select(channel)
        except EncodeError:
            name = bytes.fromhex("F04F54484552")
            self.ask(channel, b"\x00\xa4\x04\x00" + bytes([len(name)]) + name)


class _Insisting(ToyEncoder):
    def show_key(self, channel: CardChannel) -> None:
        try:
            super().show_key(channel)
        except EncodeError:
            super().show_key(channel)


class _Boundless(ToyEncoder):
    def check(self, encoding: Mapping[str, str]) -> None:
        """Take anything."""


class _Telling(ToyEncoder):
    def compare(self, channel: CardChannel, content: bytes) -> None:
        try:
            super().compare(channel, content)
        except EncodeError:
            raise EncodeError(f"it does not hold {content.decode()}.") from None


class _Printing(ToyEncoder):
    def show_key(self, channel: CardChannel) -> None:
        print("VERIFY", KEY)  # noqa: T201 - the fault
        super().show_key(channel)


BAD_ENCODERS: Mapping[str, tuple[type[ToyEncoder], ...]] = {
    "E1": (_OneNumber,),
    "E2": (_Early,),
    "E3": (_Idle,),
    "E4": (_Trusting,),
    "E5": (_Other,),
    "E6": (_Innocent,),
    "E7": (_Swallowing,),
    "E8": (_Overwriting,),
    "E9": (_Welcoming,),
    "E10": (_Insisting,),
    "E11": (_Boundless,),
    "E12": (_Telling, _Printing),
}
"""Encoders that break a rule, by its number."""
