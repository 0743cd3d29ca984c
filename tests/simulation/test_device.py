from __future__ import annotations

import math

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cardprint.errors import ConfigurationError
from cardprint.model import AttemptId, AttemptOutcome, CardFate, CardOrder, DeviceJob, PrinterState, StepKind
from cardprint.model.messages import Done, Event, Failed, Reported
from cardprint.simulation import Fault, FaultKind, Phase, PrinterBuild, SimulatedPrinter, World, capabilities
from cardprint.simulation.build import TIERS
from cardprint.simulation.memory import PrinterMemory

A1 = AttemptId("a1")


def make_printer(*faults: Fault, blanks: int = 5, build: PrinterBuild | None = None) -> SimulatedPrinter:
    world = World()
    printer = SimulatedPrinter("P1", world, build or PrinterBuild(seconds_per_card=100.0))
    world.deliver(blanks)
    world.load("P1", blanks)
    printer.faults.extend(faults)
    return printer


def play(printer: SimulatedPrinter, now: float = 0.0, until: float = math.inf) -> tuple[list[Event], float]:
    """Let the printer do all it does by itself; give what it told and when it came to rest."""
    events: list[Event] = []
    while (due := printer.due()) is not None and due <= until:
        now = max(now, due)
        told = printer.step(now)
        events += told
        if any(isinstance(event, Reported) and event.step.kind.synced for event in told):
            printer.proceed(now)
    return events, now


def make_card(printer: SimulatedPrinter, attempt_id: str = "a1", now: float = 0.0) -> tuple[list[Event], float]:
    assert printer.begin(CardOrder(attempt_id=AttemptId(attempt_id)), now) is None
    return play(printer, now)


def outcome_of(events: list[Event]) -> AttemptOutcome:
    (outcome,) = [event.outcome for event in events if isinstance(event, Done)]
    return outcome


def steps_of(events: list[Event]) -> list[StepKind]:
    return [event.step.kind for event in events if isinstance(event, Reported)]


def job_of(printer: SimulatedPrinter, attempt_id: AttemptId = A1) -> DeviceJob | None:
    return printer.observe(attempt_id).job


def test_a_card_is_reported_step_by_step_and_takes_its_time() -> None:
    printer = make_printer()

    events, now = make_card(printer)

    assert steps_of(events) == [StepKind.ACCEPTED, StepKind.FED, StepKind.PRINTED, StepKind.EJECTED]
    assert outcome_of(events).fate is CardFate.PRINTED
    assert now == pytest.approx(100.0)
    assert printer.world.good_cards() == {"a1": 1}
    assert job_of(printer) == DeviceJob(state="done", picked=True)


def test_a_chip_is_written_before_the_card_is_printed() -> None:
    printer = make_printer(build=PrinterBuild(capabilities=capabilities("T2", chip=True)))
    assert printer.begin(CardOrder(attempt_id=A1, encoding={"file": "x"}), 0.0) is None

    events, _ = play(printer)

    assert steps_of(events)[:4] == [StepKind.ACCEPTED, StepKind.FED, StepKind.IDENTIFIED, StepKind.ENCODED]
    assert [event.step.chip_number for event in events if isinstance(event, Reported)][2:4] == [f"{1:016X}"] * 2
    assert outcome_of(events).fate is CardFate.PRINTED


