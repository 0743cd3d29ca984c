"""The driver: it turns each call of the contract into one question to the device."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TypeVar

import attrs

from cardprint.errors import CardprintError, DriverError, EncodeError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    DeviceUri,
    FaceFile,
    Observation,
    PrinterState,
    PrinterStatus,
    Step,
)
from cardprint.model.messages import Failed
from cardprint.plugin import ChipSteps, PluginContext, PrinterDriver, PrinterSession, Steps
from cardprint_simulator.settings import SimulatorSettings
from cardprint_simulator.wire import PORT_FILE, Line, Message, converter, find_device

__all__ = ["SimulatorDriver", "SimulatorSession"]

_T = TypeVar("_T")
_SOON = 2.0
# The device closes the connection in place of an answer when its power goes: ValueError. cattrs' errors are
# exception groups, which are neither.
_WRONG = (OSError, ValueError, KeyError, ExceptionGroup)


class SimulatorDriver(PrinterDriver):
    """Open simulated printers that run as processes of their own."""

    def __init__(self, settings: SimulatorSettings | None, context: PluginContext) -> None:
        self._settings = settings or SimulatorSettings()
        self._context = context

    def open(self, device: DeviceUri) -> SimulatorSession:
        """Open the device of this address; raise DriverError where it does not answer."""
        return SimulatorSession(device, self._settings, self._context)

    def discover(self) -> Iterator[DeviceUri]:
        """Find devices whose worlds lie in the station's folder, one or two folders deep, and which answer."""
        folder = self._context.folder
        for pattern in (f"*/{PORT_FILE}", f"*/*/{PORT_FILE}"):
            for file in sorted(folder.glob(pattern)):
                device = DeviceUri(f"sim://{file.parent.relative_to(folder).as_posix()}")
                try:
                    with Line(find_device(device, folder), connect_timeout=_SOON, timeout=_SOON) as line:
                        line.say({"ask": "capabilities"})
                        answers = isinstance(line.hear()["answer"], dict)
                except (*_WRONG, CardprintError):
                    # Its process is gone, or it is none: the port may be another program's by now.
                    continue
                if answers:
                    yield device


