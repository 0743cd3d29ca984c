"""Bugs in the print act, in recovery and in what counts as evidence, to be planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import attrs

from cardprint.engine import act, arriving, worker
from cardprint.engine.evidence import Judgement, concluded_afterwards, concluded_at_once, trusted
from cardprint.engine.parts import Parts
from cardprint.engine.recovery import settle
from cardprint.engine.standing import Phase
from cardprint.engine.worker import PrinterWorker
from cardprint.errors import CardprintError
from cardprint.model import AttemptOutcome, AttemptState, Capabilities, CardFate, CardOrder, Observation, Step, StepKind
from cardprint.model.messages import Proceed, Submit
from cardprint.simulation import sensors
from cardprint.station import running
from cardprint.store import Database, Transaction, attempts, grants, jobs
from cardprint.testing.simulation.planting import replaced
from cardprint.testing.simulation.port import WatchedPort

__all__ = [
    "active_is_done",
    "begun_without_photo",
    "clock_concludes",
    "counter_after_power_cycle",
    "counter_not_compared",
    "doubt_is_not_fed",
    "eject_counter",
    "fencing_not_checked",
    "never_brought_back",
    "no_fence",
    "number_not_written_down",
    "outcome_dropped",
    "printed_after_the_lease",
    "proceed_before_report",
    "requeue_on_restart",
    "reservations_forgotten",
    "retry_on_exception",
    "stalled_worker_not_killed",
    "submit_before_intent",
    "wish_forgotten",
]

_Judging = Callable[..., Judgement]


def submit_before_intent() -> AbstractContextManager[None]:
    check = PrinterWorker._check

    def wrong(self: PrinterWorker, observation: Observation, hindrance: Any) -> None:
        if hindrance is None and self.port is not None and self._card is not None:
            self.port.send(Submit(order=CardOrder(attempt_id=self._card.attempt.name)))
        check(self, observation, hindrance)

    return replaced(PrinterWorker, "_check", wrong)


def proceed_before_report() -> AbstractContextManager[None]:
    report = PrinterWorker._report

    def wrong(self: PrinterWorker) -> None:
        if self.port is not None:
            self.port.send(Proceed())
        report(self)

    return replaced(PrinterWorker, "_report", wrong)


def printed_after_the_lease() -> AbstractContextManager[None]:
    """Ask nobody whether the lease still holds."""
    return replaced(grants, "has_lapsed", lambda *_: False)


def number_not_written_down() -> AbstractContextManager[None]:
    report = act.report

    def wrong(tx: Transaction, attempt: attempts.AttemptRow, steps: Sequence[Step]) -> None:
        report(tx, attempt, [step for step in steps if step.kind is not StepKind.IDENTIFIED])

    return replaced(act, "report", wrong)


def _settled_first(
    unfit: Callable[[Transaction, attempts.AttemptRow], bool], rule: str
) -> AbstractContextManager[None]:
    """Conclude what was intended as not fed when a station starts, where ``unfit`` says so."""

    def wrong(parts: Parts) -> int:
        with parts.database.transaction(parts.clock.now()) as tx:
            for attempt in attempts.open_attempts(tx):
                if attempt.state is AttemptState.INTENT and unfit(tx, attempt):
                    act.conclude(tx, parts, attempt, act.Conclusion(fate=CardFate.NOT_FED, rule=rule))
        return settle(parts)

    return replaced(running, "settle", wrong)


def requeue_on_restart() -> AbstractContextManager[None]:
    return _settled_first(lambda _, __: True, "requeued")


def clock_concludes() -> AbstractContextManager[None]:
    def old(tx: Transaction, attempt: attempts.AttemptRow) -> bool:
        return tx.now - float(tx.value("SELECT intent_at FROM attempt WHERE id = ?", (attempt.id,))) > 1.0

    return _settled_first(old, "too-old")


def _judged(afterwards: _Judging | None = None, at_once: _Judging | None = None) -> AbstractContextManager[None]:
    stack = ExitStack()
    if afterwards is not None:
        stack.enter_context(replaced(worker, "concluded_afterwards", afterwards))
    if at_once is not None:
        stack.enter_context(replaced(worker, "concluded_at_once", at_once))
    return stack  # type: ignore[return-value]


def counter_after_power_cycle() -> AbstractContextManager[None]:
    def wrong(before: Observation, after: Observation, can: Capabilities, *, at_rest: bool) -> Judgement:
        return concluded_afterwards(
            before,
            after,
            attrs.evolve(can, pick_counter_survives_power=True),
            at_rest=at_rest,
        )

    return _judged(wrong)


def no_fence() -> AbstractContextManager[None]:
    def wrong(before: Observation, after: Observation, can: Capabilities, *, at_rest: bool) -> Judgement:
        resting = attrs.evolve(after, queue_empty=True, path_clear=True)
        return concluded_afterwards(before, resting, can, at_rest=True)

    def skipped(self: PrinterWorker) -> None:
        self._at_rest, self._looked = True, None
        self._look(Phase.LOOKING)

    stack = ExitStack()
    stack.enter_context(_judged(wrong))
    stack.enter_context(replaced(PrinterWorker, "_fence", skipped))
    return stack  # type: ignore[return-value]


def doubt_is_not_fed() -> AbstractContextManager[None]:
    def wrong(before: Observation, after: Observation, can: Capabilities, *, at_rest: bool) -> Judgement:
        found = concluded_afterwards(before, after, can, at_rest=at_rest)
        return found if found.fate is not None else Judgement(fate=CardFate.NOT_FED, rule="R1")

    return _judged(wrong)


def active_is_done() -> AbstractContextManager[None]:
    def wrong(before: Observation, after: Observation, can: Capabilities, *, at_rest: bool) -> Judgement:
        if after.job is not None and after.job.picked:
            return Judgement(fate=CardFate.PRINTED, rule="R2")
        return concluded_afterwards(before, after, can, at_rest=at_rest)

    return _judged(wrong)


def retry_on_exception() -> AbstractContextManager[None]:
    def wrong(outcome: AttemptOutcome, before: Observation, after: Observation | None, can: Capabilities) -> Judgement:
        if outcome.fate is CardFate.UNKNOWN:
            return Judgement(fate=CardFate.NOT_FED, rule="outcome")
        return concluded_at_once(outcome, before, after, can)

    return _judged(at_once=wrong)


def eject_counter() -> AbstractContextManager[None]:
    observe = sensors.observe

    def wrong(name: str, world: Any, build: Any, memory: Any, attempt_id: Any) -> Observation:
        seen = observe(name, world, build, memory, attempt_id)
        if seen.pick_count is None:
            return seen
        return attrs.evolve(seen, pick_count=memory.ejects, reject_count=None)

    return replaced(sensors, "observe", wrong)


def outcome_dropped() -> AbstractContextManager[None]:
    def wrong(self: PrinterWorker, write: Callable[[], None]) -> None:
        try:
            write()
        except CardprintError:
            self._card = None
            self._wait(Phase.READY, "", None)

    return replaced(PrinterWorker, "_surely", wrong)


def fencing_not_checked() -> AbstractContextManager[None]:
    """Let any process write, whoever owns the printers, and any claim, whoever has the attempt."""

    def written(
        tx: Transaction, attempt: attempts.AttemptRow, states: str, changes: str, values: Sequence[Any]
    ) -> None:
        tx.execute(f"UPDATE attempt SET {changes} WHERE id = ?", (*values, attempt.id))  # noqa: S608 - our own words

    stack = ExitStack()
    stack.enter_context(replaced(Database, "owning", Database.transaction))
    stack.enter_context(replaced(attempts, "_write", written))
    return stack  # type: ignore[return-value]


def counter_not_compared() -> AbstractContextManager[None]:
    def wrong(observation: Observation, can: Capabilities) -> Observation:
        return attrs.evolve(trusted(observation, can), pick_count=None)

    return replaced(worker, "trusted", wrong)


def never_brought_back() -> AbstractContextManager[None]:
    after = act._job_after

    def wrong(tx: Transaction, parts: Parts, job: jobs.JobRow, conclusion: act.Conclusion) -> Any:
        state, decision = after(tx, parts, job, conclusion)
        if decision is not None and decision.again and decision.delay > 0 and conclusion.by:
            jobs.delay(tx, job.id)
        return state, decision

    return replaced(act, "_job_after", wrong)


def reservations_forgotten() -> AbstractContextManager[None]:
    def wrong(parts: Parts) -> int:
        with parts.database.transaction(parts.clock.now()) as tx:
            for attempt in attempts.open_attempts(tx):
                if attempt.state is AttemptState.INTENT:
                    act.doubt(tx, attempt, ("x-station-stopped",))
        return 0

    return replaced(running, "settle", wrong)


def stalled_worker_not_killed() -> AbstractContextManager[None]:
    return replaced(WatchedPort, "crash", lambda _: None)


def begun_without_photo() -> AbstractContextManager[None]:
    settled = arriving._settled

    def wrong(parts: Parts, name: str, wanted: Any, became: Iterable[str]) -> int:
        return settled(parts, name, wanted, dict.fromkeys(became, ""))

    return replaced(arriving, "_settled", wrong)


def wish_forgotten() -> AbstractContextManager[None]:
    return replaced(jobs, "wish_canceled", lambda *_, **__: None)
