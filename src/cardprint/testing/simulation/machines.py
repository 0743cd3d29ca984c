"""The printers of a simulated office."""

from __future__ import annotations

import attrs

from cardprint.simulation import PrinterBuild, SimulatedPrinter, World
from cardprint.simulation.build import capabilities
from cardprint.testing.simulation.plan import Plan

__all__ = ["machines"]

_SECONDS = 10.0


def machines(plan: Plan, world: World) -> dict[str, SimulatedPrinter]:
    """Make a plan's printers, by name, with the faults that their next jobs meet."""
    return {f"P{number}": _machine(plan, world, number, tier) for number, tier in enumerate(plan.tiers)}


def _machine(plan: Plan, world: World, number: int, tier: str) -> SimulatedPrinter:
    can = capabilities(tier[:2], chip=plan.chips, numbers=plan.numbers, card_timeout=120.0)
    if tier == "T1-forgets":
        can = attrs.evolve(can, pick_counter_survives_power=False)
    build = PrinterBuild(
        seconds_per_card=_SECONDS,
        capabilities=can,
        spoil_rate=plan.spoil_rate,
        seed=plan.seed,
        hopper_size=1000,
        queue_seconds=_SECONDS if plan.queueing else 0.0,
    )
    printer = SimulatedPrinter(f"P{number}", world, build)
    if number < len(plan.faults):
        printer.faults.extend(plan.faults[number])
    return printer