def test_a_chip_whose_number_is_not_durable_yet_holds_nothing() -> None:
    printer = make_printer(build=PrinterBuild(capabilities=capabilities("T0", chip=True)))
    assert printer.begin(CardOrder(attempt_id=A1, encoding={"file": "x"}), 0.0) is None

    told = printer.step(10_000.0)

    assert steps_of(told) == [StepKind.FED, StepKind.IDENTIFIED]
    assert not printer.world.chip(1).used
    printer.proceed(10_000.0)
    assert printer.world.chip(1).used


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FaultKind.DEAD_CHIP, "x-chip-failed"),
        (FaultKind.WRONG_CHIP, "x-chip-wrong"),
        (FaultKind.USED_CHIP, "x-chip-personalised"),
        (FaultKind.TORN_CHIP, "x-chip-failed"),
    ],
)
def test_a_bad_chip_ends_in_the_reject_bin(kind: FaultKind, reason: str) -> None:
    fault = Fault(kind=kind, commands=1)
    printer = make_printer(fault, build=PrinterBuild(capabilities=capabilities("T1", chip=True)))
    assert printer.begin(CardOrder(attempt_id=A1, encoding={"file": "x"}), 0.0) is None

    events, _ = play(printer)

    outcome = outcome_of(events)
    assert (outcome.fate, outcome.reasons) == (CardFate.SPOILED, (reason,))
    assert printer.world.count("reject:P1") == 1


def test_a_chip_cannot_be_written_where_there_is_no_station() -> None:
    refusal = make_printer().begin(CardOrder(attempt_id=A1, encoding={"file": "x"}), 0.0)

    assert refusal is not None
    assert (refusal.fate, refusal.permanent) == (CardFate.NOT_FED, True)


def test_nothing_moves_after_a_synced_step_until_it_is_told_to_go_on() -> None:
    printer = make_printer()
    printer.begin(CardOrder(attempt_id=A1), 0.0)

    assert steps_of(printer.step(0.0)) == [StepKind.ACCEPTED]
    assert printer.due() is None
    assert printer.step(10_000.0) == []
    assert printer.world.count("hopper:P1") == 5

    printer.proceed(10_000.0)
    assert printer.world.count("hopper:P1") == 4


def test_a_busy_printer_takes_no_second_job() -> None:
    printer = make_printer()
    printer.begin(CardOrder(attempt_id=A1), 0.0)

    refusal = printer.begin(CardOrder(attempt_id=AttemptId("a2")), 1.0)

    assert refusal is not None
    assert (refusal.fate, refusal.reasons) == (CardFate.NOT_FED, ("x-busy",))
    play(printer)
    assert printer.world.good_cards() == {"a1": 1}


def test_a_printer_does_not_protect_anybody_from_printing_twice() -> None:
    printer = make_printer()

    _, now = make_card(printer)
    make_card(printer, now=now)

    assert printer.world.good_cards() == {"a1": 2}


@pytest.mark.parametrize(
    ("tier", "seen"),
    [
        ("T0", set()),
        ("T1", {"serial", "boot_id", "pick_count", "reject_count", "path_clear", "queue_empty", "hopper_empty"}),
        ("T2", {"serial", "boot_id", "pick_count", "reject_count", "path_clear", "queue_empty", "hopper_empty", "job"}),
    ],
)
def test_a_tier_decides_what_can_be_observed(tier: str, seen: set[str]) -> None:
    printer = make_printer(build=PrinterBuild(capabilities=capabilities(tier)))
    make_card(printer)

    observation = attrs.asdict(printer.observe(A1), recurse=False)

    assert {key for key, value in observation.items() if value is not None} == seen
    assert printer.build.capabilities.tier == tier


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="T9"):
        capabilities("T9")


def test_a_printer_that_reads_numbers_names_the_card_it_printed() -> None:
    printer = make_printer(build=PrinterBuild(capabilities=capabilities("T3", numbers=True)))
    assert printer.observe().blank_number == "00000001"

    events, _ = make_card(printer)

    assert outcome_of(events).card_number == "00000001"
    assert printer.observe(A1).printed_number == "00000001"
    assert printer.observe().blank_number == "00000002"


