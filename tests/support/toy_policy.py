"""A good allocation policy, and bad ones for each rule of the suite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cardprint.model import CardRequest, Draw, Lanes, LaneView, Place, RequestType, StockView, waiting_rank
from cardprint.plugin import AllocationPolicy, PluginContext

__all__ = ["BAD_POLICIES", "ToyPolicy"]

NOBODY = Draw(lane=None, reason="x-nobody-waits")


class ToyPolicy(AllocationPolicy):
    """Serve lanes by name, and keep the last blank for a first card."""

    def __init__(self, settings: None, context: PluginContext) -> None:
        self.context = context

    def place(self, request: CardRequest) -> Place:
        return Place(
            lane=request.request_type.value.lower(),
            rank=waiting_rank(request.priority, request.waiting_since),
            reason="x-by-request-type",
        )

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        waiting = [lane for lane in lanes if lane.waiting]
        if not waiting:
            return NOBODY
        lane = self.first(waiting)
        if stock.in_station == 1 and lane.name != RequestType.FIRST_ISSUANCE.value.lower():
            return Draw(lane=None, reason="x-last-blank-kept")
        return Draw(lane=lane.name, reason="x-lane-first", values={"lane": lane.name})

    def first(self, waiting: list[LaneView]) -> LaneView:
        return min(waiting, key=lambda lane: lane.name)


_numbers: Iterator[int] = itertools.count()


class _Counting(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="all", rank=next(_numbers), reason="x-by-arrival")


class _Marking(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        fields: Any = request.fields
        fields["seen"] = ""
        return super().place(request)


class _Huge(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="all", rank=2**63 + request.priority, reason="x-by-priority")


class _Fraction(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        rank: Any = request.priority / 10
        return Place(lane="all", rank=rank, reason="x-by-priority")


class _IntoTheVoid(ToyPolicy):
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        drawn = super().draw(lanes, stock)
        return Draw(lane="void", reason="x-lane-first") if drawn.lane else drawn


class _Alternating(ToyPolicy):
    def first(self, waiting: list[LaneView]) -> LaneView:
        ordered = sorted(waiting, key=lambda lane: lane.name)
        return ordered[next(_numbers) % len(ordered)]


class _AsListed(ToyPolicy):
    def first(self, waiting: list[LaneView]) -> LaneView:
        return waiting[0]


class _Wordy(ToyPolicy):
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        drawn = super().draw(lanes, stock)
        return Draw(lane=drawn.lane, reason="Because it is its turn.") if drawn.lane else drawn


class _Numeric(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        values: Any = {"priority": request.priority}
        return Place(lane="all", reason="x-by-priority", values=values)


class _Undated(ToyPolicy):
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        drawn = super().draw(lanes, stock)
        if any(lane.name == drawn.lane and lane.head_since is None and lane.drawn > stock.in_hopper for lane in lanes):
            raise TypeError
        return drawn


class _Silent(ToyPolicy):
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        drawn = super().draw(lanes, stock)
        return drawn if drawn.lane else NOBODY


class _Naming(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="all", reason="x-by-arrival", values={"person": request.subject_id})


class _Reading(ToyPolicy):
    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        Path(__file__).read_bytes()
        return super().draw(lanes, stock)


class _Timed(ToyPolicy):
    def place(self, request: CardRequest) -> Place:
        self.context.clock.now()
        return super().place(request)


BAD_POLICIES: Mapping[str, tuple[type[ToyPolicy], ...]] = {
    "P1": (_Counting, _Marking),
    "P2": (_Huge, _Fraction),
    "P3": (_IntoTheVoid,),
    "P4": (_Alternating,),
    "P5": (_AsListed,),
    "P6": (_Wordy, _Numeric),
    "P7": (_Undated,),
    "P8": (_Silent,),
    "P9": (_Naming,),
    "P10": (_Reading, _Timed),
}
"""Policies that break a rule, by its number."""
