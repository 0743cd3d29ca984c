"""The encoder: it works a plan off on one chip, and says of a failure whether the chip may hold something new."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final

from cardprint.errors import EncodeError
from cardprint.plugin import CardChannel, ChipEncoder, PluginContext
from cardprint_pcsc import commands
from cardprint_pcsc.keys import key_provider
from cardprint_pcsc.plan import Blank, Compare, Lock, Number, Select, Step, Verify, Write, read_plan
from cardprint_pcsc.settings import PcscSettings
from cardprint_pcsc.tlv import data_objects

__all__ = ["PlanEncoder"]

_AT_ONCE: Final = 240
"""Bytes of one command; a short APDU holds 255, and some readers take a little less."""
_WRONG_KEY: Final = 0x63
_BLOCKED: Final = 0x6983


class PlanEncoder(ChipEncoder):
    """Write chips by a declared plan."""

    def __init__(self, settings: PcscSettings, context: PluginContext) -> None:
        self._plan = read_plan(context.folder / settings.layout)
        self._reader = settings.reader
        self._patience = settings.patience
        self._clock = context.clock
        self._keys = key_provider(settings.key_provider, context.folder / settings.keys_folder, context)
        self._number = ""

    def check(self, encoding: Mapping[str, str]) -> None:
        """Raise EncodeError for fields that the layout does not have or lacks, and for more than a file holds."""
        wanted = {field for file in self._plan.files for field in file.fields}
        if wanted != encoding.keys():
            names = ", ".join(sorted(wanted ^ encoding.keys()))
            raise EncodeError(
                f"layout and configuration differ in the fields {names}.",
                reason="x-chip-layout",
                written=False,
                cure="Name the same in `fields` of the encoder's table and in the layout.",
            )
        for file in self._plan.files:
            _content(file, encoding)

    def ready(self) -> None:
        """Raise EncodeError where a key cannot be had, or the reader is not there."""
        for name in self._plan.keys:
            self._keys.key(name, "")
        if self._reader:
            # Loaded here: a printer whose driver reaches the chip needs no PC/SC.
            from cardprint_pcsc.reader import find_reader  # noqa: PLC0415

            find_reader(self._reader)

    def reader(self) -> AbstractContextManager[CardChannel]:
        """Reach the chip on the reader that the settings name."""
        if not self._reader:
            return super().reader()
        from cardprint_pcsc.reader import opened  # noqa: PLC0415 - as above

        return opened(self._reader, self._clock, self._patience)

    def identify(self, channel: CardChannel) -> str:
        """Read the chip's number."""
        self._number = ""
        for step in self._plan.identify:
            if isinstance(step, Select):
                _, status = commands.exchange(channel, commands.select_application(bytes.fromhex(step.application)))
                if status != commands.OK:
                    raise EncodeError("the chip has not this application.", reason="x-chip-wrong", written=False)
            elif isinstance(step, Number):
                self._number = _number(channel, step)
        return self._number

    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        """Work the plan off."""
        work = _Work(encoding, channel)
        for step in self._plan.write:
            if isinstance(step, Verify):
                work.verify(step, self._keys.key(step.key, self._number))
            else:
                work.do(step)


class _Work:
    """Do the steps of one chip."""

    def __init__(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        self._encoding = encoding
        self._channel = channel
        self._contents: dict[str, bytes] = {}
        self._begun = False

    def do(self, step: Step) -> None:
        if isinstance(step, Select):
            self._ask(commands.select_application(bytes.fromhex(step.application)), "select the application")
        elif isinstance(step, Blank):
            self._select(step.file)
            if set(self._read(step.length)) not in ({0x00}, {0xFF}):
                raise EncodeError("the chip holds data already.", reason="x-chip-personalised", written=self._begun)
        elif isinstance(step, Write):
            self._write(step)
        elif isinstance(step, Compare):
            self._select(step.file)
            if self._read(len(self._contents[step.file])) != self._contents[step.file]:
                raise EncodeError(f"the file {step.file} holds something else than was written to it.")
        elif isinstance(step, Lock):
            self._select(step.file)
            self._ask(commands.activate(), f"lock the file {step.file}")

    def verify(self, step: Verify, key: bytes) -> None:
        """Show a key once: a chip bears few wrong ones."""
        _, status = commands.exchange(self._channel, commands.verify(step.reference, key))
        if status >> 8 == _WRONG_KEY or status == _BLOCKED:
            raise EncodeError("the chip refuses the key.", reason="x-chip-wrong-key", written=self._begun)
        self._expect(status, "verify the key")

    def _write(self, step: Write) -> None:
        content = self._contents[step.file] = _content(step, self._encoding)
        self._select(step.file)
        self._begun = True
        for start in range(0, len(content), _AT_ONCE):
            part = content[start : start + _AT_ONCE]
            self._ask(commands.update(start, part), f"write the file {step.file}")

    def _select(self, file: str) -> None:
        self._ask(commands.select_file(bytes.fromhex(file)), f"select the file {file}")

    def _read(self, length: int) -> bytes:
        read = b""
        while len(read) < length:
            part = self._ask(commands.read_binary(len(read), min(_AT_ONCE, length - len(read))), "read a file")
            if not part:
                raise EncodeError("the chip's file is shorter than its layout says.", written=self._begun)
            read += part
        return read

    def _ask(self, command: bytes, what: str) -> bytes:
        answer, status = commands.exchange(self._channel, command)
        self._expect(status, what)
        return answer

    def _expect(self, status: int, what: str) -> None:
        if status != commands.OK:
            raise EncodeError(f"the chip cannot {what} (status {status:04X}).", written=self._begun)


def _number(channel: CardChannel, step: Number) -> str:
    command = commands.uid()
    if step.file:
        _, status = commands.exchange(channel, commands.select_file(bytes.fromhex(step.file)))
        if status != commands.OK:
            raise EncodeError(f"the chip has no file {step.file} (status {status:04X}).", written=False)
        command = commands.read_binary(0, step.length)
    answer, status = commands.exchange(channel, command)
    if status != commands.OK or (step.file and len(answer) != step.length):
        raise EncodeError(f"the chip does not tell its number (status {status:04X}).", written=False)
    return answer.hex().upper()


def _content(file: Write, encoding: Mapping[str, str]) -> bytes:
    content = data_objects((tag, encoding[field]) for field, tag in file.fields.items())
    if len(content) > file.length:
        said = f"{len(content)} bytes do not fit into the file {file.file} of {file.length}."
        raise EncodeError(said, reason="x-chip-data", written=False)
    return content.ljust(file.length, b"\x00")
