"""Rules D10 to D15, and D31: what a driver says of a card when something goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cardprint.errors import DriverError
from cardprint.model import CardFate, CardOrder, Observation, StepKind
from cardprint.plugin import PrinterDriver, PrinterSession
from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import Ending, Notes, end_of, fresh_attempt
from cardprint.testing.rules import RuleBrokenError, expect, rule

__all__ = ["Trouble"]

_PATIENCE = 30.0
"""Seconds that the suite waits for one answer at most."""


class Trouble:
    """Hold the rules of failures."""

    @rule(
        "D10",
        level=3,
        why="NOT_FED sends the job back to its lane and asks an operator for blanks; UNKNOWN stops the printer.",
        example="Ask the device before the job is sent, or read its `media-empty` afterwards.",
        exceptions="Skipped where the bench cannot empty the hopper.",
    )
    def test_an_empty_hopper_is_not_fed(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """An empty hopper is NOT_FED with the reason `media-empty`, and counts no pick."""
        bench.empty_hopper()
        before = session.observe().pick_count
        ending = end_of(session, order())
        expect(ending.fate is CardFate.NOT_FED, f"it ended {ending.fate.value}")
        expect("media-empty" in ending.reasons, f"the reasons are {ending.reasons}")
        expect(session.observe().pick_count == before, "a pick was counted")

    @rule(
        "D11",
        level=3,
        why="NOT_FED frees the blank in the books: a card in the path would be counted in the hopper.",
        example="A jam after the pick is SPOILED where the device says so, UNKNOWN where it does not.",
        exceptions="Skipped where the bench cannot jam a card.",
    )
    def test_a_card_that_was_fed_is_never_not_fed(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """A card that got stuck after it was fed is SPOILED or UNKNOWN."""
        bench.jam_next()
        ending = end_of(session, order())
        expect(ending.fate in {CardFate.SPOILED, CardFate.UNKNOWN}, f"it ended {ending.fate.value}")

    @rule(
        "D12",
        level=3,
        why="A spoiled card must neither be handed out nor be booked as a blank that is still there.",
        example="The device's reject bin, or its failed job, is SPOILED; a driver that cannot tell says UNKNOWN.",
        exceptions="Skipped where the bench cannot spoil a card.",
    )
    def test_a_card_that_came_out_bad_is_never_printed(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """A card that came out bad is SPOILED or UNKNOWN."""
        bench.spoil_next()
        ending = end_of(session, order())
        expect(ending.fate in {CardFate.SPOILED, CardFate.UNKNOWN}, f"it ended {ending.fate.value}")

    @rule(
        "D13",
        level=3,
        why="Whoever takes silence for failure prints the card again; this is how one person gets two cards.",
        example="An end of file after the job was sent is UNKNOWN, however sure one may feel.",
        exceptions="NOT_FED with `definite_not_started`, where no blank has moved. Skipped where the bench cannot "
        "switch the power, or the driver reports neither `accepted` nor `fed`.",
    )
    def test_silence_over_a_card_is_unknown(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """Power lost over a card is UNKNOWN, unless the driver can prove what became of the card."""
        endings = [self._cut_at(kind, session, bench, order()) for kind in (StepKind.ACCEPTED, StepKind.FED)]
        if endings == [None, None]:
            pytest.skip("not declared: accepted or fed")

    @staticmethod
    def _cut_at(kind: StepKind, session: PrinterSession, bench: Bench, order: CardOrder) -> Ending | None:
        """Cut the power at a step and see that no more is said than is true; None where the step never came."""
        used, good = bench.used(), bench.good()
        notes = Notes(lambda reported: bench.cut_power() if reported is kind else None)
        ending = end_of(session, order, notes)
        if kind not in notes.kinds:
            return None
        bench.restore_power()
        fate, moved = ending.fate, bench.used() - used
        definite = session.capabilities.definite_not_started and not moved
        true = {
            CardFate.UNKNOWN: True,
            CardFate.NOT_FED: definite,
            CardFate.PRINTED: bench.good() == good + 1,
            CardFate.SPOILED: moved and bench.good() == good,
        }
        expect(true[fate], f"power lost at {kind.value}: it ended {fate.value}, and {moved} blanks had moved")
        return ending

    @rule(
        "D14",
        level=3,
        why="A driver that answers from memory hides a dead printer; one that raises something else looks broken.",
        example="`status` asks the device each time. `observe` may answer that it knows nothing, `fence` False.",
        exceptions="Skipped where the bench cannot cut the power.",
    )
    def test_a_device_that_does_not_answer_is_a_driver_error(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """A device without power is DriverError with NOT_FED in every call, before anything is sent."""
        wanted, known = order(), session.observe() != Observation()
        bench.cut_power()
        _refuses(session.status, "status")
        if known:
            _refuses(session.observe, "observe")
        _refuses(lambda: session.fence(fresh_attempt()), "fence", no=False)
        ending = end_of(session, wanted)
        expect(ending.fate is CardFate.NOT_FED, f"print_card ended {ending.fate.value}")

    @rule(
        "D15",
        level=2,
        why="An attempt's id is the key of one physical act; whatever repeats a call must not repeat the card.",
        example="The device, or its job table, is asked for the attempt's id before a job is sent.",
        needs=("job_table",),
        exceptions="Skipped where the bench cannot count.",
    )
    def test_an_attempt_is_never_printed_twice(
        self,
        session: PrinterSession,
        make_driver: Callable[[], PrinterDriver],
        bench: Bench,
        order: Callable[..., CardOrder],
    ) -> None:
        """An attempt that was printed moves no second blank, and is not called NOT_FED or SPOILED."""
        first = order()
        end_of(session, first)
        used = bench.used()
        session.close()
        with make_driver().open(bench.device) as later:
            ending = end_of(later, first)
        expect(bench.used() == used, "a second blank was used for one attempt")
        expect(ending.fate in {CardFate.PRINTED, CardFate.UNKNOWN}, f"the second call ended {ending.fate.value}")

    @rule(
        "D31",
        level=3,
        why="The station waits for an answer as long as was declared, and then kills the driver's process; a driver "
        "that gives up by itself can say why.",
        example="A timeout on every read of the device, shorter than `call_timeout`.",
        exceptions="An SDK that cannot be told to give up: the station's deadline remains. Skipped where the bench "
        "cannot silence the device, or where `status` takes longer than 30 seconds and `call_timeout` allows it.",
    )
    def test_a_silent_device_ends_a_call_in_time(self, session: PrinterSession, bench: Bench) -> None:
        """Where a device takes everything and answers nothing, `status` ends within `call_timeout`."""
        declared = session.capabilities.call_timeout
        patience = min(declared, _PATIENCE)
        bench.silence()
        ended: list[BaseException | None] = []
        # A daemon: where the driver never gives up, only the end of the tests ends it.
        thread = threading.Thread(target=lambda: ended.append(_raised_by(session.status)), daemon=True)
        thread.start()
        thread.join(patience)
        bench.speak()
        if not ended and patience < declared:
            pytest.skip(f"call_timeout is {declared:g} seconds, and status has not ended after {patience:g}")
        expect(ended, f"status has not ended after {patience:g} seconds")
        # An answer for a device that gives none breaks D14.
        expect(isinstance(ended[0], DriverError | None), f"status ended by {type(ended[0]).__name__}")


def _raised_by(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the rule names it
        return error
    return None


def _refuses(call: Callable[[], object], name: str, *, no: object = None) -> None:
    """See that a call to a device without power ends as it must; ``no`` is an answer that it may give."""
    try:
        answer = call()
    except DriverError as error:
        expect(error.fate is CardFate.NOT_FED, f"{name} ended with the fate {error.fate}")
    except Exception as error:
        raise RuleBrokenError(f"{type(error).__name__} escaped {name}") from error
    else:
        expect(no is not None and answer == no, f"{name} answered for a device without power")