@pytest.mark.parametrize(
    ("fault", "fate", "reason", "left", "place"),
    [
        (Fault(kind=FaultKind.JAM), CardFate.SPOILED, "media-jam", 4, "in-machine:P1"),
        (Fault(kind=FaultKind.JAM, phase=Phase.FEED), CardFate.SPOILED, "media-jam", 4, "in-machine:P1"),
        (Fault(kind=FaultKind.EMPTY), CardFate.NOT_FED, "media-empty", 5, ""),
        (Fault(kind=FaultKind.COVER_OPEN, phase=Phase.QUEUED), CardFate.NOT_FED, "cover-open", 5, ""),
        (Fault(kind=FaultKind.COVER_OPEN), CardFate.SPOILED, "cover-open", 4, "in-machine:P1"),
        (Fault(kind=FaultKind.SPOIL), CardFate.SPOILED, "x-spoiled", 4, "reject:P1"),
        (Fault(kind=FaultKind.RIBBON_END), CardFate.SPOILED, "marker-supply-empty", 4, "reject:P1"),
        (Fault(kind=FaultKind.DOUBLE_FEED), CardFate.SPOILED, "x-double-feed", 3, "reject:P1"),
    ],
)
def test_trouble_ends_the_job_with_its_reason(
    fault: Fault,
    fate: CardFate,
    reason: str,
    left: int,
    place: str,
) -> None:
    printer = make_printer(fault)

    events, _ = make_card(printer)

    outcome = outcome_of(events)
    assert (outcome.fate, outcome.reasons[0]) == (fate, reason)
    assert job_of(printer) == DeviceJob(state="failed", picked=fate is CardFate.SPOILED)
    assert printer.world.count("hopper:P1") == left
    assert printer.world.printed == 0
    assert not place or printer.world.count(place) == 5 - left


@pytest.mark.parametrize("kind", [FaultKind.JAM, FaultKind.COVER_OPEN, FaultKind.EMPTY])
def test_a_stopped_printer_prints_again_once_somebody_has_seen_to_it(kind: FaultKind) -> None:
    printer = make_printer(Fault(kind=kind))
    _, now = make_card(printer)
    assert printer.status(now).state is PrinterState.STOPPED
    assert printer.begin(CardOrder(attempt_id=AttemptId("a2")), now) is not None

    printer.clear()

    assert printer.status(now).state is PrinterState.IDLE
    make_card(printer, "a3", now)
    assert printer.world.good_cards() == {"a3": 1}


def test_a_ribbon_lasts_so_many_cards_and_no_more() -> None:
    printer = make_printer(build=PrinterBuild(ribbon=2))
    now = 0.0
    for attempt_id in ("a1", "a2"):
        _, now = make_card(printer, attempt_id, now)

    refusal = printer.begin(CardOrder(attempt_id=AttemptId("a3")), now)
    assert refusal is not None
    assert refusal.reasons == ("marker-supply-empty",)

    printer.change_ribbon()
    make_card(printer, "a3", now)
    assert printer.world.printed == 3


def test_a_full_tray_stops_the_printer_until_it_is_emptied() -> None:
    printer = make_printer(build=PrinterBuild(tray_size=1))
    _, now = make_card(printer)
    assert printer.status(now).reasons == ("output-area-full",)

    printer.world.empty_tray("P1")

    make_card(printer, "a2", now)
    assert printer.world.printed == 2


def test_a_full_reject_bin_stops_the_printer() -> None:
    printer = make_printer(Fault(kind=FaultKind.SPOIL), build=PrinterBuild(bin_size=1))

    _, now = make_card(printer)

    assert printer.status(now).reasons == ("x-reject-bin-full",)


