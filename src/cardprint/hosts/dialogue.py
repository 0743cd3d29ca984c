"""A driver's half of the messages: its blocking calls as answers, the same in a thread and in a host."""

from __future__ import annotations

import logging
import math
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final, TypeVar

from cardprint.errors import CardprintError, DriverError, EncodeError
from cardprint.hosts.chips import identified, reached, refused, written
from cardprint.hosts.wire import EVENTS, WireError, decode, encode
from cardprint.model.attempts import CardFate, Step, StepKind
from cardprint.model.identifiers import DeviceUri
from cardprint.model.messages import (
    Close,
    Command,
    Done,
    Event,
    Failed,
    Fence,
    Fenced,
    Find,
    Found,
    Look,
    Observed,
    Open,
    Opened,
    Proceed,
    Reported,
    Submit,
)
from cardprint.plugin import CardChannel, ChipEncoder, PrinterSession

__all__ = ["Dialogue"]

_E = TypeVar("_E", bound=Event)
_log = logging.getLogger(__name__)
_LARGEST: Final = 1 << 16
"""Bytes of an event at most: it is kept in the store."""
_MOST_STEPS: Final = 100
_MOST_DEVICES: Final = 100
_CHIP_LEFT: Final = Failed(
    detail="the driver calls a card good whose chip was not written.",
    fate=CardFate.UNKNOWN,
    reasons=("x-chip-failed",),
)


class _EndedError(CardprintError):
    """Leave a driver's call, since the station no longer wants the card to go on."""


class _Card:
    """Take the steps of one card, from the thread that makes it and only while it does."""

    def __init__(self, dialogue: Dialogue, encoding: Mapping[str, str]) -> None:
        self._dialogue = dialogue
        self._encoding = encoding
        self._chip_begun = False
        self._thread = threading.get_ident()
        self._left = _MOST_STEPS
        self.chip_written = False
        self.over = False

    def report(
        self,
        kind: StepKind,
        *,
        device_job: str = "",
        chip_number: str = "",
        card_number: str = "",
    ) -> None:
        """Take a step from the driver (the contract's ``Steps``); a synced one waits until it is durable."""
        if self.over or self._dialogue.ended or threading.get_ident() != self._thread:
            raise _EndedError("the station no longer listens to this card.", blank_touched=True)
        self._left -= 1
        if self._left < 0:
            raise WireError(f"a driver reported more than {_MOST_STEPS} steps of one card.", blank_touched=True)
        step = Step(kind=kind, device_job=device_job, chip_number=chip_number, card_number=card_number)
        self._dialogue.report(Reported(step=step))

    def encode(self, channel: CardChannel | None = None) -> str:
        """Write the chip (the contract's ``ChipSteps``): its number is durable before anything is written to it."""
        encoder = self._dialogue.encoder
        if encoder is None or not self._encoding or self._chip_begun:
            raise EncodeError(
                "this card's chip is encoded already."
                if self._chip_begun
                else "the station has no encoder or nothing to write for this card; its chip was not written.",
                reason="x-no-encoder",
                written=self._chip_begun,
            )
        self._chip_begun = True
        with reached(encoder, channel) as chip:
            number = identified(encoder, chip)
            self.report(StepKind.IDENTIFIED, chip_number=number)
            written(encoder, self._encoding, chip)
        self.chip_written = True
        self.report(StepKind.ENCODED, chip_number=number)
        return number


