"""A printer in memory with a good driver, and one bad driver for each rule of the suite."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from cardprint.errors import DriverError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    CardPosition,
    DeviceJob,
    DeviceUri,
    Observation,
    PrinterState,
    PrinterStatus,
    StepKind,
)
from cardprint.plugin import PluginContext, PrinterDriver, PrinterSession, Steps
from cardprint.testing.drivers import Bench

__all__ = ["BAD_DRIVERS", "ToyBench", "ToyDriver", "ToyPrinter"]

HERE = DeviceUri("toy:here")
CAN = Capabilities(
    width_px=10,
    height_px=6,
    sides=2,
    encoders=frozenset({CardPosition.CONTACT}),
    pick_counter=True,
    pick_counter_survives_power=True,
    path_sensor=True,
    job_table=True,
    job_table_survives_power=True,
    can_fence=True,
    reads_blank_number=True,
    call_timeout=3.0,
)


@attrs.define
class ToyPrinter:
    """Hold all of the machine and its world."""

    blanks: int = 9
    used: int = 0
    picks: int = 0
    rejects: int = 0
    good: list[AttemptId] = attrs.field(factory=list)
    faces: dict[AttemptId, tuple[str, ...]] = attrs.field(factory=dict)
    jobs: dict[AttemptId, DeviceJob] = attrs.field(factory=dict)
    queue: list[AttemptId] = attrs.field(factory=list)
    powered: bool = True
    trouble: str = ""
    memory_lasts: bool = True
    counter_lasts: bool = True
    speaks: threading.Event = attrs.field(factory=threading.Event)

    def __attrs_post_init__(self) -> None:
        self.speaks.set()

    def feed(self) -> None:
        self.blanks -= 1
        self.used += 1
        self.picks += 1

    def cut(self) -> None:
        self.powered = False
        self.queue.clear()
        if not self.memory_lasts:
            self.jobs.clear()
        if not self.counter_lasts:
            self.picks = 0


class ToySession(PrinterSession):
    """Do all as the rules ask; the bad ones each override one thing."""

    can = CAN

    def __init__(self, printer: ToyPrinter) -> None:
        self.capabilities = self.can
        self.printer = printer
        self.number = next(_numbers)

    patience: float | None = 0.05

    def look(self) -> None:
        if not self.printer.speaks.wait(self.patience) or not self.printer.powered:
            raise refusal("offline")

    def status(self) -> PrinterStatus:
        self.look()
        return PrinterStatus(state=PrinterState.IDLE)

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        self.look()
        printer = self.printer
        return Observation(
            serial=self.serial(),
            pick_count=printer.picks,
            reject_count=printer.rejects,
            path_clear=True,
            queue_empty=not printer.queue,
            blank_number=f"{printer.used:08}",
            job=self.job(attempt_id) if attempt_id else None,
        )

    def serial(self) -> str:
        return "toy"

    def job(self, attempt_id: AttemptId) -> DeviceJob | None:
        return self.printer.jobs.get(attempt_id)

    def fence(self, attempt_id: AttemptId) -> bool:
        self.look()
        if attempt_id in self.printer.queue:
            self.printer.queue.remove(attempt_id)
        return True

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        printer, attempt = self.printer, order.attempt_id
        self.look()
        self.refuse_known(attempt)
        faces = self.read(order)
        if not printer.blanks:
            raise self.empty()
        self.submit(order, faces, steps)
        if not printer.powered:
            raise self.silence()
        while len(printer.queue) > 1:
            # What another session left behind prints first.
            printer.good.append(printer.queue.pop(0))
            printer.feed()
        self.feed(order)
        self.tell(steps, StepKind.FED)
        if not printer.powered:
            raise self.silence()
        printer.queue.remove(attempt)
        if printer.trouble:
            return self.fail(attempt)
        if order.encoding:
            self.tell(steps, StepKind.ENCODED)
        self.finish(order)
        for kind in self.last:
            self.tell(steps, kind)
        printer.jobs[attempt] = DeviceJob(state="done", picked=True)
        return AttemptOutcome(fate=CardFate.PRINTED)

    last = (StepKind.PRINTED, StepKind.EJECTED)

    def refuse_known(self, attempt: AttemptId) -> None:
        if attempt in self.printer.jobs:
            raise DriverError("it is known", fate=CardFate.UNKNOWN, reasons=("x-already-printed",))

    def read(self, order: CardOrder) -> list[bytes]:
        try:
            return [side.path.read_bytes() for side in order.sides]
        except OSError as error:
            raise refusal("x-face-unreadable") from error

    def empty(self) -> DriverError:
        return refusal("media-empty")

    def silence(self) -> DriverError:
        return DriverError("silence", fate=CardFate.UNKNOWN, reasons=("offline",))

    def submit(self, order: CardOrder, faces: Sequence[bytes], steps: Steps) -> None:
        self.printer.faces[order.attempt_id] = tuple(hashlib.sha256(face).hexdigest() for face in faces)
        self.printer.queue.append(order.attempt_id)
        self.printer.jobs[order.attempt_id] = DeviceJob(state="queued")
        self.tell(steps, StepKind.ACCEPTED)

    def feed(self, order: CardOrder) -> None:
        self.printer.feed()

    def finish(self, order: CardOrder) -> None:
        self.printer.good.append(order.attempt_id)

    def tell(self, steps: Steps, kind: StepKind) -> None:
        steps.report(kind)

    def fail(self, attempt: AttemptId) -> AttemptOutcome:
        reason, self.printer.trouble = self.printer.trouble, ""
        self.printer.jobs[attempt] = DeviceJob(state="failed", picked=True)
        self.printer.rejects += 1
        return AttemptOutcome(fate=self.fate_of(reason), reasons=(reason,))

    def fate_of(self, reason: str) -> CardFate:
        return CardFate.SPOILED


_numbers: Iterator[int] = itertools.count()


def refusal(reason: str, text: str = "no") -> DriverError:
    return DriverError(text, fate=CardFate.NOT_FED, reasons=(reason,))


class ToyDriver(PrinterDriver):
    """Open the printer that it is handed in place of settings."""

    session: type[ToySession] = ToySession

    def __init__(self, printer: ToyPrinter, context: PluginContext) -> None:
        self.printer = printer

    def open(self, device: DeviceUri) -> PrinterSession:
        if device != HERE or not self.printer.powered:
            raise refusal("offline")
        return self.session(self.printer)


class ToyBench(Bench):
    """Reach into the printer."""

    def __init__(self, printer: ToyPrinter) -> None:
        self.printer = printer

    @property
    def device(self) -> DeviceUri:
        return HERE

    def encoding(self) -> Mapping[str, str]:
        return {"file": "made up"}

    def unreachable(self) -> DeviceUri:
        return DeviceUri("toy:nowhere")

    def used(self) -> int:
        return self.printer.used

    def good(self) -> int:
        return len(self.printer.good)

    def faces(self, attempt_id: AttemptId) -> Sequence[str]:
        return self.printer.faces[attempt_id]

    def empty_hopper(self) -> None:
        self.printer.blanks = 0

    def jam_next(self) -> None:
        self.printer.trouble = "media-jam"

    def spoil_next(self) -> None:
        self.printer.trouble = "x-spoiled"

    def cut_power(self) -> None:
        self.printer.cut()

    def restore_power(self) -> None:
        self.printer.powered = True

    def silence(self) -> None:
        self.printer.speaks.clear()

    def speak(self) -> None:
        self.printer.speaks.set()


# One thing wrong in each.


class _Reading(ToyDriver):
    def __init__(self, printer: ToyPrinter, context: PluginContext) -> None:
        super().__init__(printer, context)
        Path(__file__).read_bytes()


class _Raw(ToyDriver):
    def open(self, device: DeviceUri) -> PrinterSession:
        if device != HERE:
            raise ConnectionRefusedError
        return super().open(device)


class _Copies(ToySession):
    def finish(self, order: CardOrder) -> None:
        super().finish(order)
        super().finish(order)
        self.printer.used += 1


class _CardForEachSide(ToySession):
    def feed(self, order: CardOrder) -> None:
        for _ in order.sides:
            super().feed(order)


class _BackFirst(ToySession):
    def submit(self, order: CardOrder, faces: Sequence[bytes], steps: Steps) -> None:
        super().submit(order, faces[::-1], steps)


class _Unread(ToySession):
    def read(self, order: CardOrder) -> list[bytes]:
        return [side.path.read_bytes() for side in order.sides]


class _Disordered(ToySession):
    last = (StepKind.EJECTED, StepKind.PRINTED)


class _Hasty(ToySession):
    def submit(self, order: CardOrder, faces: Sequence[bytes], steps: Steps) -> None:
        self.printer.feed()
        super().submit(order, faces, steps)

    def feed(self, order: CardOrder) -> None:
        """It has fed already."""


class _Deaf(ToySession):
    def tell(self, steps: Steps, kind: StepKind) -> None:
        with contextlib.suppress(Exception):
            super().tell(steps, kind)


class _Threaded(ToySession):
    def tell(self, steps: Steps, kind: StepKind) -> None:
        raised: list[BaseException] = []

        def report() -> None:
            try:
                steps.report(kind)
            except BaseException as error:  # noqa: BLE001 - handed on below
                raised.append(error)

        thread = threading.Thread(target=report)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]


class _EmptyUnknown(ToySession):
    def empty(self) -> DriverError:
        return DriverError("no", fate=CardFate.UNKNOWN, reasons=("media-empty",))


class _JamNotFed(ToySession):
    def fate_of(self, reason: str) -> CardFate:
        return CardFate.NOT_FED if reason == "media-jam" else CardFate.SPOILED


class _SpoiledPrinted(ToySession):
    def fate_of(self, reason: str) -> CardFate:
        return CardFate.PRINTED if reason == "x-spoiled" else CardFate.SPOILED


class _SilenceNotFed(ToySession):
    def silence(self) -> DriverError:
        return refusal("offline")


class _FromMemory(ToySession):
    def status(self) -> PrinterStatus:
        return PrinterStatus(state=PrinterState.IDLE)


class _Again(ToySession):
    def refuse_known(self, attempt: AttemptId) -> None:
        """It asks for nothing."""


class _Endless(ToySession):
    can = attrs.evolve(CAN, call_timeout=float("inf"))


class _Unsensed(ToySession):
    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        return attrs.evolve(super().observe(attempt_id), path_clear=None)


class _Guessing(ToySession):
    can = attrs.evolve(CAN, reads_blank_number=False)


class _Calibrating(ToySession):
    def status(self) -> PrinterStatus:
        self.printer.rejects += 1
        return super().status()


class _CountingTwice(ToySession):
    def finish(self, order: CardOrder) -> None:
        super().finish(order)
        self.printer.picks += 1


class _Forgetful(ToySession):
    def __init__(self, printer: ToyPrinter) -> None:
        super().__init__(printer)
        printer.counter_lasts = False


class _KnowingAll(ToySession):
    def job(self, attempt_id: AttemptId) -> DeviceJob | None:
        return DeviceJob(state="done", picked=True)


class _Volatile(ToySession):
    def __init__(self, printer: ToyPrinter) -> None:
        super().__init__(printer)
        printer.memory_lasts = False


class _Fenceless(ToySession):
    def fence(self, attempt_id: AttemptId) -> bool:
        self.look()
        return True

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        return attrs.evolve(super().observe(attempt_id), queue_empty=True)


class _Unsure(ToySession):
    def fence(self, attempt_id: AttemptId) -> bool:
        return attempt_id in self.printer.queue and super().fence(attempt_id)


class _NeverIdle(ToySession):
    def status(self) -> PrinterStatus:
        return attrs.evolve(super().status(), state=PrinterState.PROCESSING)


class _Severe(ToySession):
    def status(self) -> PrinterStatus:
        return attrs.evolve(super().status(), reasons=("marker-supply-low-warning",))


class _ClosedOnce(ToySession):
    open = True

    def close(self) -> None:
        if not self.open:
            raise RuntimeError
        self.open = False


class _Nameless(ToySession):
    def serial(self) -> str:
        return f"toy-{self.number}"


class _Talking(ToySession):
    def read(self, order: CardOrder) -> list[bytes]:
        try:
            return super().read(order)
        except DriverError as error:
            raise refusal("x-face-unreadable", f"could not make {dict(order.encoding)}") from error


class _Patient(ToySession):
    patience = None


def _with(session: type[ToySession]) -> type[ToyDriver]:
    return type("Bad", (ToyDriver,), {"session": session})


BAD_DRIVERS: Mapping[str, tuple[Callable[[ToyPrinter, PluginContext], PrinterDriver], ...]] = {
    "D1": (_Reading,),
    "D2": (_Raw,),
    "D3": (_with(_Copies),),
    "D4": (_with(_CardForEachSide),),
    "D5": (_with(_BackFirst),),
    "D6": (_with(_Unread),),
    "D7": (_with(_Disordered), _with(_Threaded)),
    "D8": (_with(_Hasty),),
    "D9": (_with(_Deaf),),
    "D10": (_with(_EmptyUnknown),),
    "D11": (_with(_JamNotFed),),
    "D12": (_with(_SpoiledPrinted),),
    "D13": (_with(_SilenceNotFed),),
    "D14": (_with(_FromMemory),),
    "D15": (_with(_Again),),
    "D16": (_with(_Endless),),
    "D17": (_with(_Unsensed),),
    "D18": (_with(_Guessing),),
    "D19": (_with(_Calibrating),),
    "D20": (_with(_CountingTwice),),
    "D21": (_with(_Forgetful),),
    "D22": (_with(_KnowingAll),),
    "D23": (_with(_Volatile),),
    "D24": (_with(_Fenceless),),
    "D25": (_with(_Unsure),),
    "D26": (_with(_NeverIdle),),
    "D27": (_with(_Severe),),
    "D28": (_with(_ClosedOnce),),
    "D29": (_with(_Nameless),),
    "D30": (_with(_Talking),),
    "D31": (_with(_Patient),),
}
"""Drivers that break a rule, by its number."""