def test_a_hot_head_rests_and_then_goes_on_by_itself() -> None:
    build = PrinterBuild(seconds_per_card=10.0, heat_limit=2.0, heat_resume=0.5, cools_per_hour=60.0)
    printer = make_printer(build=build)
    now = 0.0
    for attempt_id in ("a1", "a2", "a3"):
        _, now = make_card(printer, attempt_id, now)
    assert printer.status(now).reasons == ("x-head-cooling",)
    begun = now

    events, now = make_card(printer, "a4", now)

    assert outcome_of(events).fate is CardFate.PRINTED
    assert now - begun > 60.0
    assert printer.status(now + 3600.0).state is PrinterState.IDLE


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in {Phase.ENCODE, Phase.WRITE}])
def test_a_power_cut_is_an_unknown_fate_and_the_tier_decides_what_can_be_learnt(tier: str, phase: Phase) -> None:
    fault = Fault(kind=FaultKind.POWER_LOSS, phase=phase, lasts=60.0)
    printer = make_printer(fault, build=PrinterBuild(capabilities=capabilities(tier)))
    before = printer.observe()

    events, now = make_card(printer)

    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert (failed.fate, failed.reasons) == (CardFate.UNKNOWN, ("offline",))
    assert printer.reachable(now)
    fed = phase is not Phase.QUEUED
    assert printer.world.count("reject:P1") == int(fed)
    after = printer.observe(A1)
    if tier != "T0":
        assert after.boot_id != before.boot_id
        assert after.pick_count == int(fed)
    assert after.job == (DeviceJob(state="failed", picked=fed) if tier == "T3" else None)


def test_a_printer_is_dark_until_its_power_is_back() -> None:
    printer = make_printer()
    printer.begin(CardOrder(attempt_id=A1), 0.0)
    printer.power_off(0.0)

    assert not printer.reachable(1e9)
    events, _ = play(printer)
    assert [type(event) for event in events] == [Failed]

    printer.power_on(5.0)
    assert printer.reachable(5.0)
    assert printer.idle()


def test_a_counter_that_does_not_survive_power_begins_again() -> None:
    can = attrs.evolve(capabilities("T1"), pick_counter_survives_power=False)
    printer = make_printer(build=PrinterBuild(capabilities=can))
    make_card(printer)

    printer.power_off(200.0)
    printer.power_on(201.0)

    assert printer.observe().pick_count == 0


def test_a_cut_line_does_not_stop_the_card() -> None:
    printer = make_printer(Fault(kind=FaultKind.OFFLINE, phase=Phase.FEED, lasts=500.0))

    events, now = make_card(printer)

    assert [event.fate for event in events if isinstance(event, Failed)] == [CardFate.UNKNOWN]
    assert not [event for event in events if isinstance(event, Done)]
    assert printer.world.good_cards() == {"a1": 1}
    assert not printer.reachable(now)
    assert printer.reachable(now + 500.0)


def test_a_hang_that_passes_ends_with_a_card() -> None:
    printer = make_printer(Fault(kind=FaultKind.HANG, lasts=1000.0))

    _, now = make_card(printer)

    assert now == pytest.approx(1100.0)
    assert printer.world.good_cards() == {"a1": 1}


def test_a_hang_for_good_ends_with_the_power() -> None:
    printer = make_printer(Fault(kind=FaultKind.HANG))
    _, now = make_card(printer)
    assert printer.hangs(now + 1e6)

    printer.power_off(now)
    printer.power_on(now)

    assert printer.reachable(now)
    assert printer.world.count("reject:P1") == 1


def test_a_broken_printer_never_answers() -> None:
    printer = make_printer(build=PrinterBuild(broken=True))

    refusal = printer.begin(CardOrder(attempt_id=A1), 0.0)

    assert refusal is not None
    assert (refusal.fate, refusal.reasons) == (CardFate.NOT_FED, ("offline",))


def test_a_fence_drops_a_job_that_has_not_begun() -> None:
    printer = make_printer()
    printer.begin(CardOrder(attempt_id=A1), 0.0)
    printer.step(0.0)

    assert printer.fence(A1, 1.0)

    printer.proceed(2.0)
    assert outcome_of(play(printer, 2.0)[0]).fate is CardFate.NOT_FED
    assert printer.world.count("hopper:P1") == 5
    assert job_of(printer) == DeviceJob(state="failed", picked=False)


