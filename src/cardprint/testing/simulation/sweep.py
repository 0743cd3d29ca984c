"""Every crash point, one after the other: single, and a second one during the recovery from the first."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cardprint.testing.simulation.office import run
from cardprint.testing.simulation.plan import TIERS, Plan, Trouble, TroubleKind

__all__ = ["doubles", "singles"]

_DEATHS = (
    (TroubleKind.KILL, "keep"),
    (TroubleKind.STATION_POWER, "drop"),
    (TroubleKind.STATION_POWER, "torn"),
    (TroubleKind.OFFICE_POWER, "drop"),
)
_SECOND = 60
"""Calls after the first death at which the second is tried: a recovery takes fewer."""


def _calls(plan: Plan) -> int:
    """Count the places at which a run without trouble could die."""
    return run(plan).calls


def singles(*, printers: int = 2, jobs: int = 2, chips: bool = False) -> Iterator[Plan]:
    """Yield a plan for every death at every call, on every tier; with ``chips``, for cards that have one."""
    for tier in TIERS:
        quiet = Plan(seed=0, tiers=(tier,) * printers, jobs=jobs, chips=chips, to_the_end=True)
        for after in range(1, _calls(quiet) + 1):
            for kind, mode in _DEATHS:
                yield attrs.evolve(quiet, troubles=(Trouble(kind=kind, after=after, mode=mode),))


def doubles(*, jobs: int = 1) -> Iterator[Plan]:
    """Yield a plan for every death at every call and another at every call of the recovery, on every tier."""
    for tier in TIERS:
        quiet = Plan(seed=0, tiers=(tier,), jobs=jobs, to_the_end=True)
        for after in range(1, _calls(quiet) + 1):
            for kind, mode in _DEATHS[:2]:
                first = Trouble(kind=kind, after=after, mode=mode)
                for second in range(1, _SECOND + 1):
                    yield attrs.evolve(quiet, troubles=(first, Trouble(kind=kind, after=second, mode=mode)))
