"""Running: ownership of the printers, and a thread for each of them."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable

from cardprint.engine.act import IN_DOUBT
from cardprint.engine.answers import take_answers
from cardprint.engine.cards import CardDesk
from cardprint.engine.delays import Delays
from cardprint.engine.faces import FaceShelf
from cardprint.engine.feeding import Hindrance
from cardprint.engine.parts import Parts
from cardprint.engine.recovery import check_at_start, settle
from cardprint.engine.replacing import Replacing
from cardprint.engine.standing import Standing
from cardprint.engine.worker import PrinterWorker
from cardprint.errors import CardprintError, OvertakenError
from cardprint.hosts import PrinterPort
from cardprint.model.configuration import PrinterConfig
from cardprint.model.jobs import JobState
from cardprint.station.ahead import Ahead
from cardprint.station.summary import RunSummary
from cardprint.store import Reading, attempts, jobs, journal, printers, testcards

__all__ = ["Running"]

_log = logging.getLogger(__name__)
_LOOK_AROUND = 0.25
_PORT_WAIT = 0.5
_BREATH = 0.005
_PLACE_AGAIN = 1.0


class Running:
    """Hold the printers of a station; made by ``Station.run`` and ``Station.start``, and by the simulation."""

    def __init__(
        self,
        parts: Parts,
        ports: Callable[[PrinterConfig], PrinterPort],
        *,
        cards: int | None = None,
        test: str = "",
    ) -> None:
        """Take the printers; with ``test``, work that printer alone, and its test card alone."""
        self._parts = parts
        self._changed = threading.Condition()
        self._generation = 0
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._now = False
        self._draining = False
        self._unplaced = False
        self._ahead = Ahead()
        self._standings: dict[str, tuple[int, Standing]] = {}
        self.stopped_by = ""
        self._owner = parts.database.own()
        try:
            check_at_start(parts)
            settle(parts)
            take_answers(parts)
            shelf = FaceShelf(parts)
            shelf.clear()
            self.replacing = Replacing(parts)
        except BaseException:
            parts.database.disown()
            raise
        with parts.database.reading() as reading:
            self._begun_at, _ = journal.head(reading)
            enough = None if cards is None else jobs.count(reading, JobState.COMPLETED) + cards
        delays = Delays(parts)

        def gate(reading: Reading) -> Hindrance | None:
            if test and testcards.waiting(reading, test) is None:
                return Hindrance(reason="x-enough")
            if enough is None:
                return None
            under_way = [each for each in attempts.open_attempts(reading) if not jobs.row_of(reading, each.job).test]
            made = jobs.count(reading, JobState.COMPLETED) + len(under_way)
            return Hindrance(reason="x-enough") if made >= enough else None

        self.workers = tuple(
            PrinterWorker(
                parts,
                printer,
                CardDesk(
                    parts,
                    printer,
                    shelf=shelf,
                    delays=delays,
                    gate=gate,
                    ahead=functools.partial(self._ahead.ask, printer.name),
                ),
                lambda printer=printer: ports(printer),  # type: ignore[misc]
            )
            for printer in parts.config.printers
            if test in {"", printer.name}
        )

    def changed(self) -> None:
        """Wake the workers: something was committed."""
        with self._changed:
            self._generation += 1
            self._changed.notify_all()

    def start(self) -> None:
        """Begin to work; does not block."""
        targets = [(f"printer-{worker.printer.name}", self._work, worker) for worker in self.workers]
        for name, target, worker in targets:
            self._threads.append(threading.Thread(target=target, args=(worker,), name=name, daemon=True))
        self._threads.append(threading.Thread(target=self._look_around, name="look-around", daemon=True))
        self._threads.append(threading.Thread(target=self._ahead.run, name="look-ahead", daemon=True))
        if self.replacing.due:
            self._threads.append(threading.Thread(target=self._replace, name="replacing", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, reason: str = "x-asked", *, now: bool = False) -> None:
        """Take no more cards; what is in a machine is finished first, unless ``now`` leaves it to the next start."""
        if not self.stopped_by:
            self.stopped_by = reason
        self._now |= now
        for worker in self.workers:
            worker.accepting = False
        self.changed()

    def drain(self) -> None:
        """Work off what waits, and then end."""
        self._draining = True
        self.changed()

    def wait_until(self, *, idle: bool) -> None:
        """Block until ``stop`` has done its work or, with ``idle``, until only a person or another day helps."""
        with self._changed:
            while not self._now and not (self._idle() and (idle or self._draining or self.stopped_by)):
                self._changed.wait(1.0)
        if not self.stopped_by:
            self.stopped_by = self._reason()

    def _idle(self) -> bool:
        if len(self._standings) < len(self.workers) or self._placing():
            return False
        return all(
            generation == self._generation and not standing.busy and not standing.passes
            for generation, standing in self._standings.values()
        )

    def _placing(self) -> bool:
        """Say whether people are still being placed anew; one that fails keeps no run from ending."""
        return self.replacing.due and not self._unplaced and not self.stopped_by

    def _reason(self) -> str:
        reasons = [standing.reason for _, standing in self._standings.values()]
        for reason in (IN_DOUBT, "x-enough", "x-nobody-waits", "x-hopper-empty"):
            if reason in reasons:
                return reason
        return next((reason for reason in reasons if reason != "x-disabled"), "x-no-printer")

    def end(self) -> RunSummary:
        """Stop, wait for the cards in the machines, give the printers back and count."""
        self.stop()
        if self._threads:
            self.wait_until(idle=True)
        self._ending.set()
        self._ahead.end()
        self.changed()
        for thread in self._threads:
            thread.join()
        for worker in self.workers:
            worker.close()
        summary = self.summary()
        self._parts.database.disown()
        return summary

    def summary(self) -> RunSummary:
        """Count what was done since the beginning of this run."""
        with self._parts.database.reading() as reading:
            events = journal.count_events(reading, after=self._begun_at)
            in_doubt = jobs.count(reading, JobState.STOPPED)
            waiting = sum(jobs.waiting_by_type(reading).values())
            held = jobs.count(reading, JobState.HELD)
            nobody = self.stopped_by == "x-hopper-empty" and not jobs.count(reading, JobState.PENDING)
        tests = events.get("test-card-booked", 0)
        return RunSummary(
            printed=events.get("card-printed", 0) - tests,
            spoiled=events.get("card-spoiled", 0) + tests,
            not_fed=events.get("card-not-fed", 0),
            in_doubt=in_doubt,
            waiting=waiting,
            held=held,
            # Of an empty hopper nobody needs to be told while nobody waits for its blanks.
            stopped_by="x-nobody-waits" if nobody else self.stopped_by,
        )

    def _work(self, worker: PrinterWorker) -> None:
        event = None
        clock = self._parts.clock
        while not self._ending.is_set():
            with self._changed:
                generation = self._generation
            try:
                standing = worker.advance(event)
            except Exception as error:  # noqa: BLE001 - one printer's failure must not silence the others
                _log.error("the worker of %s failed: %s", worker.printer.name, _safe(error))
                standing = Standing(busy=False, reason="x-worker-failed", passes=False)
                worker.accepting = False
            event = None
            if worker.stop_station:
                self.stop(standing.reason)
            left = None if standing.until is None else standing.until - clock.monotonic()
            with self._changed:
                self._standings[worker.printer.name] = (generation, standing)
                self._changed.notify_all()
                if not standing.busy:
                    # What the others tell of themselves wakes nobody: two resting printers would keep each other awake.
                    self._changed.wait_for(functools.partial(self._is_past, generation), left)
            if standing.busy and worker.port is not None:
                event = worker.port.wait(max(0.0, min(left or 0.0, _PORT_WAIT)))

    def _is_past(self, generation: int) -> bool:
        return self._generation != generation

    def _replace(self) -> None:
        """Place anew who waits by an earlier placement, a step at a time, while the printers work."""
        pause = _BREATH
        while not self._ending.wait(pause):
            try:
                if not self.replacing.advance():
                    break
                self._unplaced, pause = False, _BREATH
            except OvertakenError:
                break
            except Exception as error:  # noqa: BLE001 - a policy may give what no store takes; the printers go on
                _log.error("requests are not placed anew yet: %s", type(error).__name__)
                self._unplaced, pause = True, _PLACE_AGAIN
                self.changed()
        self.changed()

    def _look_around(self) -> None:
        """Notice what other processes have written, and do what they and the interlocks ask."""
        seen: int | None = None
        while not self._ending.wait(_LOOK_AROUND):
            try:
                self._follow_interlocks()
                version = self._parts.database.version()
                if version == seen:
                    continue
                # Remembered before it is read: what is written meanwhile is noticed the next time.
                seen = version
                self._follow_instructions()
                take_answers(self._parts)
                self._parts.committed()
            except CardprintError as error:
                _log.error("cannot look at the store: %s", type(error).__name__)

    def _follow_interlocks(self) -> None:
        """Stop where an interlock asks for it: no printer need have work, nor be open, for the power to fail."""
        if self.stopped_by or not any(name for name, _ in self._parts.interlocks):
            return
        reason = next((reason for worker in self.workers if (reason := worker.stop_reason())), "")
        if reason:
            self.stop(reason)
            with self._parts.database.owning(self._parts.clock.now()) as tx:
                tx.note("station-stopping", reason=reason)
            self._parts.committed()

    def _follow_instructions(self) -> None:
        with self._parts.database.reading() as reading:
            asked = printers.instructions(reading, self._owner)
        if not asked:
            return
        with self._parts.database.owning(self._parts.clock.now()) as tx:
            printers.instructions_done(tx, [number for number, _, _ in asked])
            for _, kind, by in asked:
                tx.note("instruction-followed", kind=kind, by=by)
        for _, kind, _ in asked:
            if kind == "drain":
                self.drain()
            else:
                self.stop("x-asked", now=kind == "stop-now")


def _safe(error: Exception) -> str:
    """Give an error's text where it is ours, which holds no personal data, and else its type."""
    return str(error) if isinstance(error, CardprintError) else type(error).__name__
