"""Faults at every call: the real station and engine in a world that knows where every card is.

One seed decides everything. ``python -m cardprint.testing.simulation`` runs any number of seeds, sweeps every crash
point, and plants bugs that must be caught.
"""

from cardprint.testing.simulation.centre import Centre
from cardprint.testing.simulation.office import run
from cardprint.testing.simulation.oracle import Report
from cardprint.testing.simulation.plan import (
    Operator,
    Plan,
    Trouble,
    TroubleKind,
    draw_chip_plan,
    draw_far_plan,
    draw_leased_plan,
    draw_lying_plan,
    draw_mixed_plan,
    draw_plan,
)
from cardprint.testing.simulation.shrink import shrink
from cardprint.testing.simulation.sweep import doubles, singles

__all__ = [
    "Centre",
    "Operator",
    "Plan",
    "Report",
    "Trouble",
    "TroubleKind",
    "doubles",
    "draw_chip_plan",
    "draw_far_plan",
    "draw_leased_plan",
    "draw_lying_plan",
    "draw_mixed_plan",
    "draw_plan",
    "run",
    "shrink",
    "singles",
]