def test_a_fence_cannot_stop_a_card_that_is_being_printed() -> None:
    printer = make_printer()
    printer.begin(CardOrder(attempt_id=A1), 0.0)
    printer.step(0.0)
    printer.proceed(0.0)

    assert not printer.fence(A1, 1.0)
    _, now = play(printer)

    assert printer.fence(A1, now)
    assert printer.world.good_cards() == {"a1": 1}


def test_a_printer_without_the_ability_cannot_fence() -> None:
    assert not make_printer(build=PrinterBuild(capabilities=capabilities("T0"))).fence(A1, 0.0)


def test_luck_is_the_seeds() -> None:
    def spoiled(seed: int) -> list[bool]:
        printer = make_printer(blanks=50, build=PrinterBuild(spoil_rate=0.4, seed=seed))
        return [outcome_of(make_card(printer, f"a{i}", i * 1e3)[0]).fate is CardFate.SPOILED for i in range(50)]

    assert spoiled(1) == spoiled(1)
    assert spoiled(1) != spoiled(2)
    assert 5 < sum(spoiled(1)) < 35


def test_trouble_comes_only_where_it_can() -> None:
    with pytest.raises(ValueError, match="cannot come in phase"):
        Fault(kind=FaultKind.SPOIL, phase=Phase.FEED)


def test_the_job_table_forgets_the_oldest() -> None:
    memory = PrinterMemory()
    for number in range(150):
        memory.remember(AttemptId(str(number)), DeviceJob(state="done"), str(number))

    assert len(memory.jobs) == len(memory.numbers) == 100
    assert AttemptId("49") not in memory.jobs


FAULTS = st.builds(
    lambda kind, phase, lasts: Fault(kind=kind, lasts=lasts) if phase is None else Fault(kind=kind, phase=phase),
    st.sampled_from([FaultKind.JAM, FaultKind.COVER_OPEN, FaultKind.POWER_LOSS, FaultKind.HANG, FaultKind.OFFLINE]),
    st.none() | st.sampled_from(Phase),
    st.none() | st.floats(1.0, 1e4),
) | st.builds(
    Fault,
    kind=st.sampled_from([FaultKind.EMPTY, FaultKind.SPOIL, FaultKind.RIBBON_END, FaultKind.DOUBLE_FEED]),
)