class Dialogue:
    """Answer commands by a driver's calls until ``Close`` comes; whatever it raises or returns is an answer.

    ``take`` waits for the next command, ``give`` hands an event on; both are called from the thread that runs this.
    """

    def __init__(
        self,
        open_session: Callable[[], PrinterSession],
        take: Callable[[], Command],
        give: Callable[[Event], None],
        find: Callable[[], Iterable[DeviceUri]] = tuple,
        *,
        encoder: ChipEncoder | None = None,
        explains: bool = False,
    ) -> None:
        """Serve; with ``explains``, what a call raises is written to standard error in full."""
        self.ended = False
        """True: give nothing any more, and leave the driver's call at the next step."""
        self.encoder = encoder
        """Writes the chips of this printer's cards; None: it has none."""
        self._open_session = open_session
        self._take = take
        self._give = give
        self._find = find
        self._explains = explains
        self._session: PrinterSession | None = None

    def run(self) -> None:
        """Answer until ``Close``, then give the device back."""
        while not isinstance(command := self._take(), Close):
            event = self._answered(command)
            if self.ended:
                break
            self._give(event)
        if self._session is not None:
            try:
                self._session.close()
            except BaseException as error:  # noqa: BLE001 - a driver may raise anything
                _log.error("a driver failed to close its session: %s", type(error).__name__)

    def report(self, reported: Reported) -> None:
        """Hand a step on; a synced one waits for ``Proceed``."""
        self._give(_checked(reported))
        if reported.step.kind.synced and not isinstance(self._take(), Proceed):
            self.ended = True
            raise _EndedError("the station has ended this driver.", blank_touched=True)

    def _answered(self, command: Command) -> Event:
        try:
            return _checked(self._answer(command))
        except DriverError as error:
            self._explain(error)
            try:
                return _checked(
                    Failed(
                        detail=error.message,
                        fate=error.fate,
                        reasons=tuple(error.reasons),
                        permanent=error.permanent,
                    ),
                )
            except (WireError, TypeError) as nonsense:
                return self._failed(command, nonsense)
        except BaseException as error:  # noqa: BLE001 - the same
            self._explain(error)
            return self._failed(command, error)

    def _explain(self, error: BaseException) -> None:
        if self._explains and not self.ended:
            traceback.print_exception(error)

    def _failed(self, command: Command, error: BaseException) -> Failed:
        """Tell of an error by its type alone: nobody knows what its text holds."""
        if not self.ended:
            _log.error("a driver failed with %s, which is not a DriverError", type(error).__name__)
        fate = CardFate.UNKNOWN if isinstance(command, Submit) else CardFate.NOT_FED
        return Failed(detail=type(error).__name__[:100], fate=fate, reasons=("x-driver-failed",))

    def _answer(self, command: Command) -> Event:
        if isinstance(command, Open):
            return self._opened()
        if isinstance(command, Find):
            return Found(devices=tuple(islice(self._find(), _MOST_DEVICES)))
        if self._session is None:
            raise DriverError("the session is not open.", fate=CardFate.NOT_FED, reasons=("offline",))
        if isinstance(command, Look):
            return Observed(status=self._session.status(), observation=self._session.observe(command.attempt_id))
        if isinstance(command, Submit):
            encoding = command.order.encoding
            if encoding and self.encoder is not None and (refusal := refused(self.encoder, encoding)) is not None:
                return refusal
            card = _Card(self, encoding)
            try:
                outcome = self._session.print_card(command.order, card)
            finally:
                card.over = True
            if encoding and outcome.fate is CardFate.PRINTED and not card.chip_written:
                return _CHIP_LEFT
            return Done(outcome=outcome)
        if isinstance(command, Fence):
            return Fenced(at_rest=self._session.fence(command.attempt_id))
        raise DriverError(f"{type(command).__name__} cannot be answered now.", fate=CardFate.NOT_FED)

    def _opened(self) -> Opened:
        self._session = self._open_session()
        opened = _checked(Opened(capabilities=self._session.capabilities))
        for seconds in (opened.capabilities.call_timeout, opened.capabilities.card_timeout):
            if not 0 < seconds < math.inf:
                raise DriverError(
                    "the driver declares a deadline that never comes.",
                    fate=CardFate.NOT_FED,
                    reasons=("x-driver-failed",),
                )
        return opened


def _checked(event: _E) -> _E:
    """Hold what a driver gave to its types and bounds, as the way through a process does."""
    frame = encode(event)
    if len(frame) > _LARGEST:
        raise WireError(f"a driver's {type(event).__name__} has {len(frame)} bytes; it has {_LARGEST} at most.")
    checked: _E = decode(frame[4:], EVENTS)
    return checked
