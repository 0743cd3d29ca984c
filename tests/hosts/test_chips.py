"""A chip's number is durable before anything is written to it, and nothing of an encoder's words gets out."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs
import pytest

from cardprint.errors import DriverError, EncodeError
from cardprint.hosts import InlinePort
from cardprint.model import AttemptId, AttemptOutcome, Capabilities, CardOrder, PrinterState, PrinterStatus
from cardprint.model.attempts import CardFate, StepKind
from cardprint.model.messages import Close, Done, Event, Failed, Open, Opened, Proceed, Reported, Submit
from cardprint.plugin import CardChannel, ChipEncoder, ChipSteps, PrinterSession, Steps

_SECRET = "KARTIKA-0042"
_NUMBER = "04A1B2C3"


class Chip:
    """Stand in a reader: commands 1 (number) and 2 (write), cut off after ``holds`` commands."""

    def __init__(self, holds: int = 100) -> None:
        self.memory = b""
        self._left = holds

    def transmit(self, apdu: bytes) -> bytes:
        """Answer as a chip."""
        if not self._left:
            raise DriverError("the reader lost the card.", fate=CardFate.UNKNOWN, reasons=("media-jam",))
        self._left -= 1
        if apdu[:1] == b"\x02":
            self.memory = apdu[1:]
        return bytes.fromhex(_NUMBER) + b"\x90\x00"


class Encoder(ChipEncoder):
    """Write everything in one command."""

    number: object = None
    fails: Exception | None = None

    def identify(self, channel: CardChannel) -> str:
        """Read the number."""
        read = channel.transmit(b"\x01")[:-2].hex().upper()
        return read if self.number is None else self.number  # type: ignore[return-value]

    def write(self, encoding: Mapping[str, str], channel: CardChannel) -> None:
        """Write, or fail."""
        if self.fails is not None:
            raise self.fails
        channel.transmit(b"\x02" + encoding["name"].encode())


class Session(PrinterSession):
    """Hand the chip over and turn a bad one into a spoiled card."""

    capabilities = Capabilities()

    def __init__(self, chip: Chip | None, times: int) -> None:
        self._chip = chip
        self._times = times
        self.closed = threading.Event()

    def status(self) -> PrinterStatus:
        """Be ready."""
        return PrinterStatus(state=PrinterState.IDLE)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Encode only."""
        if not isinstance(steps, ChipSteps):
            raise TypeError
        number = ""
        try:
            for _ in range(self._times):
                number = steps.encode(self._chip)
        except EncodeError as error:
            said = (
                f"{error} written={error.written} {error.__cause__} {error.__context__ and error.__suppress_context__}"
            )
            return AttemptOutcome(fate=CardFate.SPOILED, reasons=(error.reason,), detail=said)
        return AttemptOutcome(fate=CardFate.PRINTED, card_number=number)

    def close(self) -> None:
        """Tell that the last call is over."""
        self.closed.set()


def _next(port: InlinePort) -> Event:
    event = port.wait(30)
    if event is None:
        pytest.fail("nothing came")
    return event


def _submitted(
    chip: Chip,
    encoder: ChipEncoder | None,
    *,
    times: int = 1,
    encodes: bool = True,
    session: Session | None = None,
) -> InlinePort:
    port = InlinePort(lambda: session or Session(chip, times), encoder=encoder)
    port.send(Open())
    if not isinstance(_next(port), Opened):
        pytest.fail("not opened")
    order = CardOrder(attempt_id=AttemptId("a-1"), encoding={"name": _SECRET} if encodes else {})
    port.send(Submit(order=order))
    return port


def _through(port: InlinePort) -> tuple[list[Event], Event]:
    """Let every step proceed; gives the steps and the answer."""
    steps: list[Event] = []
    while isinstance(event := _next(port), Reported):
        steps.append(event)
        port.send(Proceed())
    port.send(Close())
    return steps, event