class TwoPrinters(RuleBasedStateMachine):
    """Do anything to two printers in any order; cards stay cards."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        can = capabilities("T2", chip=True)
        kinds = {
            "P1": PrinterBuild(hopper_size=8, ribbon=6, tray_size=5, bin_size=3, capabilities=can, spoil_rate=0.2),
            "P2": PrinterBuild(hopper_size=3, heat_limit=2.0, capabilities=capabilities("T0")),
        }
        self.printers = {name: SimulatedPrinter(name, self.world, build) for name, build in kinds.items()}
        self.now = 0.0
        self.begun: set[str] = set()

    names = st.sampled_from(["P1", "P2"])

    @rule(name=names, count=st.integers(0, 8), what=st.sampled_from(["deliver", "load", "unload", "send back"]))
    def carry(self, name: str, count: int, what: str) -> None:
        if what == "deliver":
            self.world.deliver(count)
        elif what == "load":
            room = self.printers[name].build.hopper_size - self.world.count(f"hopper:{name}")
            self.world.load(name, min(count, room, self.world.count("vault")))
        elif what == "unload":
            self.world.unload(name)
        else:
            self.world.send_back(min(count, self.world.count("vault")))

    @rule(name=names, encode=st.booleans())
    def begin(self, *, name: str, encode: bool) -> None:
        attempt_id = AttemptId(f"a{len(self.begun)}")
        order = CardOrder(attempt_id=attempt_id, encoding={"file": "x"} if encode else {})
        before = self.world.places()
        refused = self.printers[name].begin(order, self.now) is not None
        if refused:
            assert self.world.places() == before
        else:
            self.begun.add(attempt_id)

    @initialize(count=st.integers(0, 20))
    def open_the_office(self, count: int) -> None:
        self.world.deliver(count)
        for name in self.printers:
            self.work(name=name, fault=None, encode=False, seconds=[5.0] * 3)

    @rule(
        name=names,
        fault=st.none() | FAULTS,
        encode=st.booleans(),
        seconds=st.lists(st.sampled_from([0.0, 5.0, 40.0, 120.0, 10_000.0]), min_size=3, max_size=6),
    )
    def work(self, *, name: str, fault: Fault | None, encode: bool, seconds: list[float]) -> None:
        """Make the printer ready and work at a card for a while, mostly to its end."""
        printer = self.printers[name]
        if not printer.reachable(self.now):
            printer.power_off(self.now)
            printer.power_on(self.now)
        if printer.idle() and printer.status(self.now).state is PrinterState.STOPPED:
            self.see_to_it(name)
        if not self.world.count(f"hopper:{name}"):
            self.world.deliver(3)
            self.world.load(name, 3)
        if fault is not None:
            printer.faults.appendleft(fault)
        self.begin(name=name, encode=encode)
        for step in seconds:
            self.pass_time(name=name, go_on=True, seconds=step)

    @rule(name=names, go_on=st.booleans(), seconds=st.floats(0.0, 500.0))
    def pass_time(self, *, name: str, go_on: bool, seconds: float) -> None:
        self.now += seconds
        self.printers[name].step(self.now)
        if go_on:
            self.printers[name].proceed(self.now)

    @rule(name=names)
    def fence(self, name: str) -> None:
        printer = self.printers[name]
        work = printer.memory.work
        attempt_id = work.attempt_id if work else A1
        if printer.fence(attempt_id, self.now):
            good = self.world.good_cards()
            play(printer, self.now, until=self.now)
            printer.proceed(self.now)
            assert printer.idle() or printer.memory.work is not work
            assert self.world.good_cards() == good

    @rule(name=names, what=st.sampled_from(["power off", "power on", "see to it"]))
    def meddle(self, name: str, what: str) -> None:
        printer = self.printers[name]
        if what == "power off":
            printer.power_off(self.now)
        elif what == "power on":
            printer.power_on(self.now)
        else:
            self.see_to_it(name)

    def see_to_it(self, name: str) -> None:
        self.printers[name].clear()
        self.printers[name].change_ribbon()
        self.world.empty_tray(name)
        self.world.empty_bin(name)

    @invariant()
    def cards_are_conserved(self) -> None:
        assert self.world.lost == 0
        by_card: dict[str, int] = {}
        for card in self.world.cards.values():
            by_card[card.place] = by_card.get(card.place, 0) + 1
        assert by_card == {place: count for place, count in self.world.places().items() if count}

    @invariant()
    def every_job_is_printed_at_most_once(self) -> None:
        good = self.world.good_cards()
        assert set(good.values()) <= {1}
        assert set(good) <= self.begun
        assert all(len(card.prints) <= 1 for card in self.world.cards.values())

    @invariant()
    def counters_tell_what_the_machine_did(self) -> None:
        doubles = 0
        for name, printer in self.printers.items():
            doubles = self.world.fed[name] - printer.memory.picks
            assert 0 <= doubles <= printer.memory.jobs_taken
            assert printer.memory.picks <= printer.memory.jobs_taken
            assert len(self.world.inside(name)) <= 1
        ejects = sum(printer.memory.ejects for printer in self.printers.values())
        assert ejects == self.world.printed

    @invariant()
    def capacities_hold(self) -> None:
        for name, printer in self.printers.items():
            assert self.world.count(f"hopper:{name}") <= printer.build.hopper_size
            assert printer.build.tray_size is None or self.world.count(f"output:{name}") <= printer.build.tray_size


TestTwoPrinters = TwoPrinters.TestCase
TestTwoPrinters.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