class SimulatorSession(PrinterSession):
    """Hold the address of a device; connections last for one question, so that a device may restart in between."""

    def __init__(self, device: DeviceUri, settings: SimulatorSettings, context: PluginContext) -> None:
        self._device = device
        self._settings = settings
        self._context = context
        self.capabilities = Capabilities()
        self.capabilities = self._ask({"ask": "capabilities"}, Capabilities)

    def status(self) -> PrinterStatus:
        """Ask how the printer is."""
        return self._ask({"ask": "status"}, PrinterStatus)

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Ask for what can be observed; the job table is asked by the attempt's id, which is the job's name."""
        return self._ask({"ask": "observe", "attempt_id": attempt_id}, Observation)

    def fence(self, attempt_id: AttemptId) -> bool:
        """Have the device drop the attempt and answer once it is at rest."""
        return self._ask({"ask": "fence", "attempt_id": attempt_id}, bool)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Make one card.

        What goes wrong before the first byte of the job is sent is NOT_FED; afterwards nobody can know, and a device
        that has fallen silent is asked later, by ``observe``.
        """
        self._refuse_unless_ready()
        self._refuse_if_known(order.attempt_id)
        job = {
            "ask": "print",
            "attempt_id": order.attempt_id,
            "sides": [_face(side) for side in order.sides],
            "encoding": dict(order.encoding),
            # A station that writes no chips leaves that to the machine.
            "handed": isinstance(steps, ChipSteps),
        }
        try:
            line = self._connect(self.capabilities.card_timeout)
        except OSError as error:
            raise self._offline(error) from error
        with line:
            try:
                line.say(job)
            except OSError as error:
                raise self._in_doubt(error) from error
            reasons: tuple[str, ...] = ()
            while True:
                said = self._heard(line)
                if "chip" in said and isinstance(steps, ChipSteps):
                    reasons = self._encode(line, steps)
                elif (outcome := self._follow(said, line, steps)) is not None:
                    return attrs.evolve(outcome, reasons=reasons or outcome.reasons)

    def _encode(self, line: Line, steps: ChipSteps) -> tuple[str, ...]:
        """Have the chip written, and let the device go on or throw the card out; gives why it is bad, if it is."""
        reasons: tuple[str, ...] = ()
        try:
            steps.encode(_Contacts(line) if self._settings.chip_reader == "device" else None)
        except EncodeError as error:
            reasons = (error.reason,)
        try:
            line.say({"chip": "bad" if reasons else "good"})
        except OSError as error:
            raise self._in_doubt(error) from error
        return reasons

    def _heard(self, line: Line) -> Message:
        try:
            return line.hear()
        except _WRONG as error:
            raise self._in_doubt(error) from error

    def _follow(self, said: Message, line: Line, steps: Steps) -> AttemptOutcome | None:
        """Take one line about the card; None: there is more to come."""
        try:
            if "outcome" in said:
                return converter.structure(said["outcome"], AttemptOutcome)
            failed = converter.structure(said["failed"], Failed) if "failed" in said else None
            step = converter.structure(said["step"], Step) if failed is None else None
        except _WRONG as error:
            raise self._in_doubt(error) from error
        if failed is not None:
            raise DriverError(failed.detail, fate=failed.fate, reasons=failed.reasons, permanent=failed.permanent)
        if step is not None:
            # What report raises is the station's word and leaves as it is.
            steps.report(
                step.kind,
                device_job=step.device_job,
                chip_number=step.chip_number,
                card_number=step.card_number,
            )
            if step.kind.synced:
                try:
                    line.say({"proceed": True})
                except OSError as error:
                    raise self._in_doubt(error) from error
        return None

    def _refuse_unless_ready(self) -> None:
        """Ask first: what is known before the job is sent costs no blank and leaves no doubt."""
        status = self.status()
        if status.state is PrinterState.PROCESSING:
            raise DriverError(f"{self._device} is busy.", fate=CardFate.NOT_FED, reasons=("x-busy",))
        if status.state is PrinterState.STOPPED and status.reasons != ("x-head-cooling",):
            raise DriverError(f"{self._device} stands still.", fate=CardFate.NOT_FED, reasons=status.reasons)

    def _refuse_if_known(self, attempt_id: AttemptId) -> None:
        """Ask the job table: an attempt is one card, whoever repeats a call."""
        if self.capabilities.job_table and self.observe(attempt_id).job is not None:
            raise DriverError(
                f"{self._device} knows attempt {attempt_id} already.",
                # Not NOT_FED: its card may exist, and saying otherwise would print a second.
                fate=CardFate.UNKNOWN,
                reasons=("x-already-printed",),
                cure="Ask for an observation: it tells what became of the attempt.",
            )

    def _ask(self, question: Message, kind: type[_T]) -> _T:
        try:
            with self._connect(self._settings.answer_timeout) as line:
                line.say(question)
                return converter.structure(line.hear()["answer"], kind)
        except _WRONG as error:
            raise self._offline(error) from error

    def _connect(self, timeout: float) -> Line:
        address = find_device(self._device, self._context.folder)
        return Line(address, connect_timeout=self._settings.connect_timeout, timeout=timeout)

    def _offline(self, error: Exception) -> DriverError:
        return DriverError(
            f"{self._device} does not answer ({type(error).__name__}).",
            fate=CardFate.NOT_FED,
            reasons=("offline",),
            cure="Start it: python -m cardprint_simulator.device --world FILE",
        )

    def _in_doubt(self, error: Exception) -> DriverError:
        return DriverError(
            f"{self._device} has fallen silent over a card ({type(error).__name__}).",
            fate=CardFate.UNKNOWN,
            reasons=("offline",),
            cure="Look at its path, tray and reject bin.",
        )


class _Contacts:
    """Be the channel to the chip at the device's contacts."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command; a chip that is silent is an EncodeError, a device that is silent a DriverError."""
        try:
            self._line.say({"apdu": apdu.hex()})
            answer = self._line.hear()["response"]
            response = None if answer is None else bytes.fromhex(answer)
        except _WRONG as error:
            raise DriverError(
                f"The device has fallen silent over a chip ({type(error).__name__}).",
                fate=CardFate.UNKNOWN,
                reasons=("offline",),
                cure="Look at its path, tray and reject bin.",
            ) from None
        if response is None:
            raise EncodeError("the chip does not answer.")
        return response


def _face(side: FaceFile) -> str:
    try:
        return base64.b64encode(side.path.read_bytes()).decode("ascii")
    except OSError as error:
        raise DriverError(
            f"A face cannot be read ({type(error).__name__}); no blank was touched.",
            fate=CardFate.NOT_FED,
            reasons=("x-face-unreadable",),
        ) from error
