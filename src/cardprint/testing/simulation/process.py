"""One life of the station's process: it begins, works, and dies; or it stalls, is overtaken, and wakes."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import cast

from cardprint.engine.worker import PrinterWorker
from cardprint.errors import CardprintError
from cardprint.hosts import PrinterPort
from cardprint.model.configuration import EncoderUse, PluginRules, PluginUse, PrinterConfig, StationConfig
from cardprint.model.messages import Command
from cardprint.plugin import DataSource
from cardprint.registry import Registry
from cardprint.registry.discovery import discover
from cardprint.registry.instances import Instances
from cardprint.registry.plugins import Plugin
from cardprint.simulation import SimulatedPort, VirtualClock
from cardprint.station import Station
from cardprint.store import ConnectionFactory
from cardprint.testing.simulation.bare import Bare
from cardprint.testing.simulation.connection import Connections
from cardprint.testing.simulation.disk import ProcessDiedError
from cardprint.testing.simulation.port import WatchedPort

__all__ = ["Process", "StalledError", "configuration"]

_WAKING = 40
"""Steps of its workers in which a process that wakes would do whatever it does."""


class StalledError(ProcessDiedError):
    """Leave all that a process is doing at one command: it goes on there when it wakes."""

    def __init__(self, port: WatchedPort, command: Command) -> None:
        super().__init__()
        self.port = port
        self.command = command


class Process:
    """Be the real station in a process of its own, on a disk and with printers that outlive it."""

    def __init__(
        self,
        config: StationConfig,
        centre: DataSource,
        *,
        clock: VirtualClock,
        connections: Connections,
        ports: Callable[[PrinterConfig], PrinterPort],
    ) -> None:
        self._connections = connections
        self.workers: tuple[PrinterWorker, ...] = ()
        self.station = Station(
            config,
            Registry(_plugins(), Instances(sources={"centre": centre}, renderer=Bare())),
            clock=clock,
            ports=ports,
            connect=cast("ConnectionFactory", connections),
            rewrite=connections.rewrite,
        )
        self._life = connections.life

    def own(self) -> None:
        """Take the printers."""
        self.workers = self.station.step().workers

    def work(self, chance: random.Random) -> float | None:
        """Let every worker go as far as it can, and give the moment at which something happens next."""
        moments = []
        workers = list(self.workers)
        chance.shuffle(workers)
        for worker in workers:
            standing = worker.advance(worker.port.poll() if worker.port is not None else None)
            if standing.busy and isinstance(worker.port, SimulatedPort):
                due = worker.port.due()
                moments.append(due if due is not None else standing.until or 0.0)
            elif standing.until is not None and standing.passes:
                moments.append(standing.until)
        return min(moments, default=None)

    def lose_lock(self) -> None:
        """Let the lock be lost that says who owns the printers, without this process knowing."""
        owner = self.station._database._owner
        if owner is not None:
            owner.release()

    def leave(self) -> None:
        """Die: nothing is closed in order, but locks are gone and drivers end."""
        self.lose_lock()
        for worker in self.workers:
            if worker.port is not None:
                worker.port.end()
        self.workers = ()

    def wake(self, stalled: StalledError) -> None:
        """Go on with the command at which it stalled, and with all that would follow on it."""
        stalled.port.send(stalled.command)
        if self._life != self._connections.life or self.station._database._broken:
            # It would have to open the store, which one process alone can in here.
            return
        for _ in range(_WAKING):
            for worker in self.workers:
                try:
                    worker.advance(worker.port.poll() if worker.port is not None else None)
                except CardprintError:
                    return


@functools.cache
def _plugins() -> tuple[Plugin, ...]:
    return tuple(discover(PluginRules(safe_mode=True)))


def configuration(folder: Path, printers: int, *, chips: bool) -> StationConfig:
    """Configure the station of an office: so many printers, whose cards have no faces, and perhaps chips."""
    return StationConfig(
        folder=folder,
        name="simulated",
        renderer=PluginUse(plugin="none"),
        encoders={"chips": EncoderUse(plugin="simulated", fields=("subject_id",))} if chips else {},
        printers=tuple(
            PrinterConfig(
                name=f"P{number}",
                driver="simulated",
                device=f"sim://P{number}",
                encoder="chips" if chips else "",
            )
            for number in range(printers)
        ),
    )
