"""A card printer as a state machine in virtual time: no thread, no clock, no chance but its own seed."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Sequence

from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    CardFate,
    CardOrder,
    CardPosition,
    DeviceJob,
    Observation,
    PrinterStatus,
    Step,
    StepKind,
)
from cardprint.model.messages import Done, Event, Failed, Reported
from cardprint.simulation import sensors
from cardprint.simulation.build import PrinterBuild
from cardprint.simulation.chips import SimulatedChip
from cardprint.simulation.faults import Fault, FaultKind, Phase, phase_after
from cardprint.simulation.memory import PrinterMemory, Work
from cardprint.simulation.world import World

__all__ = ["SimulatedPrinter"]

_OFFLINE = ("offline",)


class SimulatedPrinter:
    """Make cards out of a world's blanks; moments are seconds of one clock that never goes back.

    Whoever drives it calls ``step`` at the moments that ``due`` names; a synced step waits for ``proceed``.
    """

    def __init__(
        self,
        name: str,
        world: World,
        build: PrinterBuild | None = None,
        *,
        memory: PrinterMemory | None = None,
    ) -> None:
        self.name = name
        self.world = world
        self.build = build or PrinterBuild()
        self.faults: deque[Fault] = deque()
        """Trouble to come; the first meets the next job that begins."""
        self.memory = memory or PrinterMemory(ribbon=self.build.ribbon)
        self._random = random.Random(f"{self.build.seed}/{name}/{self.memory.boots}")
        self._events: list[Event] = []
        world.install(name, self.build.hopper_size)

    def begin(self, order: CardOrder, now: float, *, handed: bool = False) -> Failed | None:
        """Take a job, its chip ``handed`` to the station's encoder or not; Failed: not taken, nothing has moved."""
        memory = self.memory
        if not self.reachable(now):
            return Failed(detail="The printer does not answer.", fate=CardFate.NOT_FED, reasons=_OFFLINE)
        if memory.work is not None:
            return Failed(detail="The printer is busy.", fate=CardFate.NOT_FED, reasons=("x-busy",))
        if reasons := sensors.obstacles(self.name, self.world, self.build, self.memory):
            return Failed(detail="The printer cannot feed.", fate=CardFate.NOT_FED, reasons=reasons)
        if order.encoding and CardPosition.CONTACT not in self.build.capabilities.encoders:
            detail = "The printer has no contact station."
            return Failed(detail=detail, fate=CardFate.NOT_FED, reasons=("x-no-encoder",), permanent=True)
        memory.jobs_taken += 1
        memory.work = Work(
            attempt_id=order.attempt_id,
            faces=tuple(side.sha256 for side in order.sides),
            encodes=bool(order.encoding),
            handed=handed,
            due=now + self.build.queue_seconds,
            number=memory.jobs_taken,
            fault=self.faults.popleft() if self.faults else None,
        )
        self._note("queued")
        self._strike(Phase.QUEUED, now)
        return None

    def due(self) -> float | None:
        """Give the moment at which something happens next; None: nothing does until somebody acts.

        Minus infinity: there is something to tell already.
        """
        return -math.inf if self._events else self._next()

    def step(self, now: float) -> list[Event]:
        """Do all that is due until ``now``; give what the machine tells whoever began the job."""
        while (due := self._next()) is not None and due <= now:
            if self.memory.powered:
                self._end_phase(due)
            else:
                self.power_on(due)
        events, self._events = self._events, []
        return events

    def proceed(self, now: float) -> None:
        """Go on after a synced step."""
        work = self.memory.work
        if work is not None and work.waits and not work.hands and self.reachable(now):
            work.waits = False
            self._enter(phase_after(work.phase, encodes=work.encodes), now)

    def fence(self, attempt_id: AttemptId, now: float) -> bool:
        """Drop what has not begun to print; True once nothing of the attempt can still print."""
        if not (self.build.capabilities.can_fence and self.reachable(now)):
            return False
        work = self.memory.work
        if work is None or work.attempt_id != attempt_id:
            return True
        if work.waits or work.phase is Phase.QUEUED:
            self._reject(work.cards)
            self._finish("failed", CardFate.SPOILED if work.picked else CardFate.NOT_FED, ("x-fenced",))
            return True
        return False

    def chip(self, now: float) -> SimulatedChip | None:
        """Give the chip at the contacts, while it is in the hands of the station's encoder."""
        work = self.memory.work
        return self.world.chip(work.cards[0]) if work is not None and work.hands and self.reachable(now) else None

    def chip_done(self, now: float, *, good: bool) -> None:
        """Take the card back from the station's encoder: print it, or throw it out."""
        work = self.memory.work
        if work is None or not work.hands or not self.reachable(now):
            return
        work.hands = work.waits = False
        if good:
            self._enter(Phase.PRINT, now)
        else:
            self._spoil(work, "x-chip-failed")

    def reachable(self, now: float) -> bool:
        """Say whether the machine answers."""
        memory = self.memory
        return not self.build.broken and memory.powered and now >= memory.silent_until and now >= memory.line_back

    def hangs(self, now: float) -> bool:
        """Say whether the machine is there and says nothing."""
        return not self.build.broken and self.memory.powered and now < self.memory.silent_until

    def idle(self) -> bool:
        """Say whether no job is in the machine."""
        return self.memory.work is None

    def status(self, now: float) -> PrinterStatus:
        """Tell how the machine is; ask only while it is reachable."""
        return sensors.status(self.name, self.world, self.build, self.memory, now)

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell what the machine's tier lets be observed; ask only while it is reachable."""
        return sensors.observe(self.name, self.world, self.build, self.memory, attempt_id)

    def power_off(self, now: float) -> None:
        """Go dark at once: what is on its way stays where it is."""
        memory = self.memory
        if not memory.powered:
            return
        memory.powered = False
        memory.power_back = None
        work = memory.work
        if work is not None:
            self._tell(Failed(detail="The printer is gone.", fate=CardFate.UNKNOWN, reasons=_OFFLINE))
            self._note("failed")
            memory.work = None

    def power_on(self, now: float) -> None:
        """Start: throw out what stands in the path, forget what the tier does not keep."""
        memory = self.memory
        if memory.powered:
            return
        can = self.build.capabilities
        memory.powered = True
        memory.power_back = None
        memory.silent_until = -math.inf
        memory.boots += 1
        if not can.job_table_survives_power:
            memory.jobs.clear()
            memory.numbers.clear()
        if not can.pick_counter_survives_power:
            memory.picks_lost = memory.picks
        if not memory.jammed:
            self._reject(self.world.inside(self.name))
        self._random = random.Random(f"{self.build.seed}/{self.name}/{memory.boots}")

    def clear(self) -> None:
        """Let somebody see to the machine: path cleared, cover closed, blanks straightened, line and power left alone.

        A job that is at work is ended by it.
        """
        memory = self.memory
        work = memory.work
        if work is not None:
            work.picked = work.picked or bool(self.world.inside(self.name))
            fate = CardFate.SPOILED if work.picked else CardFate.NOT_FED
            self._finish("failed", fate, ("cover-open",))
        self.world.clear_path(self.name)
        memory.jammed = ""
        memory.sees_no_blank = False

    def swap(self) -> None:
        """Put another machine of the same model in its place, with blanks, tray and bin taken over."""
        memory = PrinterMemory(ribbon=self.build.ribbon, swaps=self.memory.swaps + 1)
        memory.picks = self._random.randrange(1000)
        self.world.clear_path(self.name)
        self.memory = memory

    def change_ribbon(self) -> None:
        """Put in a new ribbon."""
        self.memory.ribbon = self.build.ribbon

    def _next(self) -> float | None:
        if not self.memory.powered:
            return self.memory.power_back
        work = self.memory.work
        return None if work is None or work.waits or work.due == math.inf else work.due

    def _end_phase(self, at: float) -> None:
        work = self.memory.work
        if work is None:
            return
        phase = work.phase
        if phase is Phase.QUEUED and not work.accepted and self.build.capabilities.job_table:
            work.accepted = work.waits = True
            self._tell(Reported(step=Step(kind=StepKind.ACCEPTED, device_job=f"{self.name}-{work.number}")))
        elif phase is Phase.FEED:
            self._tell(Reported(step=Step(kind=StepKind.FED, card_number=self._card_number(work))))
            self._enter(phase_after(work.phase, encodes=work.encodes), at)
        elif phase is Phase.ENCODE:
            self._identify(work)
        elif phase is Phase.WRITE:
            self.world.chip(work.cards[0]).hold(work.attempt_id)
            work.waits = True
            self._tell(Reported(step=Step(kind=StepKind.ENCODED, chip_number=self.world.chip(work.cards[0]).number)))
        elif phase is Phase.PRINT:
            self._end_print(work, at)
        elif phase is Phase.EJECT:
            self._eject(work, at)
        else:
            self._enter(phase_after(work.phase, encodes=work.encodes), at)
        if work.waits and work.deaf:
            # Nobody is there any more who could say "go on": the machine does so by itself.
            work.waits = False
            self._enter(phase_after(work.phase, encodes=work.encodes), at)

    def _enter(self, phase: Phase, at: float) -> None:
        """Begin a phase; trouble of this phase strikes once the phase has physically begun."""
        work = self.memory.work
        if work is None:
            return
        if phase is Phase.FEED:
            cool_at = self.memory.heat.cool_at(at, self.build)
            if cool_at > at:
                work.due = cool_at
                return
            if not self._feed(work):
                return
        elif phase in {Phase.ENCODE, Phase.WRITE}:
            if not self._touch_chip(work, phase):
                return
        elif phase is Phase.PRINT:
            self.world.transport(work.cards[0], self.name, CardPosition.PRINT)
            self.world.begin_print(work.cards[0], work.attempt_id, work.faces)
            if self.memory.ribbon is not None:
                self.memory.ribbon -= 1
        work.phase = phase
        work.due = at + phase.share * self.build.seconds_per_card
        self._strike(phase, at)

    def _feed(self, work: Work) -> bool:
        memory = self.memory
        if work.meets(FaultKind.EMPTY):
            memory.sees_no_blank = True
        if obstacles := sensors.obstacles(self.name, self.world, self.build, self.memory):
            self._finish("failed", CardFate.NOT_FED, obstacles)
            return False
        number = self.world.pick(self.name, work.attempt_id)
        if number is None:
            return False
        memory.picks += 1
        work.cards = [number]
        work.picked = True
        self._note("active")
        second = self.world.pick(self.name, work.attempt_id) if work.meets(FaultKind.DOUBLE_FEED) else None
        if second is not None:
            work.cards.append(second)
            self._spoil(work, "x-double-feed")
            return False
        return True

    def _touch_chip(self, work: Work, phase: Phase) -> bool:
        """Put the chip to the contacts, or begin to write it; False where it is torn off them."""
        number = work.cards[0]
        if phase is Phase.ENCODE:
            self.world.transport(number, self.name, CardPosition.CONTACT)
            if work.fault is not None:
                self.world.meet(number, work.fault)
            return True
        self.world.chip(number).hold(work.attempt_id[: len(work.attempt_id) // 2])
        torn = self.world.chip(number).commands is not None
        if torn:
            self._spoil(work, "x-chip-failed")
        return not torn

    def _identify(self, work: Work) -> None:
        """Tell the chip's number, or hand the chip over, before anything is written to it."""
        chip = self.world.chip(work.cards[0])
        chip.power()
        if work.handed and not work.deaf:
            work.hands = work.waits = True
        elif work.deaf or chip.refusal:
            # Nobody is there who could write the number down: the chip stays as it is.
            self._spoil(work, chip.refusal or "x-chip-failed")
        else:
            work.waits = True
            self._tell(Reported(step=Step(kind=StepKind.IDENTIFIED, chip_number=chip.number)))

    def _spoil(self, work: Work, reason: str) -> None:
        self._reject(work.cards)
        self._finish("failed", CardFate.SPOILED, (reason,))

    def _end_print(self, work: Work, at: float) -> None:
        spoiled = work.meets(FaultKind.SPOIL)
        if self.build.spoil_rate > 0 and self._random.random() < self.build.spoil_rate:
            spoiled = True
        self.memory.heat.warm(at, self.build)
        if spoiled:
            self._spoil(work, "x-spoiled")
            return
        if not work.meets(FaultKind.FALSE_DONE):
            self.world.end_print(work.cards[0])
        self._tell(Reported(step=Step(kind=StepKind.PRINTED)))
        self._enter(Phase.EJECT, at)

    def _eject(self, work: Work, at: float) -> None:
        self.world.transport(work.cards[0], self.name, CardPosition.OUTPUT)
        self.memory.ejects += 1
        self._tell(Reported(step=Step(kind=StepKind.EJECTED)))
        self._finish("done", CardFate.PRINTED, ())

    def _strike(self, phase: Phase, at: float) -> None:
        work = self.memory.work
        fault = work.fault if work is not None else None
        if work is None or fault is None or fault.phase is not phase:
            return
        until = math.inf if fault.lasts is None else at + fault.lasts
        kind = fault.kind
        if kind in {FaultKind.JAM, FaultKind.COVER_OPEN}:
            self.memory.jammed = "media-jam" if kind is FaultKind.JAM else "cover-open"
            fate = CardFate.SPOILED if work.picked else CardFate.NOT_FED
            self._finish("failed", fate, (self.memory.jammed,))
        elif kind is FaultKind.RIBBON_END:
            self.memory.ribbon = 0
            self._spoil(work, "marker-supply-empty")
        elif kind is FaultKind.POWER_LOSS:
            self.power_off(at)
            self.memory.power_back = None if fault.lasts is None else until
        elif kind is FaultKind.HANG:
            self.memory.silent_until = until
            work.due += until - at
        elif kind is FaultKind.OFFLINE:
            self.memory.line_back = until
            self._tell(Failed(detail="The line is cut.", fate=CardFate.UNKNOWN, reasons=_OFFLINE))
            work.deaf = True

    def _reject(self, cards: Sequence[int]) -> None:
        for number in cards:
            self.world.transport(number, self.name, CardPosition.REJECT)
        self.memory.rejects += len(cards)

    def _finish(self, state: str, fate: CardFate, reasons: tuple[str, ...]) -> None:
        work = self.memory.work
        if work is None:
            return
        self._note(state)
        self.memory.work = None
        if work.deaf:
            return
        after, number = self.observe(work.attempt_id), self._card_number(work)
        self._events.append(Done(outcome=AttemptOutcome(fate=fate, reasons=reasons, after=after, card_number=number)))

    def _note(self, state: str) -> None:
        """Write the job into the table, whether the tier lets it be read or not."""
        work = self.memory.work
        if work is not None:
            job = DeviceJob(state=state, picked=work.picked)
            self.memory.remember(work.attempt_id, job, self._card_number(work) if state == "done" else "")

    def _card_number(self, work: Work) -> str:
        return f"{work.cards[0]:08d}" if work.cards and self.build.capabilities.reads_blank_number else ""

    def _tell(self, event: Event) -> None:
        if self.memory.work is None or not self.memory.work.deaf:
            self._events.append(event)
