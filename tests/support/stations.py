"""Stations to test with: the real store and engine, and simulated printers in virtual or in real time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cardprint import CardRequest, PluginUse, PrinterConfig, Station, StationConfig
from cardprint.model import CardFate
from cardprint.model.configuration import DutyLimits
from cardprint.simulation.build import PrinterBuild, capabilities
from cardprint.simulation.clock import VirtualClock
from cardprint.simulation.device import SimulatedPrinter
from cardprint.simulation.port import SimulatedPort
from cardprint.simulation.world import World

__all__ = ["Bench", "folder_config", "requests", "station_config"]


def requests(count: int, prefix: str = "r") -> Iterable[CardRequest]:
    """Give requests of subjects that are numbers."""
    return [CardRequest(request_id=f"{prefix}{n}", subject_id=f"{prefix}-subject-{n}") for n in range(count)]


def station_config(folder: Path, *printers: str, people: int = 1, duty: DutyLimits | None = None) -> StationConfig:
    """Configure a station whose cards have no faces."""
    return StationConfig(
        folder=folder,
        people=people,
        renderer=PluginUse(plugin="none"),
        printers=tuple(
            PrinterConfig(name=name, driver="simulated", device=f"sim://{name}", duty=duty or DutyLimits())
            for name in printers or ("P1",)
        ),
    )


def folder_config(folder: Path, *, renderer: PluginUse | None = None) -> StationConfig:
    """Configure a one-person station whose printer is a folder."""
    return StationConfig(
        folder=folder,
        people=1,
        renderer=renderer or PluginUse(plugin="none"),
        printers=(PrinterConfig(name="P1", driver="folder", device="folder:cards"),),
    )


class Bench:
    """Hold a world with printers that outlives any number of stations on one folder."""

    def __init__(self, folder: Path, *printers: str, tier: str = "T2", spoil_rate: float = 0.0, seed: int = 1) -> None:
        self.config = station_config(folder, *printers)
        self.clock = VirtualClock()
        self.world = World()
        self.job_of: dict[str, int] = {}
        self.printers: dict[str, SimulatedPrinter] = {}
        for printer in self.config.printers:
            build = PrinterBuild(
                seconds_per_card=10.0,
                capabilities=capabilities(tier),
                spoil_rate=spoil_rate,
                seed=seed,
                hopper_size=1000,
            )
            self.world.install(printer.name, 1000)
            self.printers[printer.name] = SimulatedPrinter(printer.name, self.world, build)

    def port(self, printer: PrinterConfig) -> SimulatedPort:
        """Give a connection to a printer."""
        return SimulatedPort(self.printers[printer.name], self.clock)

    def open(self, *plugins: object) -> Station:
        """Open a station on the bench's folder."""
        station = Station.open(
            self.config,
            plugins=plugins,
            clock=self.clock,
            ports=self.port,
        )
        for change in station.journal.lines(limit=100_000):
            if change.event == "attempt-intent" and change.job_id is not None:
                self.job_of[change.attempt_id] = change.job_id
        return station

    def stock(self, station: Station, count: int) -> None:
        """Bring blanks and load them evenly, in the world and in the book."""
        self.world.deliver(count)
        station.stock.receive(count, by="a")
        names = list(self.printers)
        for index, name in enumerate(names):
            part = count // len(names) + (1 if index < count % len(names) else 0)
            if part:
                self.world.load(name, part)
                station.stock.load(name, part, by="a", witness="b")

    def work(self, station: Station, *, steps: int = 100_000) -> int:
        """Turn the workers until all of them rest or the steps are used up; give the steps taken."""
        station.step()
        return self.turn(station, steps=steps)

    def turn(self, station: Station, *, steps: int = 100_000) -> int:
        """Go on turning the workers of a station that has its printers."""
        running = station._running
        if running is None:
            raise RuntimeError("the station has not taken its printers")
        taken = 0
        while taken < steps:
            moments = []
            for worker in running.workers:
                standing = worker.advance(worker.port.poll() if worker.port is not None else None)
                taken += 1
                if standing.busy and isinstance(worker.port, SimulatedPort):
                    due = worker.port.due()
                    moments.append(due if due is not None else standing.until or 0.0)
                elif standing.until is not None and standing.passes:
                    moments.append(standing.until)
            if not moments:
                break
            self.clock.advance_to(min(moments))
        for change in station.journal.lines(limit=100_000):
            if change.event == "attempt-intent" and change.job_id is not None:
                self.job_of[change.attempt_id] = change.job_id
        return taken

    def crash(self, station: Station) -> None:
        """Let the station's process die: nothing is said to anybody, what is committed stays, the machines go on."""
        station._database._owner.release()  # type: ignore[union-attr]
        station._database._owner = None
        station._database._reader.close()
        station._database._writer.close()
        for printer in self.printers.values():
            printer.proceed(self.clock.monotonic())

    def settle(self, station: Station) -> None:
        """Be the person of rule R4: look into the world for each card in doubt, and say what is there."""
        for view in station.printers.list():
            attempt = station.printers.in_doubt(view.name)
            if attempt is None:
                continue
            half_way = bool(self.world.inside(view.name))
            self.printers[view.name].clear()
            cards = [
                card for card in self.world.cards.values() if any(act.attempt_id == attempt for act in card.prints)
            ]
            good = any(card.good for card in cards)
            fate = CardFate.PRINTED if good else CardFate.SPOILED if cards or half_way else CardFate.NOT_FED
            station.printers.settle(view.name, fate, by="a", witness="b")

    def differences(self, station: Station) -> list[str]:
        """Compare book and world, account by account."""
        book, places = dict(station.stock.report().accounts), self.world.places()
        found = []
        pairs = [("printed", self.world.printed), ("vault", places["vault"])]
        pairs += [(f"{kind}:{name}", places[f"{kind}:{name}"]) for name in self.printers for kind in ("hopper",)]
        for account, there in pairs:
            booked = book.get(account, 0) + (book.get("working", 0) if account == "vault" else 0)
            if booked != there:
                found.append(f"{account}: {booked} by the book, {there} in the world")
        return found
