"""Who gets the next blank: the policy draws, inside the transaction that reserves."""

from __future__ import annotations

import logging

import attrs

from cardprint.engine.parts import Parts
from cardprint.model.choosing import Draw, StockView
from cardprint.model.configuration import PrinterConfig
from cardprint.model.ledger import hopper
from cardprint.model.printers import Capabilities
from cardprint.store import Reading, lanes, ledger, testcards

__all__ = ["TEST_CARD", "Chosen", "Nobody", "choose"]

_log = logging.getLogger(__name__)
TEST_CARD = "x-test-card"
"""Why a test card is drawn, and why its blank is spoiled."""


@attrs.frozen(kw_only=True)
class Chosen:
    """Name the heads that a draw chose; the first is whose turn it is."""

    heads: tuple[lanes.Head, ...]
    """In order; more than one only where more were asked for."""
    draw: Draw
    """The policy's answer."""
    batch: int
    """The batch at the front of the hopper."""
    counted_for: str | None = None
    """What the cards drawn are counted for; None where this one is not counted."""


@attrs.frozen(kw_only=True)
class Nobody:
    """State why nobody is chosen."""

    reason: str
    """A keyword."""


def choose(
    reading: Reading,
    parts: Parts,
    printer: PrinterConfig,
    capabilities: Capabilities,
    *,
    count: int = 1,
) -> Chosen | Nobody:
    """Ask the policy whose turn it is at this printer, where no test card of its own waits; changes nothing."""
    blanks = ledger.free(reading, hopper(printer.name))
    if blanks is None:
        return Nobody(reason="x-hopper-empty")
    test = testcards.waiting(reading, printer.name)
    if test is not None:
        draw = Draw(lane=f"{lanes.TESTS}{printer.name}", reason=TEST_CARD)
        return Chosen(heads=(test,), draw=draw, batch=blanks.batch)
    day = parts.day(reading)
    try:
        counted_for = parts.counted_for(day)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and nothing may be undone by it
        return _failed(error)
    servable = lanes.servable(reading, kind=blanks.kind, abilities=capabilities.abilities, counted_for=counted_for)
    if not servable:
        return Nobody(reason="x-nobody-waits")
    stock = StockView(
        kind=blanks.kind,
        in_hopper=blanks.in_hopper,
        in_station=blanks.in_station,
        business_date=day,
    )
    try:
        draw = parts.policy.draw(tuple(lane.view for lane in servable.values()), stock)
    except Exception as error:  # noqa: BLE001 - the same
        return _failed(error)
    if draw.lane is None:
        return Nobody(reason=draw.reason)
    heads = lanes.heads(reading, servable[draw.lane], count=count) if draw.lane in servable else ()
    if not heads:
        _log.error("the allocation policy drew from a lane where nobody waits; no blank was touched")
        return Nobody(reason="x-policy-failed")
    return Chosen(heads=heads, draw=draw, batch=blanks.batch, counted_for=counted_for)


def _failed(error: Exception) -> Nobody:
    _log.error("the allocation policy failed with %s; no blank was touched", type(error).__name__)
    return Nobody(reason="x-policy-failed")
