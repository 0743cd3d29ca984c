"""One run: the real station and engine in a world of its own, with the troubles of a plan."""

from __future__ import annotations

import contextlib
import logging
import random
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import cast

import attrs

from cardprint.engine.parts import business_date
from cardprint.errors import CardprintError, SourceError
from cardprint.model import JobState, StepKind
from cardprint.model.messages import Command, Proceed, Submit
from cardprint.simulation import Phase, VirtualClock, World
from cardprint.station import Station
from cardprint.testing.simulation.centre import Centre, CentreInMemory
from cardprint.testing.simulation.connection import Connection, Connections
from cardprint.testing.simulation.disk import Disk, ProcessDiedError
from cardprint.testing.simulation.machines import machines
from cardprint.testing.simulation.memory import Memory
from cardprint.testing.simulation.oracle import Report, cards_due, judge, lacks_photo
from cardprint.testing.simulation.people import People
from cardprint.testing.simulation.plan import Operator, Plan
from cardprint.testing.simulation.port import WatchedPort
from cardprint.testing.simulation.process import Process, StalledError, configuration
from cardprint.testing.simulation.troubles import Troubles

__all__ = ["CentreMaker", "Office", "run"]

CentreMaker = Callable[[Plan, Path, Callable[[], date]], Centre]
"""Makes the centre of a plan's office, which has that folder, from its folder and the centre's own day."""

_log = logging.getLogger(__name__)
_FILE = "station.db"
_TURNS = 6_000
_BOOTS = 200
_PATIENCE = 400
"""Turns of ten seconds in which nothing moves, after which nothing ever will."""
_SPARE = 12


class StuckError(Exception):
    """Tell that the work does not come to its end."""


def run(plan: Plan, centre: CentreMaker = CentreInMemory) -> Report:
    """Work a plan off and judge it, with a centre in memory or another one."""
    office = Office(plan, centre)
    try:
        return office.play()
    finally:
        office.end()