def test_the_number_is_durable_before_anything_is_written() -> None:
    chip = Chip()
    port = _submitted(chip, Encoder())
    first = _next(port)
    assert isinstance(first, Reported)
    assert (first.step.kind, first.step.chip_number) == (StepKind.IDENTIFIED, _NUMBER)
    assert first.step.kind.synced
    assert chip.memory == b""
    port.send(Proceed())
    steps, answer = _through(port)
    assert [(step.step.kind, step.step.chip_number) for step in steps if isinstance(step, Reported)] == [
        (StepKind.ENCODED, _NUMBER)
    ]
    assert chip.memory == _SECRET.encode()
    assert isinstance(answer, Done)
    assert answer.outcome.fate is CardFate.PRINTED


def test_a_station_that_ends_over_the_number_leaves_the_chip_empty() -> None:
    chip = Chip()
    session = Session(chip, 1)
    port = _submitted(chip, Encoder(), session=session)
    _next(port)
    port.end()
    assert session.closed.wait(30)
    assert port.poll() is None
    assert chip.memory == b""


@pytest.mark.parametrize(
    ("fails", "reason", "written"),
    [
        (EncodeError(_SECRET, reason="x-chip-wrong-key", written=False), "x-chip-wrong-key", False),
        (EncodeError(_SECRET, reason=_SECRET), "x-chip-failed", True),
        (ValueError(_SECRET), "x-chip-failed", True),
    ],
)
def test_a_bad_chip_is_told_by_a_keyword_alone(fails: Exception, reason: str, written: bool) -> None:  # noqa: FBT001
    encoder = Encoder()
    encoder.fails = fails
    steps, answer = _through(_submitted(Chip(), encoder))
    assert [step.step.kind for step in steps if isinstance(step, Reported)] == [StepKind.IDENTIFIED]
    assert isinstance(answer, Done)
    assert answer.outcome.fate is CardFate.SPOILED
    assert answer.outcome.reasons == (reason,)
    assert f"written={written}" in answer.outcome.detail
    assert _SECRET not in repr(answer)


@pytest.mark.parametrize("number", ["", 7, _SECRET * 9, "line\nbreak"])
def test_a_chip_without_a_usable_number_is_not_written(number: object) -> None:
    chip, encoder = Chip(), Encoder()
    encoder.number = number
    steps, answer = _through(_submitted(chip, encoder))
    assert steps == []
    assert isinstance(answer, Done)
    assert answer.outcome.reasons == ("x-chip-failed",)
    assert chip.memory == b""


@pytest.mark.parametrize("holds", [0, 1])
def test_a_card_torn_from_the_reader_is_the_drivers_own_error(holds: int) -> None:
    steps, answer = _through(_submitted(Chip(holds), Encoder()))
    assert len(steps) == holds
    assert isinstance(answer, Failed)
    assert (answer.fate, answer.reasons) == (CardFate.UNKNOWN, ("media-jam",))


@pytest.mark.parametrize(("encoder", "encodes"), [(None, True), (Encoder(), False)])
def test_without_an_encoder_or_data_nothing_is_touched(encoder: Encoder | None, encodes: bool) -> None:  # noqa: FBT001
    chip = Chip(0)
    steps, answer = _through(_submitted(chip, encoder, encodes=encodes))
    assert steps == []
    assert isinstance(answer, Done)
    assert answer.outcome.reasons == ("x-no-encoder",)


