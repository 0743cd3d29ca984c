"""What a UPS says about the mains: its status is a set of words (RFC 9271, 5.1)."""

from __future__ import annotations

import enum
from collections.abc import Set as AbstractSet

__all__ = ["Power", "power_of"]


class Power(enum.Enum):
    """Say how the office is powered; the value is the keyword that a printer shows."""

    MAINS = ""
    """Mains power is there."""
    BATTERY = "x-on-battery"
    """Mains power has failed; the UPS runs on its battery."""
    LOW = "x-battery-low"
    """Mains power has failed and the battery is low: the station finishes its cards and stops."""
    SHUTDOWN = "x-ups-shutdown"
    """The UPS is about to switch off: the station finishes its cards and stops."""
    STALE = "x-ups-stale"
    """upsd answers, but does not know how the UPS is."""
    REFUSED = "x-ups-refused"
    """upsd refuses to tell: a setting is wrong, here or there."""
    UNREACHABLE = "x-ups-unreachable"
    """Nothing that speaks upsd's language answers."""

    @property
    def sentence(self) -> str:
        """Say it in English."""
        return _SENTENCES[self]

    @property
    def stops(self) -> bool:
        """Say whether the station must stop."""
        return self in {Power.LOW, Power.SHUTDOWN}

    @property
    def fault(self) -> bool:
        """Say whether it is no answer, but the want of one."""
        return self in {Power.STALE, Power.REFUSED, Power.UNREACHABLE}


_SENTENCES = {
    Power.MAINS: "Mains power is there.",
    Power.BATTERY: "Mains power has failed; the UPS runs on its battery.",
    Power.LOW: "Mains power has failed and the battery is low; the station finishes its cards and stops.",
    Power.SHUTDOWN: "The UPS is about to switch off; the station finishes its cards and stops.",
    Power.STALE: "upsd answers, but does not know how the UPS is.",
    Power.REFUSED: "upsd refuses to tell how the UPS is.",
    Power.UNREACHABLE: "upsd does not answer.",
}


def power_of(status: AbstractSet[str]) -> Power:
    """Judge the words of ``ups.status``; the worst that they say counts.

    BYPASS without OL is mains power as well: the load hangs on it directly. LB without OB is a battery that is being
    charged after an outage.
    """
    if "FSD" in status:
        return Power.SHUTDOWN
    if "OB" in status:
        return Power.LOW if "LB" in status else Power.BATTERY
    # The words of a driver that has lost its UPS; what it says beside them is old.
    if status & {"COMMBAD", "NOCOMM", "WAIT"}:
        return Power.STALE
    return Power.MAINS if status & {"OL", "BYPASS"} else Power.STALE
