"""May this printer feed its next card? What the station, its people, its interlocks and the device say."""

from __future__ import annotations

import logging
from datetime import date

import attrs

from cardprint.engine.act import IN_DOUBT
from cardprint.engine.hour import LastHour
from cardprint.engine.parts import Parts
from cardprint.model.configuration import PrinterConfig
from cardprint.model.ledger import hopper, in_machine
from cardprint.model.messages import Observed
from cardprint.model.printers import Observation, PrinterState, bare_reason
from cardprint.plugin import FeedAnswer, FeedQuestion, Interlock
from cardprint.store import Reading, Transaction, attempts, ledger, printers

__all__ = ["Hindrance", "device_hindrance", "note_device", "station_hindrance", "stop_reason"]

_log = logging.getLogger(__name__)
_SOON, _HOUR = 0.1, 3600.0
_COOLING = 10.0
_LOOK_AGAIN = 5.0
_HARMLESS = frozenset({"none", "marker-supply-low", "media-low"})


@attrs.frozen(kw_only=True)
class Hindrance:
    """State why no card may be fed now."""

    reason: str
    """A keyword."""
    again: float | None = None
    """Seconds after which to ask again; None: only somebody's act, or another day, changes it."""
    interlock: str = ""
    """The interlock of the configuration that says so; empty: it follows from the books, or from the device."""


def station_hindrance(reading: Reading, parts: Parts, printer: PrinterConfig, hour: LastHour) -> Hindrance | None:
    """Ask all that is not the device itself."""
    row = printers.row_of(reading, printer.name)
    if row.reconcile:
        return Hindrance(reason="x-reconcile")
    if row.quarantine:
        return Hindrance(reason=row.quarantine)
    question = _question(reading, parts, printer, row, hour)
    for name, interlock in parts.interlocks:
        answer = _asked(name, interlock, question)
        if not answer.feed:
            again = None if answer.retry_after is None else min(max(_SOON, answer.retry_after), _HOUR)
            return Hindrance(reason=answer.reason or "x-interlock", again=again, interlock=name)
    return None


def stop_reason(reading: Reading, parts: Parts, printer: PrinterConfig, hour: LastHour) -> str:
    """Give the keyword of an interlock that asks the station to stop; empty where none does."""
    question = _question(reading, parts, printer, printers.row_of(reading, printer.name), hour)
    answers = (_asked(name, interlock, question, quiet=True) for name, interlock in parts.interlocks if name)
    return next((answer.reason or "x-interlock" for answer in answers if answer.stop_station), "")


def _question(
    reading: Reading,
    parts: Parts,
    printer: PrinterConfig,
    row: printers.PrinterRow,
    hour: LastHour,
) -> FeedQuestion:
    day = max(printers.business_date(reading), parts.today().isoformat())
    fed_this_hour, eases_in = hour.count()
    return FeedQuestion(
        printer=printer.name,
        business_date=date.fromisoformat(day),
        fed_today=printers.fed_on(reading, printer.name, day),
        fed_this_hour=fed_this_hour,
        hour_eases_in=eases_in,
        duty=printer.duty,
        paused_by=row.paused_by,
    )


def _asked(name: str, interlock: Interlock, question: FeedQuestion, *, quiet: bool = False) -> FeedAnswer:
    try:
        answer: object = interlock.may_feed(question)
        if isinstance(answer, FeedAnswer):
            return answer
        failure = type(answer).__name__
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, which counts as no
        failure = type(error).__name__
    if not quiet:
        _log.error("the interlock %s failed with %s and keeps cards from being fed", name, failure)
    return FeedAnswer(feed=False, reason="x-interlock-failed", retry_after=_LOOK_AGAIN)


def device_hindrance(seen: Observed, observation: Observation) -> Hindrance | None:
    """Judge by reasons, not by the state alone (a printer out of media may say ``processing``)."""
    reasons = [reason for reason in map(bare_reason, seen.status.reasons) if reason not in _HARMLESS]
    if "x-head-cooling" in reasons:
        return Hindrance(reason="x-head-cooling", again=_COOLING)
    if observation.hopper_empty:
        return Hindrance(reason="media-empty", again=None)
    if reasons:
        return Hindrance(reason=reasons[0], again=None)
    if observation.path_clear is False:
        return Hindrance(reason="x-path-not-clear", again=None)
    if seen.status.state is PrinterState.STOPPED:
        return Hindrance(reason="x-stopped", again=None)
    if seen.status.state is PrinterState.PROCESSING or observation.queue_empty is False:
        return Hindrance(reason="x-busy", again=_LOOK_AGAIN)
    return None


def note_device(
    tx: Transaction,
    printer: PrinterConfig,
    observation: Observation,
    hindrance: Hindrance | None,
) -> Hindrance | None:
    """Compare book and device (I7) and keep what differs; gives the hindrance that results.

    used <= picks since the baseline <= used + in the machine, else the printer stays closed until a count.
    """
    row = known = printers.row_of(tx, printer.name)
    place = str(hopper(printer.name))
    if hindrance is not None and hindrance.reason == "media-empty":
        book = ledger.balance(tx, hopper(printer.name))
        if book > 0 and ledger.set_discrepancy(tx, place, "x-empty-by-device", book, "0"):
            tx.note("discrepancy-found", printer=printer.name, rule="x-empty-by-device", book=book)
    if row.pick_baseline is None and observation.pick_count is not None:
        row = attrs.evolve(row, pick_baseline=observation.pick_count, serial=observation.serial or "", used=0)
    elif row.pick_baseline is not None and observation.pick_count is not None:
        swapped = row.serial != (observation.serial or "")
        picked = observation.pick_count - row.pick_baseline
        inside = ledger.balance(tx, in_machine(printer.name))
        if swapped or not row.used <= picked <= row.used + inside:
            rule = "x-printer-swapped" if swapped else "x-pick-counter"
            hindrance = Hindrance(reason="x-reconcile")
            row = attrs.evolve(row, reconcile=True)
            if ledger.set_discrepancy(tx, place, rule, row.used, str(picked)):
                tx.note("discrepancy-found", printer=printer.name, rule=rule, book=row.used)
    in_doubt = (IN_DOUBT,) if IN_DOUBT in row.reasons and _is_in_doubt(tx, printer.name) else ()
    reasons = (*in_doubt, hindrance.reason) if hindrance is not None else in_doubt
    if reasons != row.reasons:
        tx.note("printer-changed", printer=printer.name, reasons=list(reasons))
        row = attrs.evolve(row, reasons=reasons)
    if row is not known:
        printers.change(tx, row)
    return hindrance


def _is_in_doubt(reading: Reading, printer: str) -> bool:
    attempt = attempts.printer_of_open(reading, printer)
    return attempt is not None and attempt.state.value == "IN_DOUBT"
