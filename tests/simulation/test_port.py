from __future__ import annotations

import pytest

from cardprint.model import AttemptId, CardFate, CardOrder, StepKind
from cardprint.model.messages import (
    Close,
    Done,
    Event,
    Failed,
    Fence,
    Fenced,
    Look,
    Lost,
    Observed,
    Open,
    Opened,
    Proceed,
    Reported,
    Submit,
)
from cardprint.simulation import (
    Fault,
    FaultKind,
    Phase,
    PrinterBuild,
    SimulatedPort,
    SimulatedPrinter,
    VirtualClock,
    World,
    capabilities,
)

A1 = AttemptId("a1")
SUBMIT = Submit(order=CardOrder(attempt_id=A1))


class Desk:
    """Hold a printer, its clock, and whoever moves the clock from event to event."""

    def __init__(self, *faults: Fault, build: PrinterBuild | None = None) -> None:
        self.clock = VirtualClock()
        self.printer = SimulatedPrinter("P1", World(), build or PrinterBuild())
        self.printer.world.deliver(5)
        self.printer.world.load("P1", 5)
        self.printer.faults.extend(faults)
        self.port = SimulatedPort(self.printer, self.clock)

    def next(self) -> Event | None:
        while (due := self.port.due()) is not None:
            self.clock.advance_to(due)
            event = self.port.poll()
            if event is not None:
                return event
        return None

    def ask(self, command: Open | Look | Submit | Fence) -> Event | None:
        self.port.send(command)
        return self.next()

    def card(self) -> list[Event]:
        """Submit one card and go on after every synced step; give all that was said."""
        self.port.send(SUBMIT)
        events: list[Event] = []
        while (event := self.next()) is not None:
            events.append(event)
            if isinstance(event, Reported) and event.step.kind.synced:
                self.port.send(Proceed())
            if isinstance(event, Done | Failed | Lost):
                break
        return events


def opened(*faults: Fault, build: PrinterBuild | None = None) -> Desk:
    desk = Desk(*faults, build=build)
    assert isinstance(desk.ask(Open()), Opened)
    return desk


def test_a_card_is_submitted_reported_and_done() -> None:
    desk = opened()

    *reports, done = desk.card()

    kinds = [event.step.kind for event in reports if isinstance(event, Reported)]
    assert kinds == [StepKind.ACCEPTED, StepKind.FED, StepKind.PRINTED, StepKind.EJECTED]
    assert isinstance(done, Done)
    assert done.outcome.fate is CardFate.PRINTED
    assert done.outcome.after is not None
    assert desk.port.due() is None


def test_an_event_comes_only_when_its_time_has_come() -> None:
    desk = opened()
    desk.port.send(SUBMIT)
    assert isinstance(desk.port.poll(), Reported)
    desk.port.send(Proceed())

    before = desk.clock.now()
    assert desk.port.wait(1000.0) is None
    assert desk.clock.now() == before

    due = desk.port.due()
    assert due is not None
    assert due > before
    desk.clock.advance_to(due)
    assert isinstance(desk.port.poll(), Reported)


def test_a_look_tells_status_and_observation() -> None:
    desk = opened()
    desk.card()

    observed = desk.ask(Look(attempt_id=A1))

    assert isinstance(observed, Observed)
    assert observed.observation.job is not None
    assert observed.observation.job.state == "done"
    assert observed.observation.pick_count == 1


def test_a_broken_printer_does_not_open() -> None:
    event = Desk(build=PrinterBuild(broken=True)).ask(Open())

    assert isinstance(event, Failed)
    assert (event.fate, event.reasons) == (CardFate.NOT_FED, ("offline",))


@pytest.mark.parametrize("command", [Look(), SUBMIT, Fence(attempt_id=A1)])
def test_nothing_is_asked_of_a_printer_that_is_not_open(command: Look | Submit | Fence) -> None:
    desk = opened()
    desk.port.send(Close())

    event = desk.ask(command)

    assert isinstance(event, Failed)
    assert event.fate is CardFate.NOT_FED
    assert desk.printer.idle()