class Office:
    """Hold the world, the disk and the people, which outlive any number of the station's processes."""

    _folder: Path | None = None
    _images: dict[tuple[object, ...], bytes] = {}  # noqa: RUF012 - shared on purpose: a store takes long to make

    def __init__(self, plan: Plan, centre: CentreMaker = CentreInMemory) -> None:
        self.plan = plan
        self.clock = VirtualClock()
        self.world = World()
        self.printers = machines(plan, self.world)
        self.people = People(self.world, self.printers, plan.operator)
        self.config = configuration(self.folder(), len(plan.tiers), chips=plan.chips)
        self._made_by = centre
        self._empty()
        # Time that only grows is the true one: whoever sets the office's clock sets no other.
        self.centre = centre(plan, self.folder(), lambda: business_date(self.config, self.clock.monotonic()))
        self.disk = Disk()
        self.connections = Connections(self.disk)
        self.connections.committed = self._acknowledged
        self.complaints: list[str] = []
        self.turns = 0
        self._chance = random.Random(f"run/{plan.seed}")
        self.troubles = Troubles(
            plan,
            chance=self._chance,
            clock=self.clock,
            disk=self.disk,
            printers=self.printers,
            centre=self.centre,
        )
        self.memory = Memory(self.printers, lying=plan.lying)
        self.holders = self.troubles.holders
        self._process: Process | None = None
        self._sleeper: tuple[Process, StalledError] | None = None
        self._awake = False
        self._wakes = 0
        for name in self.printers:
            self.world.deliver(self.blanks)
            self.world.load(name, self.blanks)

    @property
    def blanks(self) -> int:
        """Blanks in each hopper at first: enough for every request, whatever is spoiled."""
        return 3 * self.plan.jobs + _SPARE

    @property
    def station(self) -> Station | None:
        """The station of the process that lives; None where none does."""
        return None if self._process is None else self._process.station

    @classmethod
    def folder(cls) -> Path:
        """Give the folder of everything that is not the store: locks and spool."""
        if cls._folder is None:
            memory = Path("/dev/shm")  # noqa: S108 - in memory where there is such a place
            cls._folder = Path(tempfile.mkdtemp(prefix="cardprint-", dir=memory if memory.is_dir() else None))
        return cls._folder

    @classmethod
    def _empty(cls) -> None:
        """Leave no photo of another run in the folder."""
        for name in ("photos", "plugins"):
            shutil.rmtree(cls.folder() / name, ignore_errors=True)

    def play(self) -> Report:
        """Live through the troubles, then through a quiet time, and judge."""
        try:
            if not self.plan.from_nothing:
                self.disk.put(_FILE, self._image())
            if not self.plan.to_the_end:
                self._troubled()
            self._quiet()
        except StuckError as error:
            self.complaints.append(str(error))
        # People count in peace.
        self.troubles.end()
        self.disk.before = lambda _: None
        return judge(self, self.station)

    def end(self) -> None:
        """Put everything away."""
        self._drop()
        self.centre.close()

    # What a port tells.

    def call(self, kind: str) -> str | None:
        """Count a call to a device."""
        return self.troubles.call(kind)

    def commands(self, port: WatchedPort, command: Command) -> None:
        """Stall where that is due; check promise G2: what lets a device act is durable before the device is told."""
        stall = self.troubles.stall
        if stall is not None and self._process is not None and self._sleeper is None:
            self.troubles.stall = None
            self._wakes = self.turns + int(stall.amount)
            raise StalledError(port, command)
        if not port.dead and isinstance(command, Submit | Proceed):
            self._commanded(port.printer.name, command)

    def _commanded(self, name: str, command: Submit | Proceed) -> None:
        if self.station is None:
            return
        with self.station._database.reading() as reading:
            row = reading.one(
                "SELECT state, steps, station, id FROM attempt WHERE printer = ? AND state IN ('INTENT', 'IN_DOUBT')",
                (name,),
            )
        if row is None or not (self.disk.synced or self.plan.lying):
            self.complaints.append(f"G2: printer {name} was commanded without a durable intent")
        elif isinstance(command, Submit):
            attempt = f"{row[2]}-{row[3]:08d}"
            # What an overtaken process had intended may be in doubt by now, but is not concluded while it may act.
            if attempt != command.order.attempt_id or (row[0] != "INTENT" and not self._awake):
                self.complaints.append(f"G2: printer {name} was commanded for another attempt than the intended one")
            if self.plan.photos and lacks_photo(self.station, row[3]):
                self.complaints.append(f"photo: printer {name} was commanded for a request whose photo is not here")
            self.complaints += self.memory.submitted(name)
        elif not row[1] or self._ahead(name, row[1].split()):
            self.complaints.append(f"step C: printer {name} went on before what it reported was durable")

    def _ahead(self, name: str, steps: list[str]) -> bool:
        """Say whether a chip is about to be written whose number the store does not hold."""
        work = self.printers[name].memory.work
        return work is not None and work.phase is Phase.ENCODE and StepKind.IDENTIFIED.value not in steps

    def _acknowledged(self, connection: Connection) -> None:
        row = connection.raw.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        if row is not None:
            self.memory.acknowledged(cast("int", row[0]), cast("bytes", row[1]))
        if self._awake:
            self.complaints.append("a process that had been overtaken has written to the store")

    # The station's processes.

    def _boot(self) -> None:
        for _ in range(_BOOTS):
            try:
                self.disk.before = self.troubles.call
                process = self._process = self._made()
                self.complaints += self.memory.compare(process.station)
                if self.plan.from_nothing:
                    self._set_up(process.station)
                process.own()
            except ProcessDiedError:
                self._drop()
                self.clock.sleep(1.0)
            except CardprintError as error:
                # It cannot start, says so and ends; somebody starts it again.
                _log.info("the station does not start: %s", error)
                self._drop()
                self.clock.sleep(30.0)
            else:
                return
        raise StuckError("the station cannot be started")

    def _made(self) -> Process:
        return Process(
            self.config,
            self.centre.source(),
            clock=self.clock,
            connections=self.connections,
            ports=lambda printer: WatchedPort(self.printers[printer.name], self.clock, self),
        )

    def _set_up(self, station: Station) -> None:
        """Take requests in and load the hoppers, if that is not yet done."""
        station.sources.pull("centre")
        self._load(station)

    def _load(self, station: Station) -> None:
        accounts = station.stock.report().accounts
        for name in self.printers:
            if not any(accounts.get(f"{place}:{name}") for place in ("hopper", "in-machine")) and not (
                accounts.get("printed") or accounts.get("spoiled:1")
            ):
                if not accounts.get("vault"):
                    station.stock.receive(self.blanks, by="a")
                station.stock.load(name, self.blanks, by="a", witness="b")

    def _drop(self) -> None:
        """Leave the process behind, and one that sleeps: nothing is closed in order, but their locks are gone."""
        self.disk.kill()
        self.connections.release()
        if self._process is not None:
            self._process.leave()
        if self._sleeper is not None:
            self._sleeper[0].leave()
        self._process = self._sleeper = None
        for printer in self.printers.values():
            # A machine goes on by itself, but chips are written by the station's process alone.
            if printer.memory.work is None or printer.memory.work.phase is not Phase.ENCODE:
                printer.proceed(self.clock.monotonic())

    def _fall_asleep(self, stalled: StalledError) -> None:
        """Let the process stand still where it is, while its lock is lost and another one takes over."""
        if self._process is not None:
            self._process.lose_lock()
            self._sleeper = (self._process, stalled)
            self._process = None

    def _wake(self) -> None:
        """Let the process that was overtaken go on: it must change nothing any more, and move nothing twice."""
        if self._sleeper is None:
            return
        (process, stalled), self._awake = self._sleeper, True
        # Nothing else befalls anybody meanwhile: the two processes have one connection in here.
        self.troubles.pausing = True
        try:
            process.wake(stalled)
        finally:
            self._awake = self.troubles.pausing = False
        process.leave()
        self._sleeper = None

    # Time.

    def _troubled(self) -> None:
        idle = 0
        while self.troubles.going_on or self._sleeper is not None:
            if self._process is None:
                self._boot()
            moved = self._turn()
            idle = 0 if moved else idle + 1
            if self.turns > _TURNS or (idle > 3 and self._sleeper is None):  # noqa: PLR2004 - nothing more happens
                break
        self.troubles.end()

    def _quiet(self) -> None:
        """Let faults stop and people do their work: everything must come to its end."""
        self.people.operator = Operator.TRUTHFUL
        self.centre.calm()
        if self.plan.leased:
            self.clock.jump(self.clock.monotonic() - self.clock.now())
        self.turns = self._wakes = 0
        for printer in self.printers.values():
            printer.faults.clear()
            printer.build = attrs.evolve(printer.build, spoil_rate=0.0)
        idle = 0
        while not self._finished():
            if self._process is None:
                self._boot()
            idle = 0 if self._turn(quiet=True) else idle + 1
            if self.turns > _TURNS or idle > _PATIENCE:
                raise StuckError("G10: the work does not come to its end once faults have stopped")

    def _finished(self) -> bool:
        """Say whether every request that stands has its card, nothing is in doubt, and the centre knows all."""
        if self.station is None or self.station.jobs.count(JobState.COMPLETED) < cards_due(self, self.station):
            return False
        status = self.station.status()
        return not status.outbox and all(printer.idle() for printer in self.printers.values())

    def _turn(self, *, quiet: bool = False) -> bool:
        """Let every worker go as far as it can, then people and centre; False where nothing moves."""
        self.turns += 1
        if self._process is None:
            return True
        station = self._process.station
        try:
            if self.turns >= self._wakes:
                self._wake()
            moment = self._work(self._process)
            if moment is not None:
                self.clock.advance_to(moment)
                if self._chance.random() < 0.05:  # noqa: PLR2004 - now and then
                    self._between(station)
                    self._rounds(station)
                return True
            moved = self._rounds(station)
            if quiet:
                moved |= self.people.release_held(station)
                moved |= self.people.put_day_right(station)
            self.clock.sleep(10.0)
            return self._between(station) or moved
        except StalledError as stalled:
            self._fall_asleep(stalled)
            return True
        except ProcessDiedError:
            self._drop()
            self.clock.sleep(1.0)
            return True

    def _work(self, process: Process) -> float | None:
        try:
            return process.work(self._chance)
        except Exception as error:
            self.complaints.append(f"a worker failed with {type(error).__name__}: {error}")
            raise StuckError("a worker failed") from error

    def _rounds(self, station: Station) -> bool:
        """Let people see to the printers, but not while the process that was overtaken has its hands on them."""
        if self._sleeper is not None:
            return True
        while self.troubles.canceled:
            self.people.cancel(station, self.troubles.canceled.pop())
        done = self.people.rounds(station, self.clock.monotonic())
        self.memory.counted(self.people.counted, station)
        return done

    def _between(self, station: Station) -> bool:
        """Tell and ask the centre, and checkpoint, as a station does between cards."""
        try:
            delivered = station.sources.deliver()
            if self.plan.leased:
                taken = station.sources.pull("centre")
                delivered += taken.pages + taken.photos
            station._database.checkpoint()
        except CardprintError:
            return True
        return bool(delivered)

    # What is there at first.

    def _image(self) -> bytes:
        """Give a store in which everything is ready, made once for each size of an office."""
        plan = self.plan
        size = (self._made_by, len(self.printers), plan.jobs, plan.chips, plan.leased, bool(plan.photos))
        if size not in self._images:
            plain = Plan(seed=0, tiers=plan.tiers, jobs=plan.jobs, from_nothing=True)
            photos = (True,) * plan.jobs if plan.photos else ()
            office = Office(attrs.evolve(plain, chips=plan.chips, leased=plan.leased, photos=photos), self._made_by)
            station = office._made().station
            # All photos are still to come.
            office.centre.cut_photo()
            with contextlib.suppress(SourceError):
                station.sources.pull("centre")
            office._load(station)
            station.close()
            office.centre.close()
            self._empty()
            self._images[size] = office.disk.content(_FILE)
        return self._images[size]
