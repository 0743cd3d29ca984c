"""The front door: open a station, run it, and reach its parts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cardprint.engine.parts import Parts, subject_pattern
from cardprint.errors import ConfigurationError, InputError, StateError, StoreBusyError, StoreError
from cardprint.hosts import PrinterPort, SystemClock
from cardprint.language import Sentence
from cardprint.model.configuration import PluginUse, PrinterConfig, StationConfig
from cardprint.model.views import Change, CheckReport, Discovery, PluginView, StationStatus
from cardprint.plugin import Clock, PluginContext
from cardprint.registry import LateRenderer, Registry, default_configuration_text, read_configuration
from cardprint.station.listeners import Listeners
from cardprint.station.overview import inspect, overview
from cardprint.station.ports import PreparedPort, prepared_port
from cardprint.store import ConnectionFactory, Database, connect, printers, rewrite_log

if TYPE_CHECKING:
    from cardprint.engine.stock import StockRoom
    from cardprint.model.forecast import Forecast
    from cardprint.station.designs import Designs
    from cardprint.station.doors import Jobs, Journal, Printers, Requests
    from cardprint.station.running import Running
    from cardprint.station.sources import Sources
    from cardprint.station.summary import RunSummary

__all__ = ["Station"]

# A command opens a station and uses one part of it, and classes take long to make: each part, and all that prints, is
# imported by the one function that gives it.
# ruff: noqa: PLC0415

_ALWAYS = ("pause", "duty")
"""Interlocks that no configuration leaves out."""


class Station:
    """Be a running site: one store, its printers, and the people's doors to them. Safe for several threads.

    Opening reads and writes the store but owns no printer; ``run`` and ``start`` do, and only one process at a time
    may.
    """

    def __init__(
        self,
        config: StationConfig,
        registry: Registry,
        *,
        clock: Clock,
        ports: Callable[[PrinterConfig], PrinterPort] | None = None,
        connect: ConnectionFactory = connect,
        rewrite: Callable[[Path], None] = rewrite_log,
    ) -> None:
        """Use ``open`` instead; ``connect`` and ``rewrite`` put another file system below the store."""
        self._config = config
        self._registry = registry
        self._clock = clock
        self._ports = ports
        self._lock = threading.RLock()
        self._running: Running | None = None
        # What is wrong with the configuration or a plugin is told before the store is touched.
        subject_pattern(config)
        names = [printer.name for printer in config.printers]
        if len(set(names)) < len(names):
            raise ConfigurationError(
                Sentence("two printers have one name: {names}.", names=", ".join(sorted(names))),
                cure=Sentence("Rename one."),
            )
        policy = registry.instances.policy or registry.allocation_policy(config.policy, self._context("policy"))
        renderer = registry.instances.renderer or registry.card_renderer(config.renderer, self._context("renderer"))
        validators = [
            registry.request_validator(use, self._context(name)) for name, use in config.validators.items()
        ] + list(registry.instances.validators)
        interlocks = [("", registry.interlock(PluginUse(plugin=name), self._context(name))) for name in _ALWAYS]
        interlocks += [(name, registry.interlock(use, self._context(name))) for name, use in config.interlocks.items()]
        interlocks += [(type(given).__name__, given) for given in registry.instances.interlocks]
        self._drivers: dict[str, PreparedPort] = {
            printer.name: prepared_port(registry, config, printer, self._context)
            for printer in config.printers
            if printer.enabled and ports is None
        }
        self._database = Database(config.folder, factory=connect, rewrite=rewrite)
        self._parts = Parts(
            config=config,
            database=self._database,
            clock=clock,
            policy=policy,
            renderer=renderer,
            validators=tuple(validators),
            interlocks=tuple(interlocks),
            committed=self._committed,
        )
        self._listeners = Listeners(self._database, registry.job_changed if registry.listens else None)

    @cached_property
    def requests(self) -> Requests:
        """Requests handed in by a program."""
        from cardprint.station.doors import Requests

        return Requests(self._parts)

    @cached_property
    def sources(self) -> Sources:
        """Data sources and imported files."""
        from cardprint.station.sources import Sources

        return Sources(self._parts, self._registry, self._context)

    @cached_property
    def jobs(self) -> Jobs:
        """Print jobs."""
        from cardprint.station.doors import Jobs
        from cardprint.station.policies import Policies

        return Jobs(self._parts, Policies(self._registry, self._context))

    @cached_property
    def stock(self) -> StockRoom:
        """Blanks."""
        from cardprint.engine.stock import StockRoom

        return StockRoom(self._parts)

    @cached_property
    def printers(self) -> Printers:
        """Printers."""
        from cardprint.station.doors import Printers

        return Printers(self._parts, self._run_test)

    @cached_property
    def designs(self) -> Designs:
        """How cards look."""
        from cardprint.station.designs import Designs

        return Designs.of_station(self._parts, self._registry, self._context("renderer"))

    @cached_property
    def journal(self) -> Journal:
        """The journal."""
        from cardprint.station.doors import Journal

        return Journal(self._parts)

    @classmethod
    def open(
        cls,
        config: StationConfig | Path | str,
        *,
        plugins: Sequence[object] = (),
        clock: Clock | None = None,
        ports: Callable[[PrinterConfig], PrinterPort] | None = None,
    ) -> Self:
        """Open a station.

        ``config`` is a value or the path of a ``station.toml``. ``plugins`` are objects that need no packaging: a
        policy or renderer replaces the configured one, validators and interlocks join it, drivers and sources go by
        their name, and modules or objects with hook implementations register as an installed plugin does. ``ports``
        gives the connections to printers in place of their drivers; the simulation's way in.

        Raises ConfigurationError, PluginError or StoreError, each with what to do next.
        """
        file = ""
        if not isinstance(config, StationConfig):
            file = str(config)
            config = read_configuration(Path(config))
        registry = Registry.load(config.plugins, plugins, file=file, folder=config.folder)
        return cls(config, registry, clock=clock or SystemClock(), ports=ports)

    @classmethod
    def restore(
        cls,
        config: StationConfig | Path | str,
        backup: Path | str,
        *,
        plugins: Sequence[object] = (),
        clock: Clock | None = None,
        ports: Callable[[PrinterConfig], PrinterPort] | None = None,
    ) -> Self:
        """Open a station from a backup; every printer stays stopped until its hopper is counted.

        The world has gone on since the backup was made, so nothing of it is believed before a count. Refuses to
        replace a store: move the old one away first. The other arguments are those of ``open``.
        """
        value = config if isinstance(config, StationConfig) else read_configuration(Path(config))
        target = value.folder / "station.db"
        if target.exists():
            raise StoreError(
                Sentence("{target} is there; a restore replaces nothing.", target=target),
                cure=Sentence("Move it away first: mv {target} {target}.old", target=target),
            )
        source = Path(backup)
        if not source.is_file():
            raise StoreError(
                Sentence("there is no backup at {source}.", source=source),
                cure=Sentence("Name a file made by: cardprint check --backup"),
            )
        value.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o600)
        station = cls.open(config, plugins=plugins, clock=clock, ports=ports)
        with station._database.transaction(station._clock.now()) as tx:  # noqa: SLF001 - its own
            printers.close_all(tx, [printer.name for printer in value.printers])
            tx.note("station-restored")
        return station

    @staticmethod
    def initialize(folder: Path | str, *, people: int, name: str = "station") -> Path:
        """Write a commented ``station.toml`` into a folder, made if it is not there; give its path.

        Raises InputError where one is there already: nothing is overwritten.
        """
        path = Path(folder) / "station.toml"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                stream.write(default_configuration_text(name=name, people=people))
        except FileExistsError:
            raise InputError(
                Sentence("{path} is there already; nothing was written.", path=path),
                cure=Sentence("Edit it, or name another folder: cardprint init FOLDER"),
            ) from None
        except OSError as error:
            raise InputError(
                Sentence("{path} cannot be written: {strerror}.", path=path, strerror=error.strerror),
                cure=Sentence("Name another folder."),
            ) from error
        path.chmod(0o600)
        return path

    @property
    def config(self) -> StationConfig:
        """The station's configuration."""
        return self._config

    def run(self, *, until_idle: bool = True, cards: int | None = None) -> RunSummary:
        """Print, and block until nothing can go on without somebody's act, or until ``stop``.

        ``cards`` ends it after so many good cards; ``until_idle=False`` goes on waiting for work until ``stop``.
        """
        summary = self._worked(self._begin(cards), until_idle=until_idle)
        self.sources.deliver()
        return summary

    def _worked(self, running: Running, *, until_idle: bool = True) -> RunSummary:
        try:
            running.start()
            running.wait_until(idle=until_idle)
        finally:
            summary = running.end()
            with self._lock:
                self._running = None
        return summary

    def start(self, *, cards: int | None = None) -> None:
        """Print in the background; does not block."""
        self._begin(cards).start()

    def stop(self, *, now: bool = False, drain: bool = False) -> None:
        """Take no more cards; a card in a machine is finished first. Does not block; ``close`` waits.

        ``now`` waits for no card: one that is in a machine is looked for at the next start. ``drain`` works off what
        waits before it stops. Where another process runs this station, it is asked to stop.
        """
        with self._lock:
            running = self._running
        if running is not None:
            if drain:
                running.drain()
            else:
                running.stop(now=now)
            return
        if not self._database.owned_by_someone():
            raise StateError(
                Sentence("this station is not running; nothing was changed."), cure=Sentence("Start it: cardprint run")
            )
        with self._database.transaction(self._clock.now()) as tx:
            printers.instruct(tx, "stop-now" if now else "drain" if drain else "stop", "")

    def step(self) -> Running:
        """Take the printers without starting threads; the simulation turns the workers itself."""
        return self._begin(None)

    def _run_test(self, printer: str) -> str | None:
        """Run a printer for its test card alone, and give why it ended; None where the station runs already."""
        with self._lock:
            if self._running is not None:
                return None
            try:
                running = self._begin(None, test=printer)
            except StoreBusyError:
                return None
        return self._worked(running).stopped_by

    def _begin(self, cards: int | None, *, test: str = "") -> Running:
        from cardprint.station.running import Running

        with self._lock:
            if self._running is not None:
                raise StateError(
                    Sentence("this station is running already; nothing was changed."), cure=Sentence("Stop it first.")
                )
            renderer = self._parts.renderer
            if isinstance(renderer, LateRenderer):
                renderer.made()
            # A test card holds made-up data alone, so that a driver's errors may be shown as they are.
            ports = self._ports or (lambda printer: self._drivers[printer.name](explains=bool(test)))
            self._running = Running(self._parts, ports, cards=cards, test=test)
            return self._running

    def subscribe(self, function: Callable[[Change], None]) -> Callable[[], None]:
        """Call a function with every change, after its commit, in order; the answer ends the subscription."""
        return self._listeners.add(function)

    def status(self) -> StationStatus:
        """Show the station at a glance."""
        return overview(self._parts, running=self._database.owned_by_someone(), given=self._registry.instances.sources)

    def forecast(
        self,
        *,
        kind: str = "standard",
        arrivals: int | None = None,
        cards_per_day: int | None = None,
        ribbon: int | None = None,
    ) -> Forecast:
        """Say from live figures what runs out when: blanks of a kind, ribbon, or printers against who waits.

        ``arrivals`` a day and cards of ``ribbon`` take the place of what is measured or configured; ``cards_per_day``
        is for printers without a limit a day that have not worked yet. InputError where a printer's pace is not known.
        """
        from cardprint.engine.forecasting import live_figures
        from cardprint.model.forecast import forecast

        figures = live_figures(self._parts, kind=kind, arrivals=arrivals, cards_per_day=cards_per_day, ribbon=ribbon)
        return forecast(figures)

    def check(self) -> CheckReport:
        """Inspect the whole store; takes longer the more history there is."""
        return inspect(self._parts)

    def backup(self, path: Path | str) -> None:
        """Copy the store, consistent, while it is used; photos are files beside it and are not copied."""
        self._database.backup(Path(path))

    def plugins(self) -> list[PluginView]:
        """Show every plugin that was found."""
        return list(self._registry.plugins())

    def discover(self, *, driver: str = "", timeout: float = 20.0) -> Discovery:
        """Look for devices by every installed driver, or by one; who has not answered in ``timeout`` seconds is ended.

        Each driver runs in a process of its own, so that one which hangs or crashes harms its own answer alone; it has
        the settings of the first printer that uses it. Raises PluginError where there is no driver of this name.
        """
        from cardprint.station.discovery import discover

        return discover(self._config, self._registry, self._context, self._clock, driver=driver, timeout=timeout)

    def close(self) -> None:
        """Finish the cards in the machines and close the store."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.end()
        with ExitStack() as closing:
            closing.callback(self._database.close)
            for _, interlock in self._parts.interlocks:
                closing.callback(interlock.close)

    def __enter__(self) -> Self:
        """Enter the station."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _context(self, name: str) -> PluginContext:
        folder = self._config.folder
        return PluginContext(name=name, clock=self._clock, folder=folder, photos=folder / "photos")

    def _committed(self) -> None:
        if (running := self._running) is not None:
            running.changed()
        self._listeners.tell()