def test_a_machine_that_hangs_is_lost_after_the_cards_time() -> None:
    desk = opened(Fault(kind=FaultKind.HANG))
    begun = desk.clock.monotonic()

    *_, last = desk.card()

    assert last == Lost(reason="x-driver-hung")
    assert desk.clock.monotonic() - begun == pytest.approx(300.0, abs=1.0)
    assert desk.port.due() is None


def test_a_machine_that_goes_on_after_its_session_is_lost_still_makes_the_card() -> None:
    desk = opened(Fault(kind=FaultKind.HANG, lasts=400.0))
    assert isinstance(desk.card()[-1], Lost)

    assert desk.ask(Open()) == Lost(reason="x-driver-hung")
    desk.clock.sleep(1000.0)
    assert isinstance(desk.ask(Open()), Opened)
    assert isinstance(desk.ask(Fence(attempt_id=A1)), Fenced)

    observed = desk.ask(Look(attempt_id=A1))
    assert isinstance(observed, Observed)
    assert observed.observation.job is not None
    assert observed.observation.job.state == "done"
    assert desk.printer.world.good_cards() == {"a1": 1}


def test_a_head_that_cools_is_not_taken_for_a_hang() -> None:
    desk = opened(build=PrinterBuild(heat_limit=1.0, cools_per_hour=1.0))
    for _ in range(3):
        assert isinstance(desk.card()[-1], Done)


def test_waiting_for_the_word_to_go_on_is_no_hang() -> None:
    desk = opened()
    desk.port.send(SUBMIT)
    assert isinstance(desk.next(), Reported)

    desk.clock.sleep(10_000.0)
    assert desk.port.poll() is None

    desk.port.send(Proceed())
    assert isinstance(desk.next(), Reported)


def test_a_power_cut_is_told_once_and_then_the_printer_is_offline() -> None:
    desk = opened(Fault(kind=FaultKind.POWER_LOSS))

    failed = desk.card()[-1]
    assert isinstance(failed, Failed)
    assert failed.fate is CardFate.UNKNOWN

    look = desk.ask(Look())
    assert isinstance(look, Failed)
    assert look.reasons == ("offline",)
    desk.printer.power_on(desk.clock.monotonic())
    assert isinstance(desk.ask(Look()), Observed)


def test_a_killed_session_leaves_the_machine_at_work() -> None:
    desk = opened()
    desk.port.send(SUBMIT)
    desk.next()
    desk.port.send(Proceed())
    desk.port.end()

    successor = SimulatedPort(desk.printer, desk.clock)
    desk.port = successor
    assert isinstance(desk.ask(Open()), Opened)
    busy = desk.ask(SUBMIT)
    assert isinstance(busy, Failed)
    assert busy.reasons == ("x-busy",)

    assert desk.ask(Fence(attempt_id=A1)) == Fenced(at_rest=True)
    assert desk.printer.world.good_cards() == {"a1": 1}


def test_a_fence_before_the_feed_saves_the_blank() -> None:
    desk = opened()
    desk.port.send(SUBMIT)
    desk.next()
    desk.port.end()
    desk.ask(Open())

    assert desk.ask(Fence(attempt_id=A1)) == Fenced(at_rest=True)

    assert desk.printer.world.count("hopper:P1") == 5


def test_a_printer_that_cannot_fence_says_so_at_once() -> None:
    desk = opened(build=PrinterBuild(capabilities=capabilities("T0")))

    assert desk.ask(Fence(attempt_id=A1)) == Fenced(at_rest=False)


def test_a_cut_line_tells_unknown_while_the_card_comes_out() -> None:
    desk = opened(Fault(kind=FaultKind.OFFLINE, phase=Phase.FEED, lasts=60.0))

    failed = desk.card()[-1]
    assert isinstance(failed, Failed)
    assert failed.fate is CardFate.UNKNOWN
    assert desk.next() is None

    assert desk.printer.world.good_cards() == {"a1": 1}
    assert isinstance(desk.ask(Look(attempt_id=A1)), Observed)
