"""The simulated printer behind the contract that every vendor's printer has."""

from __future__ import annotations

import attrs

from cardprint.errors import DriverError
from cardprint.model import AttemptId, AttemptOutcome, CardFate, CardOrder, DeviceUri, Observation, PrinterStatus
from cardprint.model.messages import Done, Event, Failed, Reported
from cardprint.plugin import Clock, PluginContext, PrinterDriver, PrinterSession, Steps
from cardprint.simulation.build import PrinterBuild, capabilities
from cardprint.simulation.device import SimulatedPrinter
from cardprint.simulation.world import World

__all__ = ["SimulatedDriver", "SimulatedSession", "SimulatedSettings"]

_OFFLINE = ("offline",)
_PATIENCE = 0.5
"""Seconds between two looks at a machine that says nothing."""

_SPARE = 2
"""Blanks that an endless hopper holds before a card, so that its sensor still sees one after it."""


@attrs.frozen(kw_only=True)
class SimulatedSettings:
    """Set up a simulated printer."""

    seconds_per_card: float = 0.05
    """Seconds a card takes, of the clock it is given; small, for a demonstration."""
    spoil_rate: float = 0.0
    """Share of prints that come out bad."""
    seed: int = 0
    """Seed of its luck."""
    tier: str = "T2"
    """What it can prove: T0, T1, T2 or T3."""
    hopper: int | None = None
    """Blanks in its hopper at first; None: it never runs empty."""
    hopper_size: int = 200
    """Blanks its hopper holds."""
    ribbon: int | None = None
    """Cards its ribbon lasts; None: it never ends."""
    broken: bool = False
    """True: it never answers."""
    card_timeout: float = 300.0
    """Seconds after which a card counts as hung."""


class SimulatedSession(PrinterSession):
    """Hold a session with a simulated printer; its card takes the clock's time, real or virtual."""

    def __init__(self, printer: SimulatedPrinter, clock: Clock, *, endless: bool = False) -> None:
        self.printer = printer
        self.capabilities = printer.build.capabilities
        self._clock = clock
        self._endless = endless

    def status(self) -> PrinterStatus:
        """Ask how the printer is; raise DriverError where it does not answer."""
        return self.printer.status(self._look())

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell what the printer's tier lets be observed; raise DriverError where it does not answer."""
        self._look()
        return self.printer.observe(attempt_id)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Make one card; a machine that hangs is given up after the card's timeout, with fate UNKNOWN."""
        self._look()
        refusal = self.printer.begin(order, self._clock.monotonic())
        if refusal is not None:
            raise _error(refusal)
        deadline = self._clock.monotonic() + self.capabilities.card_timeout
        while True:
            now = self._clock.monotonic()
            for event in self.printer.step(now):
                if isinstance(event, Failed):
                    raise _error(event)
                if isinstance(event, Done):
                    return event.outcome
                self._report(event, steps)
            due = self.printer.due()
            if due is None and now >= deadline:
                detail = f"Printer {self.printer.name} says nothing any more."
                raise DriverError(
                    detail,
                    fate=CardFate.UNKNOWN,
                    reasons=("x-driver-hung",),
                    cure="Look at its path, tray and reject bin.",
                )
            self._clock.sleep(_PATIENCE if due is None else max(due - now, 0.0))

    def fence(self, attempt_id: AttemptId) -> bool:
        """Drop what is queued of an attempt and let the machine come to rest."""
        now = self._look()
        deadline = now + self.capabilities.call_timeout
        while not self.printer.fence(attempt_id, now):
            if not self.capabilities.can_fence or now >= deadline:
                return False
            due = self.printer.due()
            self._clock.sleep(_PATIENCE if due is None else max(due - now, 0.0))
            now = self._clock.monotonic()
            self.printer.step(now)
        return True

    def _report(self, event: Event, steps: Steps) -> None:
        if not isinstance(event, Reported):
            return
        step = event.step
        steps.report(
            step.kind,
            device_job=step.device_job,
            chip_number=step.chip_number,
            card_number=step.card_number,
        )
        if step.kind.synced:
            self.printer.proceed(self._clock.monotonic())

    def _look(self) -> float:
        now = self._clock.monotonic()
        self.printer.step(now)
        if not self.printer.reachable(now):
            raise DriverError(
                f"Printer {self.printer.name} does not answer.",
                fate=CardFate.NOT_FED,
                reasons=_OFFLINE,
                cure="See to its power and its line.",
            )
        world, place = self.printer.world, f"hopper:{self.printer.name}"
        missing = _SPARE - world.count(place)
        if self._endless and missing > 0:
            world.deliver(missing)
            world.load(self.printer.name, missing)
        return now


class SimulatedDriver(PrinterDriver):
    """Open simulated printers, each in a world of its own that lives as long as the driver."""

    def __init__(self, settings: SimulatedSettings | None, context: PluginContext) -> None:
        self.settings = settings or SimulatedSettings()
        self._context = context
        self._printers: dict[DeviceUri, SimulatedPrinter] = {}

    def open(self, device: DeviceUri) -> SimulatedSession:
        """Open the printer of this name; raise DriverError where it is broken."""
        printer = self._printers.get(device)
        if printer is None:
            printer = self._printers[device] = self._build()
        if printer.build.broken:
            raise DriverError(
                f"Printer {printer.name} does not answer.",
                fate=CardFate.NOT_FED,
                reasons=_OFFLINE,
                cure="It is set up as broken.",
            )
        return SimulatedSession(printer, self._context.clock, endless=self.settings.hopper is None)

    def _build(self) -> SimulatedPrinter:
        settings = self.settings
        build = PrinterBuild(
            seconds_per_card=settings.seconds_per_card,
            spoil_rate=settings.spoil_rate,
            seed=settings.seed,
            capabilities=capabilities(settings.tier, card_timeout=settings.card_timeout),
            broken=settings.broken,
            hopper_size=settings.hopper_size,
            ribbon=settings.ribbon,
        )
        printer = SimulatedPrinter(self._context.name, World(), build)
        if settings.hopper is not None:
            printer.world.deliver(settings.hopper)
            printer.world.load(printer.name, settings.hopper)
        return printer


def _error(failed: Failed) -> DriverError:
    return DriverError(failed.detail, fate=failed.fate, reasons=failed.reasons, permanent=failed.permanent)
