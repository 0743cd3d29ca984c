"""An office in virtual time: the real engine and store, simulated printers, and operators who do their rounds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Self

from cardprint.model.attempts import CardFate
from cardprint.model.configuration import DutyLimits, PluginUse, PrinterConfig, StationConfig
from cardprint.model.views import Change
from cardprint.simulation.clock import VirtualClock
from cardprint.simulation.device import SimulatedPrinter
from cardprint.simulation.port import SimulatedPort
from cardprint.simulation.scenario import Scenario, read_scenario
from cardprint.simulation.world import World
from cardprint.station.outcome import Outcome, outcome_of
from cardprint.station.running import Running
from cardprint.station.station import Station

__all__ = ["Office", "simulate"]

_BY, _WITNESS = "operator-1", "operator-2"


def simulate(
    scenario: Scenario | str | Path,
    *,
    folder: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Work off a scenario, given as a value, by name or as a TOML file.

    The store lies in ``folder``, else in a temporary one. ``progress`` gets a line after every working day.
    """
    if not isinstance(scenario, Scenario):
        scenario = read_scenario(scenario)
    with (
        tempfile.TemporaryDirectory(prefix="cardprint-") as temporary,
        Office(
            scenario,
            folder or Path(temporary) / "station",
        ) as office,
    ):
        return office.work(progress or (lambda _: None))


