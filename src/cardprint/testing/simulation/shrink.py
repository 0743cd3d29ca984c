"""Make a failing plan small: whatever can be left out without curing it is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from cardprint.testing.simulation.plan import Operator, Plan

__all__ = ["shrink"]


def shrink(plan: Plan, fails: Callable[[Plan], bool]) -> Plan:
    """Give the smallest plan found that still fails, a step at a time."""
    going_on = True
    while going_on:
        going_on = False
        for smaller in _smaller(plan):
            if fails(smaller):
                plan, going_on = smaller, True
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    for index, trouble in enumerate(plan.troubles):
        rest = plan.troubles[index + 1 :]
        before = plan.troubles[:index]
        if rest:
            # What follows keeps its place among the calls.
            later = attrs.evolve(rest[0], after=rest[0].after + trouble.after)
            yield attrs.evolve(plan, troubles=(*before, later, *rest[1:]))
        else:
            yield attrs.evolve(plan, troubles=before)
    for printer, faults in enumerate(plan.faults):
        if faults:
            fewer = (*plan.faults[:printer], faults[:-1], *plan.faults[printer + 1 :])
            yield attrs.evolve(plan, faults=fewer)
    if len(plan.tiers) > 1:
        yield attrs.evolve(plan, tiers=plan.tiers[:-1], faults=plan.faults[: len(plan.tiers) - 1])
    plainer = (
        attrs.evolve(plan, jobs=max(plan.jobs - 1, 1)),
        attrs.evolve(plan, spoil_rate=0.0),
        attrs.evolve(plan, operator=Operator.TRUTHFUL),
        attrs.evolve(plan, numbers=False),
        attrs.evolve(plan, queueing=False),
        attrs.evolve(plan, chips=False),
        attrs.evolve(plan, photos=()),
        attrs.evolve(plan, from_nothing=False),
    )
    yield from (each for each in plainer if each != plan)