class Hopeful(Session):
    """Call every card good."""

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Make the card, whatever its chip says."""
        return attrs.evolve(super().print_card(order, steps), fate=CardFate.PRINTED)


@pytest.mark.parametrize(("times", "fails"), [(0, None), (1, ValueError(_SECRET))], ids=["not asked for", "failed"])
def test_a_card_whose_chip_was_not_written_is_not_believed_to_be_good(times: int, fails: Exception | None) -> None:
    chip, encoder = Chip(), Encoder()
    encoder.fails = fails
    _, answer = _through(_submitted(chip, encoder, session=Hopeful(chip, times)))
    assert isinstance(answer, Failed)
    assert (answer.fate, answer.reasons) == (CardFate.UNKNOWN, ("x-chip-failed",))
    # Without data for a chip its card is good without it.
    _, answer = _through(_submitted(chip, encoder, session=Hopeful(chip, 0), encodes=False))
    assert isinstance(answer, Done)
    assert answer.outcome.fate is CardFate.PRINTED


class Careful(Encoder):
    """Refuse before anything is sent, or reach the chip by a reader of its own."""

    def __init__(self, chip: Chip | None = None, *, refusals: Mapping[str, Exception] | None = None) -> None:
        self._chip = chip
        self._refusals = refusals or {}
        self.let_go = False

    def check(self, encoding: Mapping[str, str]) -> None:
        """Refuse."""
        if "check" in self._refusals:
            raise self._refusals["check"]

    def ready(self) -> None:
        """Refuse."""
        if "ready" in self._refusals:
            raise self._refusals["ready"]

    @contextmanager
    def reader(self) -> Iterator[CardChannel]:
        """Reach the chip."""
        if self._chip is None:
            raise OSError(_SECRET)
        yield self._chip
        self.let_go = True


@pytest.mark.parametrize(
    ("refusals", "reason", "permanent"),
    [
        ({"check": EncodeError(_SECRET, reason="x-chip-data")}, "x-chip-data", True),
        ({"check": EncodeError(_SECRET, reason="x-chip-layout")}, "x-chip-layout", False),
        ({"check": KeyError(_SECRET)}, "x-chip-failed", False),
        ({"ready": EncodeError(_SECRET, reason="x-no-key")}, "x-no-key", False),
        ({"ready": OSError(_SECRET)}, "x-chip-failed", False),
    ],
)
def test_what_an_encoder_refuses_beforehand_never_reaches_the_driver(
    refusals: dict[str, Exception], reason: str, *, permanent: bool
) -> None:
    chip = Chip()
    steps, answer = _through(_submitted(chip, Careful(refusals=refusals)))
    assert (steps, chip.memory) == ([], b"")
    assert isinstance(answer, Failed)
    assert (answer.fate, answer.reasons, answer.permanent) == (CardFate.NOT_FED, (reason,), permanent)
    assert answer.unsent
    assert _SECRET not in repr(answer)


def test_an_error_of_the_driver_is_never_taken_as_unsent() -> None:
    _, answer = _through(_submitted(Chip(0), Encoder()))
    assert isinstance(answer, Failed)
    assert not answer.unsent


def test_an_encoder_with_a_reader_of_its_own_needs_no_channel() -> None:
    chip, session = Chip(), Session(None, 1)
    encoder = Careful(chip)
    steps, answer = _through(_submitted(chip, encoder, session=session))
    assert [step.step.kind for step in steps if isinstance(step, Reported)] == [StepKind.IDENTIFIED, StepKind.ENCODED]
    assert isinstance(answer, Done)
    assert (chip.memory, encoder.let_go) == (_SECRET.encode(), True)


@pytest.mark.parametrize("encoder", [Careful(), Encoder()])
def test_a_chip_that_nobody_reaches_is_not_written(encoder: ChipEncoder) -> None:
    steps, answer = _through(_submitted(Chip(), encoder, session=Session(None, 1)))
    assert steps == []
    assert isinstance(answer, Done)
    assert answer.outcome.fate is CardFate.SPOILED
    assert "written=False" in answer.outcome.detail
    assert _SECRET not in repr(answer)


def test_a_chip_is_encoded_once_a_card() -> None:
    steps, answer = _through(_submitted(Chip(), Encoder(), times=2))
    assert len(steps) == 2
    assert isinstance(answer, Done)
    assert answer.outcome.fate is CardFate.SPOILED
    assert "written=True" in answer.outcome.detail
