"""What a simulated printer remembers; plain data, so that a device process can write it down at every step."""

from __future__ import annotations

import math

import attrs

from cardprint.model import AttemptId, DeviceJob
from cardprint.simulation.build import PrinterBuild
from cardprint.simulation.faults import Fault, FaultKind, Phase

__all__ = ["Heat", "PrinterMemory", "Work"]

_JOBS_KEPT = 100
"""Jobs that a machine's table holds; the oldest is forgotten first."""


@attrs.define(kw_only=True)
class Work:
    """Hold the one job that is in the machine."""

    attempt_id: AttemptId
    """Its name, given by whoever began it."""
    faces: tuple[str, ...]
    """SHA-256 of what is to be printed."""
    encodes: bool
    """True where the chip is written first."""
    due: float
    """The moment at which its phase ends."""
    number: int
    """The machine's own number of the job."""
    phase: Phase = Phase.QUEUED
    """What the machine does to it."""
    fault: Fault | None = None
    """The trouble it meets."""
    cards: list[int] = attrs.field(factory=list)
    """The blanks drawn for it."""
    picked: bool = False
    """True once a blank has left the hopper for it."""
    accepted: bool = False
    """True once it was told that the job is taken."""
    handed: bool = False
    """True where its chip is handed to the station's encoder; False: the machine writes it by itself."""
    hands: bool = False
    """True while its chip is in the hands of the station's encoder."""
    waits: bool = False
    """True while it waits for the word to go on."""
    deaf: bool = False
    """True where nobody listens any more."""

    def meets(self, kind: FaultKind) -> bool:
        """Say whether this kind of trouble is its lot."""
        return self.fault is not None and self.fault.kind is kind


@attrs.define(kw_only=True)
class Heat:
    """Follow the head's heat, counted in cards; it falls evenly with time."""

    level: float = 0.0
    """Heat at the moment ``since``."""
    since: float = 0.0
    """When ``level`` was true."""
    cooling_until: float = -math.inf
    """The moment up to which the head must rest."""

    def warm(self, at: float, build: PrinterBuild) -> None:
        """Add one card's heat; above the limit the head must rest until it is down to the share it resumes at."""
        if build.heat_limit is None:
            return
        gone = (at - self.since) * build.cools_per_hour / 3600.0
        self.level = max(self.level - gone, 0.0) + 1.0
        self.since = at
        if self.level > build.heat_limit:
            over = self.level - build.heat_limit * build.heat_resume
            self.cooling_until = at + over * 3600.0 / build.cools_per_hour

    def cool_at(self, now: float, build: PrinterBuild) -> float:
        """Give the moment from which the head may print; ``now`` where it may already."""
        return now if build.heat_limit is None else max(now, self.cooling_until)


@attrs.define(kw_only=True)
class PrinterMemory:
    """Hold all that changes in a printer; the cards themselves are the world's."""

    ribbon: int | None = None
    """Cards the ribbon still lasts; None: it never ends."""
    picks: int = 0
    """Times the feeder has drawn, over the machine's life."""
    picks_lost: int = 0
    """Picks that the counter forgot in power cuts."""
    ejects: int = 0
    """Cards put into the output tray."""
    rejects: int = 0
    """Cards put into the reject bin."""
    swaps: int = 0
    """Machines that stood in its place before."""
    boots: int = 1
    """Times it was started."""
    jobs_taken: int = 0
    """Jobs it has taken."""
    heat: Heat = attrs.field(factory=Heat)
    """Its head's heat."""
    jobs: dict[AttemptId, DeviceJob] = attrs.field(factory=dict)
    """Its job table."""
    numbers: dict[AttemptId, str] = attrs.field(factory=dict)
    """The card each job was printed on, where it reads numbers."""
    work: Work | None = None
    """The job in the machine."""
    powered: bool = True
    """True while it has power."""
    power_back: float | None = None
    """When the power comes back by itself; None: it does not."""
    silent_until: float = -math.inf
    """Until when it hangs."""
    line_back: float = -math.inf
    """Until when the line to it is cut."""
    jammed: str = ""
    """Why it stands still until somebody clears it, as a keyword."""
    sees_no_blank: bool = False
    """True while its sensor says empty, whatever lies in the hopper."""

    def remember(self, attempt_id: AttemptId, job: DeviceJob, number: str) -> None:
        """Write a job into the table and forget the oldest."""
        self.jobs[attempt_id] = job
        if number:
            self.numbers[attempt_id] = number
        if len(self.jobs) > _JOBS_KEPT:
            oldest = next(iter(self.jobs))
            del self.jobs[oldest]
            self.numbers.pop(oldest, None)
