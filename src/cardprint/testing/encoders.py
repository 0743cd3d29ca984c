"""Rules of chip encoders: late binding, the order of steps, errors, secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest

from cardprint.errors import DriverError, EncodeError
from cardprint.model import CardFate
from cardprint.plugin import CardChannel, ChipEncoder
from cardprint.testing.chips import ChipBench
from cardprint.testing.rules import RuleBrokenError, expect, rule
from cardprint.testing.suite import Suite

__all__ = ["EncoderSuite"]

_NUMBER: Final = re.compile(r"[0-9A-Za-z.:-]{1,64}", re.ASCII)
_PERSON: Final = "Orang Rahasia"
_MOST: Final = 2_000
"""Commands that no chip needs."""


class _Wire:
    """Stand between encoder and chip: count commands, and let go of the chip after some of them."""

    def __init__(self, chip: CardChannel, *, after: int = _MOST, error: Exception | None = None) -> None:
        self.sent = 0
        self._chip = chip
        self._after = after
        self._error = error or EncodeError("the chip does not answer.")

    def transmit(self, apdu: bytes) -> bytes:
        if self.sent >= self._after:
            raise self._error
        self.sent += 1
        return self._chip.transmit(apdu)


class _Refusing:
    """Be a chip that knows no command (ISO/IEC 7816-4: 6D00)."""

    def transmit(self, apdu: bytes) -> bytes:
        return b"\x6d\x00"


class EncoderSuite(Suite):
    """Prove a chip encoder; subclass it and give the fixtures ``make_encoder`` and ``bench``."""

    @pytest.fixture
    def make_encoder(self) -> Callable[[], ChipEncoder]:
        """Give a function that makes the encoder, as a station that has just started does."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> ChipBench:
        """Give the bench."""
        raise NotImplementedError

    @pytest.fixture
    def encoder(self, make_encoder: Callable[[], ChipEncoder]) -> ChipEncoder:
        """Give an encoder."""
        return make_encoder()

    @rule(
        "E1",
        why="The number ties the chip to its card in the books, in every search and in every complaint.",
        example="The bytes of the number's file, or the reader's GET DATA, in hex.",
        exceptions="Whether it is the chip's own is skipped where the bench does not know it.",
    )
    def test_a_chip_tells_its_own_number(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """`identify` gives the chip's own number: 1 to 64 letters, digits, `.`, `:` and `-`, the same each time."""
        chip = bench.good()
        number: object = encoder.identify(chip)
        expect(isinstance(number, str) and _NUMBER.fullmatch(number), "it is no usable number")
        expect(encoder.identify(chip) == number, "it is another one the second time")
        expect(number == bench.number(chip), "it is not the chip's own")

    @rule(
        "E2",
        why="Until its number is durable a chip must hold nobody's data: after a crash nobody could say whose.",
        example="SELECT and READ BINARY alone; the key is verified by `write`.",
        exceptions="Skipped where the bench cannot look into a chip.",
    )
    def test_to_identify_changes_nothing(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """`identify` changes nothing on the chip."""
        chip = bench.good()
        before = bench.holds(chip)
        encoder.identify(chip)
        expect(bench.holds(chip) == before, "the chip holds something else than before")

    @rule(
        "E3",
        why="A card without its data is a bad card, and nobody sees it on the outside.",
        example="Write, and return only once all was read back.",
        exceptions="Skipped where the bench cannot look into a chip.",
    )
    def test_a_good_chip_is_written(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A good chip holds something new once `write` has returned, and another person's data give another chip."""
        held = []
        for encoding in (bench.encoding(), {name: value[::-1] for name, value in bench.encoding().items()}):
            chip = bench.good()
            before = bench.holds(chip)
            _write(encoder, encoding, chip)
            expect(bench.holds(chip) != before, "the chip holds nothing new")
            held.append(bench.holds(chip))
        expect(held[0] != held[1], "two persons' chips hold the same")

    @rule(
        "E4",
        why="Chips with worn memory acknowledge what they do not keep.",
        example="READ BINARY over all that was written, and an EncodeError where one byte differs.",
        exceptions="Skipped where the bench has no such chip.",
    )
    def test_what_is_not_kept_is_noticed(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A chip that keeps nothing of what is written is an EncodeError."""
        expect(_failure(lambda chip: _write(encoder, bench.encoding(), chip), bench.forgetful()), "it counts as good")

    @rule(
        "E5",
        why="The driver throws a card out on EncodeError alone; anything else leaves it in doubt, and a person busy.",
        example="`raise EncodeError(...)` for every status word but 9000.",
    )
    def test_a_chip_that_refuses_is_an_encode_error(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A chip that refuses every command is an EncodeError with `written=False`, of `identify` and of `write`."""
        for call in (encoder.identify, lambda chip: encoder.write(bench.encoding(), chip)):
            error = _failure(call, _Refusing())
            expect(error is not None, "it counts as good")
            expect(error is None or error.written is False, "nothing was written, and the error does not say so")

    @rule(
        "E6",
        why="Contacts are lost at any moment. Whether the chip may hold data decides what becomes of the card.",
        example="`written=False` until the first UPDATE is sent, True from then on.",
        exceptions="Whether `written` is true is skipped where the bench cannot look into a chip.",
    )
    def test_a_torn_chip_is_told_as_it_is(self, make_encoder: Callable[[], ChipEncoder], bench: ChipBench) -> None:
        """Torn after any command, it is an EncodeError, with `written=False` only where the chip holds nothing new."""
        for after in range(_MOST):
            encoder, chip = make_encoder(), bench.good()
            before = bench.holds(chip)
            torn = _Wire(chip, after=after)
            error = _failure(lambda torn: _write(encoder, bench.encoding(), torn), torn)  # noqa: B023 - called at once
            if error is None:
                return
            unchanged = bench.holds(chip) == before
            expect(error.written is not False or unchanged, f"torn after {after} commands it holds something new")

    @rule(
        "E7",
        why="A driver's error says what became of the card; swallowed, a device that is gone looks like a bad chip.",
        example="Catch EncodeError and your own errors, never DriverError.",
    )
    def test_an_error_of_the_device_passes_through(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A DriverError of the channel leaves `identify` and `write` as it is."""
        for after in (0, 1, _commands(encoder, bench) - 1):
            gone = DriverError("the device is gone.", fate=CardFate.UNKNOWN, reasons=("offline",))
            seen: BaseException | None = None
            try:
                _write(encoder, bench.encoding(), _Wire(bench.good(), after=after, error=gone))
            except (DriverError, EncodeError) as error:
                seen = error
            expect(seen is gone, f"after {after} commands it comes out as {type(seen).__name__}")

    @rule(
        "E8",
        why="Somebody's card that was put back into the hopper would become another's.",
        example="Look at the file before it is written; reason `x-chip-personalised`.",
        exceptions="Skipped where the bench has no used chip.",
    )
    def test_a_used_chip_is_left_alone(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A chip that holds data already is an EncodeError with `written=False`, and holds what it held."""
        _left_alone(encoder, bench, bench.used())

    @rule(
        "E9",
        why="Blanks of another contract are in the box; a key or data sent to them is sent to strangers.",
        example="SELECT by the application's name fails: reason `x-chip-wrong`.",
        exceptions="Skipped where the bench has no such chip.",
    )
    def test_a_foreign_chip_is_left_alone(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A chip of another kind is an EncodeError with `written=False` of `identify`, and holds what it held."""
        chip = bench.foreign()
        expect(_failure(encoder.identify, chip) is not None, "`identify` takes it")
        _left_alone(encoder, bench, chip)

    @rule(
        "E10",
        why="A chip bears few wrong keys; then it is waste, and so is the next one.",
        example="One VERIFY; reason `x-chip-wrong-key`.",
        exceptions="Skipped where the bench has no such chip.",
    )
    def test_a_wrong_key_is_shown_once(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """A chip that refuses the key is an EncodeError with `written=False`, and the key is shown once."""
        chip = bench.locked_out()
        _left_alone(encoder, bench, chip)
        expect(bench.keys_tried(chip) <= 1, "the wrong key was shown more than once")

    @rule(
        "E11",
        why="What fits on no chip must be known before a blank is fed, or it costs one at each try.",
        example="`check` makes the file's bytes and compares their length; reason `x-chip-data`.",
        exceptions="Skipped where the bench does not know what is too much.",
    )
    def test_what_fits_on_no_chip_is_refused_before(self, encoder: ChipEncoder, bench: ChipBench) -> None:
        """`check` takes what a chip can hold, and refuses more with an EncodeError of the reason `x-chip-data`."""
        encoder.check(bench.encoding())
        try:
            encoder.check(bench.too_much())
        except EncodeError as error:
            expect(error.reason == "x-chip-data", f"its reason is {error.reason}")
            expect(error.written is False, "nothing was written, and the error does not say so")
        else:
            raise RuleBrokenError("it is taken")

    @rule(
        "E12",
        why="Logs and tickets are read by people who may see neither keys nor persons.",
        example="An error names the step and the status word.",
    )
    def test_neither_keys_nor_data_are_said(
        self,
        make_encoder: Callable[[], ChipEncoder],
        bench: ChipBench,
        capfd: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Neither a key nor a person's data reaches an error, a log, an output or the encoder's `repr`."""
        caplog.set_level(0)
        encoding = {name: f"{_PERSON} {at}" for at, name in enumerate(bench.encoding())}
        said: list[str] = []
        for after in range(_commands(make_encoder(), bench) + 1):
            encoder = make_encoder()
            error = _failure(lambda chip: _write(encoder, encoding, chip), _Wire(bench.good(), after=after))  # noqa: B023 - the same
            said += [repr(encoder), *_said_by(error)]
        said += [*capfd.readouterr(), caplog.text]
        secrets = [word for key in bench.secrets() for word in (key.hex(), key.hex().upper(), repr(key), str([*key]))]
        expect(not any(_PERSON in text for text in said), "a person's data were said")
        expect(not any(secret in text for text in said for secret in secrets), "a key was said")


def _write(encoder: ChipEncoder, encoding: Mapping[str, str], chip: CardChannel) -> None:
    """Do what a station does."""
    encoder.identify(chip)
    encoder.write(encoding, chip)


def _commands(encoder: ChipEncoder, bench: ChipBench) -> int:
    wire = _Wire(bench.good())
    _write(encoder, bench.encoding(), wire)
    return wire.sent


def _failure(call: Callable[[CardChannel], object], chip: CardChannel) -> EncodeError | None:
    """Give the EncodeError of a call; None where it has none, RuleBrokenError where it is another."""
    try:
        call(chip)
    except EncodeError as error:
        return error
    except Exception as error:
        raise RuleBrokenError(f"{type(error).__name__} came out where EncodeError is due") from error
    return None


def _left_alone(encoder: ChipEncoder, bench: ChipBench, chip: CardChannel) -> None:
    before = bench.holds(chip)
    error = _failure(lambda chip: _write(encoder, bench.encoding(), chip), chip)
    expect(error is not None, "it counts as good")
    expect(error is None or error.written is False, "nothing was written, and the error does not say so")
    expect(bench.holds(chip) == before, "the chip holds something else than before")


def _said_by(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield from (str(error), repr(error), str(getattr(error, "reason", "")))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
