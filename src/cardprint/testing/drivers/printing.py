"""Rules D1 to D9: how a card is made."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from cardprint.errors import DriverError
from cardprint.model import CardFate, CardOrder, StepKind
from cardprint.plugin import PrinterDriver, PrinterSession
from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import Notes, StationGoneError, end_of
from cardprint.testing.rules import RuleBrokenError, expect, rule
from cardprint.testing.watch import touched

__all__ = ["Printing"]

_TWO = 2


class Printing:
    """Hold the rules of making a driver, opening a device and printing."""

    @rule(
        "D1",
        why="A station makes its drivers to check its configuration; a printer that is off must not stop that.",
        example="`__init__` keeps settings and context; the SDK's handle is opened in `open`.",
    )
    def test_making_a_driver_touches_nothing(self, make_driver: Callable[[], PrinterDriver]) -> None:
        """Making a driver touches no file, no device and no network."""
        make_driver()  # What is imported once is imported now.
        with touched() as heard:
            make_driver()
        expect(not heard, f"making the driver did: {', '.join(sorted(set(heard)))}")

    @rule(
        "D2",
        level=3,
        why="The station shows the printer as offline and asks again; any other error looks like a broken driver.",
        example='`raise DriverError(..., fate=CardFate.NOT_FED, reasons=("offline",))` where connecting fails.',
        exceptions="Skipped where the bench knows no address without a device.",
    )
    def test_a_device_that_is_not_there_does_not_open(
        self, make_driver: Callable[[], PrinterDriver], bench: Bench
    ) -> None:
        """A device that is not there does not open: DriverError, NOT_FED, reason `offline`."""
        device = bench.unreachable()
        driver = make_driver()
        try:
            driver.open(device).close()
        except DriverError as error:
            expect(error.fate is CardFate.NOT_FED, f"opening nothing ended as {error.fate}")
            expect("offline" in error.reasons, f"the reasons are {error.reasons}")
        except Exception as error:
            raise RuleBrokenError(f"{type(error).__name__} escaped open") from error
        else:
            raise RuleBrokenError("a device that is not there was opened")

    @rule(
        "D3",
        level=2,
        why="A second card is a second identity, and a blank that the books do not know.",
        example="One job with one copy for each call; the SDK's own repetitions are switched off.",
        exceptions="Skipped where the bench cannot count.",
    )
    def test_each_call_makes_exactly_one_card(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """Each call of `print_card` uses one blank, makes one good card and ends PRINTED."""
        for number in (1, 2):
            used, good = bench.used(), bench.good()
            ending = end_of(session, order())
            expect(ending.fate is CardFate.PRINTED, f"card {number} ended {ending.fate.value} {ending.reasons}")
            expect(bench.used() == used + 1, f"card {number} used {bench.used() - used} blanks")
            expect(bench.good() == good + 1, f"card {number} gave {bench.good() - good} good cards")

    @rule(
        "D4",
        level=2,
        why="Some languages print two sides as two pages, and two pages as two cards.",
        example="Both sides go into one job, with the device's duplex command.",
        exceptions="Skipped where `sides` is 1 or the bench cannot count.",
    )
    def test_two_sides_are_one_card(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """An order of two sides is one card."""
        if session.capabilities.sides < _TWO:
            pytest.skip("not declared: two sides")
        used, good = bench.used(), bench.good()
        ending = end_of(session, order(sides=_TWO))
        expect(ending.fate is CardFate.PRINTED, f"it ended {ending.fate.value} {ending.reasons}")
        expect(bench.used() == used + 1, f"it used {bench.used() - used} blanks")
        expect(bench.good() == good + 1, f"it gave {bench.good() - good} good cards")

    @rule(
        "D5",
        level=3,
        why="The station keeps the digest of what it ordered as evidence of what was printed.",
        example="`side.path.read_bytes()` is sent as it is; what a device needs otherwise is made from it.",
        exceptions="Skipped where the bench cannot tell what was printed, as with most hardware.",
    )
    def test_what_is_printed_is_what_the_files_hold(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """The faces are read from the order's files and printed unchanged, front first."""
        wanted = order(sides=min(session.capabilities.sides, _TWO))
        expect(end_of(session, wanted).fate is CardFate.PRINTED, "the card was not printed")
        printed = tuple(bench.faces(wanted.attempt_id))
        expect(printed == tuple(side.sha256 for side in wanted.sides), f"{len(printed)} other faces were printed")

    @rule(
        "D6",
        why="An error that is no DriverError counts as UNKNOWN, and a person has to look for a card that never was.",
        example="Read the faces before the device is told anything, and turn OSError into NOT_FED.",
    )
    def test_a_face_that_cannot_be_read_costs_no_blank(
        self, session: PrinterSession, order: Callable[..., CardOrder]
    ) -> None:
        """A face that cannot be read is NOT_FED, and the device is not commanded."""
        wanted = order()
        wanted.sides[0].path.unlink()
        notes = Notes()
        ending = end_of(session, wanted, notes)
        expect(ending.fate is CardFate.NOT_FED, f"it ended {ending.fate.value}")
        expect(not notes.kinds, f"it reported {[kind.value for kind in notes.kinds]}")

    @rule(
        "D7",
        why="The station writes the steps down as evidence in the order in which they come.",
        example="First accepted, then fed, encoded, printed, ejected; a device that shows less reports less.",
    )
    def test_steps_come_once_each_and_in_order(self, session: PrinterSession, order: Callable[..., CardOrder]) -> None:
        """Steps are reported once each, in their order, by the thread that called `print_card`."""
        notes = Notes()
        end_of(session, order(), notes)
        inorder = [kind for kind in StepKind if kind in notes.kinds]
        expect(notes.kinds == inorder, f"the steps were {[kind.value for kind in notes.kinds]}")
        expect(notes.threads <= {threading.get_ident()}, "a step came from another thread")

    @rule(
        "D8",
        level=2,
        why="`report` returns once the device's job id or the chip's number is durable; what moves before is lost to "
        "a crash.",
        example="Create the job, report `accepted`, then send the document.",
        exceptions="A device that feeds as soon as it has a job reports no `accepted`. Skipped where the bench cannot "
        "count.",
    )
    def test_the_driver_waits_where_a_step_is_made_durable(
        self, session: PrinterSession, bench: Bench, order: Callable[..., CardOrder]
    ) -> None:
        """No blank has left the hopper when `accepted` is reported, no card is good when `encoded` is."""
        used, good = bench.used(), bench.good()
        moved: list[str] = []

        def count(kind: StepKind) -> None:
            if kind is StepKind.ACCEPTED and bench.used() != used:
                moved.append("a blank had left the hopper when accepted was reported")
            if kind.synced and bench.good() != good:
                moved.append(f"the card was finished when {kind.value} was reported")

        end_of(session, order(), Notes(count))
        expect(not moved, "; ".join(moved))

    @rule(
        "D9",
        why="The station stops a card by an exception: its store failed, or another process has taken over.",
        example="No `except Exception` around `steps.report`.",
        exceptions="Skipped where the driver reports no step.",
    )
    def test_what_report_raises_leaves_print_card(
        self, session: PrinterSession, order: Callable[..., CardOrder]
    ) -> None:
        """What `report` raises leaves `print_card` as it is."""
        notes = Notes(_go)
        try:
            ending = end_of(session, order(), notes)
        except StationGoneError:
            return
        if not notes.kinds:
            pytest.skip("not declared: a step")
        raise RuleBrokenError(f"it was swallowed, and the card ended {ending.fate.value}")


def _go(_kind: StepKind) -> None:
    raise StationGoneError
