"""The people of a simulated office: they look at the world, and answer and count."""

from __future__ import annotations

import contextlib
import math

from cardprint.errors import CardprintError, LedgerError
from cardprint.model import CardFate, JobState
from cardprint.simulation import SimulatedPrinter, World
from cardprint.station import Station
from cardprint.testing.simulation.plan import Operator

__all__ = ["People"]

_NOT_OURS = frozenset({"x-lease-expired", "x-photo-awaited", "x-photo-missing"})
"""Whose lease has ended, or whose photo is still to come, waits for the centre, not for people."""
_BY, _WITNESS = "operator-1", "operator-2"
_WRONG = {
    CardFate.PRINTED: CardFate.NOT_FED,
    CardFate.SPOILED: CardFate.PRINTED,
    CardFate.NOT_FED: CardFate.SPOILED,
}


class People:
    """See to the printers, settle what is in doubt, and count; what they have seen they remember."""

    def __init__(self, world: World, printers: dict[str, SimulatedPrinter], operator: Operator) -> None:
        self.world = world
        self.printers = printers
        self.operator = operator
        self.mistaken = ""
        """The attempt about which something wrong was said."""
        self.counted: set[str] = set()
        """Printers whose hopper was counted since somebody asked."""
        self._seen: dict[str, CardFate] = {}

    def rounds(self, station: Station, now: float) -> bool:
        """Do what the printers need; True where anything was done. A door that refuses is tried again later."""
        if self.operator is Operator.ABSENT:
            return False
        done = False
        for view in station.printers.list():
            try:
                done |= self._see_to(station, view.name, view.reasons, now, quarantined=view.quarantined)
            except CardprintError:
                done = True
        return done

    def release_held(self, station: Station) -> bool:
        """Let every held request be tried again."""
        held = [job for job in station.jobs.list(state=JobState.HELD) if _NOT_OURS.isdisjoint(job.reasons)]
        for job in held:
            station.jobs.release(job.job_id, by=_BY)
        return bool(held)

    def cancel(self, station: Station, number: int) -> None:
        """Cancel one of the requests whose card is not concluded, by its number; a door may refuse."""
        open_jobs = [
            job
            for state in (JobState.PENDING, JobState.HELD, JobState.PROCESSING)
            for job in station.jobs.list(state=state)
        ]
        if open_jobs:
            with contextlib.suppress(CardprintError):
                station.jobs.cancel(open_jobs[number % len(open_jobs)].job_id, by=_BY)

    def put_day_right(self, station: Station) -> bool:
        """Let a business date that ran ahead go back; the clock is right by now."""
        try:
            station.stock.put_day_right(by=_BY, witness=_WITNESS)
        except LedgerError:
            return False
        return True

    def count(self, station: Station) -> dict[str, int]:
        """Count every hopper and the box of spoiled cards; give what was found beyond the book, by place."""
        found = {
            f"hopper:{name}": station.stock.recount(
                f"hopper:{name}", self.world.count(f"hopper:{name}"), by=_BY, witness=_WITNESS
            )
            for name in self.printers
        }
        return {place: difference for place, difference in found.items() if difference}

    def truth(self, attempt: str) -> CardFate:
        """Look what became of an attempt's blank."""
        cards = [card for card in self.world.cards.values() if card.fed_for == attempt]
        if any(card.good for card in cards):
            return CardFate.PRINTED
        return CardFate.SPOILED if cards else CardFate.NOT_FED

    def _see_to(self, station: Station, name: str, reasons: tuple[str, ...], now: float, *, quarantined: bool) -> bool:
        printer, done = self.printers[name], False
        if not printer.memory.powered:
            printer.power_on(now)
            done = True
        if printer.memory.line_back == math.inf:
            printer.memory.line_back = now
            done = True
        if quarantined:
            station.printers.release(name, by=_BY)
            done = True
        attempt = station.printers.in_doubt(name)
        if attempt is not None:
            if not printer.idle() and printer.due() is not None:
                return done
            printer.clear()
            fate = self._seen.setdefault(attempt, self._said(attempt))
            station.printers.settle(name, fate, by=_BY, witness=_WITNESS)
            return True
        if "x-reconcile" in reasons:
            station.stock.recount(f"hopper:{name}", self.world.count(f"hopper:{name}"), by=_BY, witness=_WITNESS)
            self.counted.add(name)
            return True
        waits_for_nobody = not printer.idle() and printer.due() is None and "x-busy" in reasons
        if reasons and (printer.idle() or waits_for_nobody):
            memory = printer.memory
            hindered = waits_for_nobody or bool(
                memory.jammed or memory.sees_no_blank or memory.ribbon == 0 or self.world.inside(name)
            )
            printer.clear()
            printer.change_ribbon()
            done |= hindered
        return done

    def _said(self, attempt: str) -> CardFate:
        fate = self.truth(attempt)
        # Whether a card in the tray is good cannot be counted, so that is no mistake that a count could show.
        in_tray = any(
            card.fed_for == attempt and card.place.startswith("output:") for card in self.world.cards.values()
        )
        if self.operator is Operator.MISTAKEN and not self.mistaken and not (in_tray and fate is CardFate.SPOILED):
            self.mistaken = attempt
            return _WRONG[fate]
        return fate
