"""Draw by order, share and floor, as the stage in force has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from cardprint.builtin.quota.settings import Floor, InForce, QuotaSettings, stages_in_force
from cardprint.model import CardRequest, Draw, Lanes, LaneView, Place, StockView, waiting_rank
from cardprint.plugin import AllocationPolicy, PluginContext

__all__ = ["Quota"]


class Quota(AllocationPolicy):
    """Place by declared rules; draw in dated stages by order, share and floor.

    Order, shares and floors are read when drawing; only the rules decide where a request waits.
    """

    version = "1"

    def __init__(self, settings: QuotaSettings | None = None, context: PluginContext | None = None) -> None:
        self._settings = settings or QuotaSettings()
        self._stages = tuple(stages_in_force(self._settings.stages))

    def place(self, request: CardRequest) -> Place:
        """Place by the first rule that fits; the rank is by priority, then by waiting date, undated last."""
        number, lane = next(
            ((number, rule.lane) for number, rule in enumerate(self._settings.rules, start=1) if rule.fits(request)),
            (0, self._settings.otherwise),
        )
        since = request.waiting_since
        values = {
            "type": request.request_type.value,
            "reason": request.reason,
            "priority": str(request.priority),
            "since": since.isoformat() if since else "",
        }
        rank = waiting_rank(request.priority, since)
        if number:
            return Place(lane=lane, rank=rank, reason="x-by-rule", values={"rule": str(number), **values})
        return Place(lane=lane, rank=rank, reason="x-by-no-rule", values=values)

    def placement(self) -> str:
        """Give the rules: nothing else decides where a request waits."""
        return json.dumps(
            [[rule.lane, [kind.value for kind in rule.types], rule.reasons] for rule in self._settings.rules]
            + [self._settings.otherwise],
        )

    def stage(self, day: date) -> str:
        """Name the stage in force: its shares are counted from its first card."""
        stage = self._in_force(day)
        return stage.name if stage else ""

    def _in_force(self, day: date) -> InForce | None:
        begun = (stage for stage in reversed(self._stages) if stage.effective is None or stage.effective <= day)
        return next(begun, None)

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        """Draw from the first step with somebody waiting for whom no floor keeps the blank from being used."""
        waiting = {lane.name: lane for lane in lanes if lane.waiting > 0}
        if not waiting:
            return Draw(lane=None, reason="x-nobody-waits")
        stage = self._in_force(stock.business_date)
        if stage is None:
            return Draw(lane=None, reason="x-before-first-stage", values={"effective": self._stages[0].name})
        kept = _lowest(stage.floors, stock)
        passed: LaneView | None = None
        for step in stage.steps:
            here = [waiting[name] for name in step if name in waiting]
            allowed = [lane for lane in here if kept is None or lane.name in kept.lanes]
            if here and passed is None:
                passed = _next(stage, here)
            if allowed:
                lane = _next(stage, allowed)
                if kept is not None and passed is not None and passed.name != lane.name:
                    return _kept_for(lane, passed, kept, stock)
                return _in_turn(stage, lane, allowed if len(step) > 1 else ())
        return _nobody(stage, kept if passed else None, min(waiting), stock)


def _lowest(floors: Sequence[Floor], stock: StockView) -> Floor | None:
    """Give the floor that keeps the most lanes out: the lower one names fewer lanes, as the settings see to."""
    holding = (floor for floor in floors if floor.holds(stock.kind, stock.in_station))
    return min(holding, key=lambda floor: floor.blanks, default=None)


def _next(stage: InForce, lanes: Sequence[LaneView]) -> LaneView:
    """Give the lane whose turn it is among those that share: smooth, and exact over any number of cards.

    The quota method of M. Balinski and H. P. Young ("The Quota Method of Apportionment", American Mathematical
    Monthly 82, 1975): among the lanes below their exact share of the next card, the one that is due first. Counted
    from zero, no lane is ever a whole card away from its exact share.
    """
    weights = {lane.name: stage.weights.get(lane.name, 1) for lane in lanes}
    total, cards = sum(weights.values()), sum(lane.drawn for lane in lanes) + 1
    below = [lane for lane in lanes if lane.drawn * total < cards * weights[lane.name]]
    return min(below, key=lambda lane: (Fraction(lane.drawn + 1, weights[lane.name]), lanes.index(lane)))


def _kept_for(lane: LaneView, passed: LaneView, kept: Floor, stock: StockView) -> Draw:
    values = {"lane": lane.name, "waiting": str(lane.waiting), "passed": passed.name}
    return Draw(lane=lane.name, reason="x-kept-for-lane", values=values | _left(kept, stock))


def _left(kept: Floor, stock: StockView) -> dict[str, str]:
    return {"floor": str(kept.blanks), "left": str(stock.in_station), "kind": stock.kind}


def _in_turn(stage: InForce, lane: LaneView, sharing: Sequence[LaneView]) -> Draw:
    values = {"lane": lane.name, "waiting": str(lane.waiting), "effective": stage.name}
    if not sharing:
        return Draw(lane=lane.name, reason="x-lane-in-order", values=values)
    weights = {each.name: stage.weights.get(each.name, 1) for each in sharing}
    values |= {
        "weight": str(weights[lane.name]),
        "of": str(sum(weights.values())),
        "drawn": str(lane.drawn),
        "cards": str(sum(each.drawn for each in sharing)),
    }
    return Draw(lane=lane.name, reason="x-lane-share", values=values)


def _nobody(stage: InForce, kept: Floor | None, lane: str, stock: StockView) -> Draw:
    if kept is not None:
        values = {"lanes": ", ".join(kept.lanes), **_left(kept, stock)}
        return Draw(lane=None, reason="x-kept-for-others", values=values)
    return Draw(lane=None, reason="x-lane-not-served", values={"lane": lane, "effective": stage.name})