class Office:
    """Hold a scenario's world beside its station, so that the one can be judged by the other."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.clock = VirtualClock(scenario.begins(1))
        self.world = World()
        self.printers: dict[str, SimulatedPrinter] = {}
        for name in scenario.printers:
            build = scenario.build(name)
            self.world.install(name, build.hopper_size)
            self.printers[name] = SimulatedPrinter(name, self.world, build)
        self.station = Station.open(
            _configuration(scenario, folder),
            clock=self.clock,
            ports=lambda printer: SimulatedPort(self.printers[printer.name], self.clock),
        )
        self._resting = True
        self.job_of: dict[str, int] = {}
        """The job of every attempt that was intended, by the attempt's id."""
        self.station.subscribe(self._learn)

    def __enter__(self) -> Self:
        """Enter the office."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close its station."""
        self.station.close()

    def work(self, progress: Callable[[str], None]) -> Outcome:
        """Work day after day until nothing is left to print or to print on, and count."""
        self.station.requests.submit(self.scenario.requests(0), source="backlog")
        running = self.station.step()
        day = 0
        while day < self.scenario.max_days:
            day += 1
            self._morning(day)
            self._day(running, day)
            printed, held = self.world.printed, self._blanks_left()
            progress(f"day {day}: {printed} printed, {held} blanks left")
            later = any(delivery.day > day for delivery in self.scenario.deliveries)
            if not later and (not held or not self._anything_to_come()):
                break
        self._morning_rounds()
        return self.outcome(day)

    def outcome(self, day: int) -> Outcome:
        """Count in the world, and compare the book with it."""
        tally = self.world.account(self.job_of)
        return outcome_of(
            self.station,
            printed=tally.printed,
            working_days=day,
            discrepancies=self._differences(),
            doubled=tally.doubled,
            lost=tally.lost,
        )

    def _learn(self, change: Change) -> None:
        if change.event == "attempt-intent" and change.job_id is not None:
            self.job_of[change.attempt_id] = change.job_id

    def _morning(self, day: int) -> None:
        self.clock.advance_to(self.scenario.begins(day))
        for delivery in self.scenario.delivered(day):
            self.world.deliver(delivery.count, delivery.kind)
            self.station.stock.receive(delivery.count, kind=delivery.kind, by=_BY)
        if day > 1 or self.scenario.arrivals:
            self.station.requests.submit(self.scenario.requests(day), source="arrivals")
        self._morning_rounds()

    def _morning_rounds(self) -> None:
        """Empty trays and bins, and give a printer that was set aside another chance."""
        for view in self.station.printers.list():
            self.world.empty_tray(view.name)
            self.world.empty_bin(view.name)
            if view.quarantined:
                self.station.printers.release(view.name, by=_BY)

    def _day(self, running: Running, day: int) -> None:
        end = self._monotonic(self.scenario.ends(day))
        for worker in running.workers:
            worker.accepting = True
        while self.clock.monotonic() < end:
            following = self._turn(running)
            if self._resting and self._rounds():
                continue
            if following is None:
                break
            self.clock.sleep(max(0.0, min(following, end) - self.clock.monotonic()))
        for worker in running.workers:
            worker.accepting = False
        while (following := self._turn(running, only_busy=True)) is not None:
            self.clock.sleep(max(0.0, following - self.clock.monotonic()))

    def _monotonic(self, wall: float) -> float:
        return self.clock.monotonic() + wall - self.clock.now()

    def _turn(self, running: Running, *, only_busy: bool = False) -> float | None:
        """Let every worker go as far as it can now; give the next moment at which one can go on."""
        moments: list[float] = []
        self._resting = False
        for worker in running.workers:
            standing = worker.advance(worker.port.poll() if worker.port is not None else None)
            while standing.busy and worker.port is not None and (event := worker.port.poll()) is not None:
                standing = worker.advance(event)
            self._resting |= not standing.busy and not self.scenario.printers[worker.printer.name].broken
            if standing.busy and isinstance(worker.port, SimulatedPort):
                due = worker.port.due()
                moments.append(due if due is not None else standing.until or 0.0)
            elif standing.until is not None and not only_busy:
                moments.append(standing.until)
        return min(moments, default=None)

    def _rounds(self) -> bool:
        """Fill hoppers that are empty and see to printers that need somebody; True where anything was done."""
        done = False
        for view in self.station.printers.list():
            printer = self.scenario.printers[view.name]
            if printer.broken:
                continue
            if "x-in-doubt" in view.reasons:
                done |= self._look_for_card(view.name)
            elif view.reasons and "x-head-cooling" not in view.reasons and "x-duty-day" not in view.reasons:
                self.printers[view.name].clear()
                self.printers[view.name].change_ribbon()
            if view.hopper == 0 and not view.quarantined:
                done |= self._fill(view.name, printer.hopper_size)
        return done

    def _fill(self, name: str, size: int) -> bool:
        kind = self.scenario.printers[name].kind
        there = sum(1 for card in self.world.cards.values() if card.place == "vault" and card.kind == kind)
        count = min(size, there)
        if count:
            self.world.load(name, count, kind)
            self.station.stock.load(name, count, by=_BY, witness=_WITNESS)
        return count > 0

    def _look_for_card(self, name: str) -> bool:
        """Be the person of rule R4: look where the card is, and say so."""
        half_way = bool(self.world.inside(name))
        self.printers[name].clear()
        attempt = self.station.printers.in_doubt(name)
        if attempt is None:
            return False
        cards = [card for card in self.world.cards.values() if any(act.attempt_id == attempt for act in card.prints)]
        if any(card.good for card in cards):
            fate = CardFate.PRINTED
        elif cards or half_way:
            fate = CardFate.SPOILED
        else:
            fate = CardFate.NOT_FED
        self.station.printers.settle(name, fate, by=_BY, witness=_WITNESS)
        return True

    def _blanks_left(self) -> int:
        places = self.world.places()
        return sum(count for place, count in places.items() if place == "vault" or place.startswith("hopper:"))

    def _anything_to_come(self) -> bool:
        return bool(self.scenario.arrivals) or any(self.station.status().waiting.values())

    def _differences(self) -> tuple[str, ...]:
        """Compare every account of the book with the places of the world."""
        book, places = dict(self.station.stock.report().accounts), self.world.places()
        expected = {
            "vault": (book.get("vault", 0) + book.get("working", 0), places["vault"]),
            "printed": (book.get("printed", 0), self.world.printed),
            **{
                f"{place}:{name}": (book.get(f"{place}:{name}", 0), places.get(f"{place}:{name}", 0))
                for name in self.printers
                for place in ("hopper", "in-machine")
            },
        }
        return tuple(
            f"{account}: {booked} by the book, {there} in the world"
            for account, (booked, there) in expected.items()
            if booked != there
        )


def _configuration(scenario: Scenario, folder: Path) -> StationConfig:
    return StationConfig(
        folder=folder,
        name=scenario.name or "office",
        renderer=PluginUse(plugin="none"),
        printers=tuple(
            PrinterConfig(
                name=name,
                driver="simulated",
                device=f"sim://{name}",
                kind=printer.kind,
                duty=DutyLimits(per_day=printer.per_day, per_hour=printer.per_hour),
            )
            for name, printer in scenario.printers.items()
        ),
    )
