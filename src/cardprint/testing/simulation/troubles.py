"""What befalls an office, at the call at which a plan says so."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping

import attrs

from cardprint.simulation import SimulatedPrinter, VirtualClock
from cardprint.testing.simulation.centre import Centre
from cardprint.testing.simulation.disk import Disk, ProcessDiedError
from cardprint.testing.simulation.plan import DEADLY, Plan, Trouble, TroubleKind
from cardprint.testing.simulation.port import WatchedPort

__all__ = ["Troubles"]

_SECONDS_DARK = 5.0
_LATER = 10
"""Calls after which a trouble that cannot come yet comes."""

_AT_THE_CENTRE: Mapping[TroubleKind, Callable[[Centre, int], None]] = {
    TroubleKind.CENTRE_DEAF: lambda centre, _: centre.lose_reply(),
    TroubleKind.LEASE_ENDED: lambda centre, number: centre.take_back(number),
    TroubleKind.PHOTO_CUT: lambda centre, _: centre.cut_photo(),
    TroubleKind.PHOTO_CAME: lambda centre, number: centre.add_photo(number),
    TroubleKind.CORRECTED: lambda centre, number: centre.correct(number),
    TroubleKind.REVOKED: lambda centre, number: centre.revoke(number),
}


class Troubles:
    """Count every call of the store to its disk and of the engine to its devices, and strike where the plan says so."""

    def __init__(
        self,
        plan: Plan,
        *,
        chance: random.Random,
        clock: VirtualClock,
        disk: Disk,
        printers: Mapping[str, SimulatedPrinter],
        centre: Centre,
    ) -> None:
        self.calls: Counter[str] = Counter()
        """Calls by kind: the places where the process could have died."""
        self.met: Counter[TroubleKind] = Counter()
        """Troubles that have come."""
        self.trace = hashlib.sha256()
        """A digest of what came when."""
        self.holders: dict[str, WatchedPort] = {}
        """The session that holds each printer."""
        self.stall: Trouble | None = None
        """A stall that has come and waits for the next command to a device."""
        self.canceled: list[int] = []
        """Requests that a person cancels at the next opportunity, by a number."""
        self.pausing = False
        """True: calls are counted, and nothing comes."""
        self._chance = chance
        self._clock = clock
        self._disk = disk
        self._printers = printers
        self._centre = centre
        self._left = list(plan.troubles)
        self._next = plan.troubles[0].after if plan.troubles else -1
        self._total = 0
        self._armed: list[Trouble] = []
        self._full = 0

    @property
    def going_on(self) -> bool:
        """Say whether anything is still to come."""
        return bool(self._left or self._armed or self._full)

    def end(self) -> None:
        """Let nothing more come."""
        self._left.clear()
        self._armed.clear()
        self._full = 0
        self.stall = None

    def call(self, kind: str) -> str | None:
        """Count a call; a trouble that is due happens now. Gives the error that the disk answers with."""
        self.calls[kind] += 1
        self._total += 1
        if self.pausing:
            return None
        if self._left and self._total >= self._next:
            trouble = self._left.pop(0)
            self._next = self._total + self._left[0].after if self._left else -1
            self._strike(trouble)
        if self._full and kind == "write":
            self._full -= 1
            return "full"
        for trouble in self._armed:
            wanted = "sync" if trouble.kind is TroubleKind.SYNC_ERROR else "write"
            if kind == wanted:
                self._armed.remove(trouble)
                return wanted
        return None

    def _strike(self, trouble: Trouble) -> None:
        kind, now = trouble.kind, self._clock.monotonic()
        self.met[kind] += 1
        self.trace.update(f"{kind.value}@{self._total};".encode())
        if kind in DEADLY:
            self._die(trouble, now)
        if kind in {TroubleKind.SWAP, TroubleKind.PRINTER_POWER, TroubleKind.DRIVER_CRASH}:
            self._strike_printer(trouble, now)
        elif kind in {TroubleKind.WRITE_ERROR, TroubleKind.SYNC_ERROR}:
            self._armed.append(trouble)
        elif kind is TroubleKind.FULL:
            self._full = int(trouble.amount)
        elif kind is TroubleKind.CLOCK:
            self._clock.jump(trouble.amount)
        elif kind is TroubleKind.NIGHTS:
            self._clock.sleep(trouble.amount)
        elif kind in _AT_THE_CENTRE:
            _AT_THE_CENTRE[kind](self._centre, trouble.printer)
        elif kind is TroubleKind.CANCELED:
            self.canceled.append(trouble.printer)
        elif kind is TroubleKind.STALL:
            self.stall = trouble
        else:
            self._lie(trouble)

    def _strike_printer(self, trouble: Trouble, now: float) -> None:
        printer = self._printers[f"P{trouble.printer % len(self._printers)}"]
        holder = self.holders.get(printer.name)
        if trouble.kind is TroubleKind.PRINTER_POWER:
            printer.power_off(now)
            printer.memory.power_back = now + trouble.amount
        elif trouble.kind is TroubleKind.SWAP and printer.idle():
            printer.swap()
        elif trouble.kind is TroubleKind.DRIVER_CRASH and holder is not None:
            holder.crash()

    def _lie(self, trouble: Trouble) -> None:
        """Let the disk lie, once every counter's baseline is on it: nothing can be measured from none."""
        if all(printer.memory.picks for printer in self._printers.values()):
            self._disk.lies = True
        else:
            self._left.insert(0, attrs.evolve(trouble, after=_LATER))
            self._next = self._total + _LATER

    def _die(self, trouble: Trouble, now: float) -> None:
        if trouble.kind is TroubleKind.OFFICE_POWER:
            for printer in self._printers.values():
                printer.power_off(now)
                printer.memory.power_back = now + _SECONDS_DARK
        if trouble.kind is TroubleKind.KILL:
            self._disk.kill()
        else:
            self._disk.cut_power(self._chance, trouble.mode)
        raise ProcessDiedError
