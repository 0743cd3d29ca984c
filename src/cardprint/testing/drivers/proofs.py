"""Rules D16 to D25: what a device is said to prove, it proves."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from cardprint.model import AttemptId, Capabilities, CardFate, CardOrder, Observation, StepKind
from cardprint.plugin import PrinterDriver, PrinterSession
from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import Notes, StationGoneError, end_of, fresh_attempt
from cardprint.testing.rules import expect, rule

__all__ = ["Proofs"]

_SIDES = (1, 2)
_READ: Mapping[str, str] = {
    "pick_counter": "pick_count",
    "path_sensor": "path_clear",
    "reads_blank_number": "blank_number",
}
"""What is observed, by the capability that declares it."""


class Proofs:
    """Hold the rules of capabilities and observations."""

    @rule(
        "D16",
        why="The station plans and proves by what is declared; a contradiction would be believed.",
        example="`job_table_survives_power` only with `job_table`; timeouts that end.",
    )
    def test_capabilities_agree_with_each_other(
        self, session: PrinterSession, make_driver: Callable[[], PrinterDriver], bench: Bench
    ) -> None:
        """Capabilities contradict each other nowhere, and are the same in each session."""
        can = session.capabilities
        session.close()
        with make_driver().open(bench.device) as later:
            expect(later.capabilities == can, "another session declares something else")
        flaws = _flaws(can)
        expect(not flaws, "; ".join(flaws))

    @rule(
        "D17",
        why="A counter that is declared and not read leaves every crash to a person.",
        example="`pick_counter=True` and `Observation(pick_count=...)` belong together.",
    )
    def test_what_is_declared_is_observed(self, session: PrinterSession) -> None:
        """Of a device at rest, what is declared is observed."""
        seen = session.observe()
        declared = [name for can, name in _READ.items() if getattr(session.capabilities, can)]
        silent = [name for name in declared if getattr(seen, name) is None]
        expect(not silent, f"declared and not observed: {', '.join(silent)}")

    @rule(
        "D18",
        why="None is what a device cannot tell; a guess in its place would be taken for evidence by whoever reads it.",
        example="No counter: `pick_count=None`, not 0.",
    )
    def test_what_is_not_declared_is_not_told(self, session: PrinterSession) -> None:
        """What is not declared is None in every observation."""
        seen = session.observe(fresh_attempt())
        undeclared = [name for can, name in _READ.items() if not getattr(session.capabilities, can)]
        undeclared += [] if session.capabilities.job_table else ["job"]
        told = [name for name in undeclared if getattr(seen, name) is not None]
        expect(not told, f"told and not declared: {', '.join(told)}")

    @rule(
        "D19",
        why="The station looks before every card and after every crash; a look that moves a card would be the crash.",
        example="No test print, no feed and no calibration behind `status` or `observe`.",
    )
    def test_looking_changes_nothing(self, session: PrinterSession) -> None:
        """Of a device at rest, two looks see the same."""
        first = session.observe()
        session.status()
        expect(session.observe() == first, "the second look saw something else")

    @rule(
        "D20",
        why="The counter is what proves after a crash that no blank has moved, and that none is missing.",
        example="The device's lifetime count of picked blanks; one of ejected cards is none.",
        needs=("pick_counter",),
    )
    def test_the_pick_counter_counts_each_card_once(
        self, session: PrinterSession, order: Callable[..., CardOrder]
    ) -> None:
        """The pick counter advances by one for each card."""
        for _ in range(2):
            before = _picks(session)
            expect(end_of(session, order()).fate is CardFate.PRINTED, "the card was not printed")
            after = _picks(session)
            expect(after == before + 1, f"the counter went from {before} to {after}")

    @rule(
        "D21",
        level=3,
        why="A counter that begins again makes the books of an office differ from the world by all its cards.",
        example="A count that the firmware keeps; not one of the driver's own.",
        needs=("pick_counter", "pick_counter_survives_power"),
        exceptions="Skipped where the bench cannot switch the power.",
    )
    def test_the_pick_counter_survives_a_power_cut(
        self,
        session: PrinterSession,
        make_driver: Callable[[], PrinterDriver],
        bench: Bench,
        order: Callable[..., CardOrder],
    ) -> None:
        """The pick counter is the same after the power was away."""
        end_of(session, order())
        before = _picks(session)
        _power_cycle(session, bench)
        with make_driver().open(bench.device) as later:
            expect(_picks(later) == before, f"the counter went from {before} to {_picks(later)}")

    @rule(
        "D22",
        why="Only the device's own record can prove, after a crash, that a card exists.",
        example="The attempt's id is the device's job name; `observe` looks for exactly that name.",
        needs=("job_table",),
    )
    def test_the_job_table_knows_our_attempt_and_no_other(
        self, session: PrinterSession, order: Callable[..., CardOrder]
    ) -> None:
        """The job table has a printed attempt as `done` and picked, and nothing of an attempt that never was."""
        wanted = order()
        expect(session.observe(wanted.attempt_id).job is None, "it knew an attempt that was not yet ordered")
        end_of(session, wanted)
        _done(session.observe(wanted.attempt_id))
        expect(session.observe(fresh_attempt()).job is None, "it knows an attempt that never was")

    @rule(
        "D23",
        level=3,
        why="A power cut is the usual crash of an office; a table that is empty after it proves nothing.",
        example="Device numbers that begin again at 1 after a start are no names: keep the attempt's id.",
        needs=("job_table", "job_table_survives_power"),
        exceptions="Skipped where the bench cannot switch the power.",
    )
    def test_the_job_table_survives_a_power_cut(
        self,
        session: PrinterSession,
        make_driver: Callable[[], PrinterDriver],
        bench: Bench,
        order: Callable[..., CardOrder],
    ) -> None:
        """The job table has a printed attempt as `done` after the power was away."""
        wanted = order()
        end_of(session, wanted)
        _power_cycle(session, bench)
        with make_driver().open(bench.device) as later:
            _done(later.observe(wanted.attempt_id))

    @rule(
        "D24",
        level=2,
        why="What is left in a queue prints later, beside the card that another attempt makes for the same person.",
        example="Cancel by name, purge, wait for idle; True only then.",
        needs=("can_fence",),
        exceptions="Skipped where the driver reports no step, or the bench cannot count.",
    )
    def test_a_fence_leaves_nothing_that_could_print(
        self,
        session: PrinterSession,
        make_driver: Callable[[], PrinterDriver],
        bench: Bench,
        order: Callable[..., CardOrder],
    ) -> None:
        """After a fence nothing of the attempt is queued or on its way, and the next card is the only one."""
        left, following = order(), order()
        if not _abandon(session, left):
            pytest.skip("not declared: a step")
        with make_driver().open(bench.device) as later:
            expect(later.fence(left.attempt_id) is True, "the fence did not hold")
            seen = later.observe(left.attempt_id)
            expect(seen.queue_empty is not False, "something is still queued")
            expect(seen.path_clear is not False, "a card is still on its way")
            used, good = bench.used(), bench.good()
            ending = end_of(later, following)
            expect(ending.fate is CardFate.PRINTED, f"the next card ended {ending.fate.value} {ending.reasons}")
            moved = bench.used() - used, bench.good() - good
            expect(moved == (1, 1), f"the next card used {moved[0]} blanks and gave {moved[1]} good cards")

    @rule(
        "D25",
        why="Recovery fences whatever was open when the station died, often what never reached the device.",
        example="A name that the device does not know is at rest: True, and nothing else is dropped.",
        needs=("can_fence",),
    )
    def test_a_fence_of_an_unknown_attempt_changes_nothing(self, session: PrinterSession) -> None:
        """The fence of an attempt that never was holds and changes nothing."""
        before = session.observe()
        expect(session.fence(fresh_attempt()) is True, "the fence did not hold")
        expect(session.observe() == before, "the device looks different")


def _flaws(can: Capabilities) -> list[str]:
    flaws = [
        f"{whole}_survives_power without {whole}"
        for whole in ("pick_counter", "job_table")
        if getattr(can, f"{whole}_survives_power") and not getattr(can, whole)
    ]
    if can.sides not in _SIDES:
        flaws.append(f"{can.sides} sides")
    if min(can.dpi, can.width_px, can.height_px) <= 0:
        flaws.append("faces without a size")
    times = (can.call_timeout, can.card_timeout)
    if not all(math.isfinite(seconds) and seconds > 0 for seconds in times):
        flaws.append("a timeout that never ends, or ends before it begins")
    return flaws


def _picks(session: PrinterSession) -> int:
    count = session.observe().pick_count
    expect(count is not None, "the counter is declared and not observed")
    return count or 0


def _done(seen: Observation) -> None:
    job = seen.job
    expect(job is not None, "the attempt is not in the job table")
    if job is not None:
        expect((job.state, job.picked) == ("done", True), f"it is {job.state}, picked: {job.picked}")


def _power_cycle(session: PrinterSession, bench: Bench) -> None:
    session.close()
    bench.cut_power()
    bench.restore_power()


def _abandon(session: PrinterSession, order: CardOrder) -> AttemptId | None:
    """Leave a card at its first step, as a station that died; None where the driver reports none."""

    def go(_kind: StepKind) -> None:
        raise StationGoneError

    try:
        end_of(session, order, Notes(go))
    except StationGoneError:
        session.close()
        return order.attempt_id
    return None
