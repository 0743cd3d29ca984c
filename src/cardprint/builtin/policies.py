"""Who gets the next blank: first-time holders first, or whoever came first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from cardprint.model import CardRequest, Draw, Lanes, LaneView, Place, RequestType, StockView, waiting_rank
from cardprint.plugin import AllocationPolicy, PluginContext

__all__ = ["LANES", "Fifo", "FirstTimeFirst", "FirstTimeFirstSettings"]

LANES: Final[Mapping[RequestType, str]] = {
    RequestType.FIRST_ISSUANCE: "first-issuance",
    RequestType.REPLACEMENT: "replacement",
    RequestType.RENEWAL: "renewal",
    RequestType.OTHER: "other",
}
"""The lane of each type of request, in the order in which ``first-time-first`` draws from them."""

_ONLY_LANE: Final = "all"


def _each_lane_once(_settings: object, _field: object, order: tuple[str, ...]) -> None:
    if sorted(order) != sorted(LANES.values()):
        raise ValueError(f"'order' must name each of these lanes once: {', '.join(LANES.values())}")


@attrs.frozen(kw_only=True)
class FirstTimeFirstSettings:
    """Set the order of the lanes."""

    order: tuple[str, ...] = attrs.field(default=tuple(LANES.values()), validator=_each_lane_once)
    """Lanes, the one that is served first at the front; each of the four once."""


def _draw_from(lane: LaneView | None) -> Draw:
    if lane is None:
        return Draw(lane=None, reason="x-nobody-waits")
    return Draw(lane=lane.name, reason="x-lane-first", values={"lane": lane.name, "waiting": str(lane.waiting)})


class FirstTimeFirst(AllocationPolicy):
    """Serve a lane only when those before it are empty; inside one by priority, then by waiting date."""

    version = "1"

    def __init__(self, settings: FirstTimeFirstSettings | None = None, context: PluginContext | None = None) -> None:
        self._order = (settings or FirstTimeFirstSettings()).order

    def place(self, request: CardRequest) -> Place:
        """Place by type of request; the rank is by priority, then by waiting date, undated last."""
        since = request.waiting_since
        return Place(
            lane=LANES[request.request_type],
            rank=waiting_rank(request.priority, since),
            reason="x-by-request-type",
            values={"priority": str(request.priority), "since": since.isoformat() if since else ""},
        )

    def placement(self) -> str:
        """Give nothing: the setting ``order`` moves nobody."""
        return ""

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        """Draw from the first lane of the order that has someone waiting.

        Lanes of another policy, whose requests have not been placed anew yet, come last, by name.
        """
        waiting = (lane for lane in lanes if lane.waiting > 0)
        return _draw_from(min(waiting, key=self._turn, default=None))

    def _turn(self, lane: LaneView) -> tuple[int, str]:
        turn = self._order.index(lane.name) if lane.name in self._order else len(self._order)
        return turn, lane.name


class Fifo(AllocationPolicy):
    """Serve in the order in which requests came in."""

    version = "1"

    def __init__(self, settings: None = None, context: PluginContext | None = None) -> None:
        """Take no settings."""

    def place(self, request: CardRequest) -> Place:
        """Place in the one lane; equal ranks leave the order to the intake sequence."""
        return Place(lane=_ONLY_LANE, rank=0, reason="x-by-arrival")

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        """Draw from the one lane; then from lanes of another policy that are still there, by name."""
        waiting = (lane for lane in lanes if lane.waiting > 0)
        return _draw_from(min(waiting, key=lambda lane: (lane.name != _ONLY_LANE, lane.name), default=None))
