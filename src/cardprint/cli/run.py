"""Printing: begin it, look on, end it."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from cardprint.cli.shown import Shown, command, plain
from cardprint.errors import StateError
from cardprint.model.views import Change, PrinterView
from cardprint.station import Station

__all__ = ["run", "stop"]

_FATES = {
    "card-printed": "printed",
    "card-spoiled": "spoiled",
    "card-not-fed": "not fed",
    "attempt-in-doubt": "in doubt",
}
_SELDOM = 25
# What passes by itself, by another day or by more blanks is no failure.
_NO_FAILURE = frozenset(
    {"media-empty", "x-head-cooling", "x-duty-day", "x-duty-hour", "x-busy", "x-paused", "x-disabled"},
)


@click.command()
@click.option("--cards", type=click.IntRange(min=1), help="Stop after so many good cards.")
@click.option("--keep-running", is_flag=True, help="Wait for more work until stopped.")
@command
def run(shown: Shown, cards: int | None, *, keep_running: bool) -> None:
    """Print until nothing more can be done; Ctrl-C finishes the cards in the machines first.

    Exit code 1 where a card is in doubt or a printer failed. Example: cardprint run --cards 50
    """
    with shown.station() as station:
        station.subscribe(_teller(shown))
        with _ended_by_signals(station, shown):
            summary = station.run(until_idle=not keep_running, cards=cards)
        advice = station.status().advice
        failed = {view.name: view.reasons for view in station.printers.list() if _has_failed(view)}
    shown.result(
        {**plain(summary), "failed_printers": failed},
        f"{summary.printed} printed, {summary.spoiled} spoiled, {summary.not_fed} not fed, "
        f"{summary.in_doubt} in doubt, {summary.waiting} waiting ({summary.stopped_by}).",
        *(f"{name} failed ({' '.join(reasons)}): cardprint printers list" for name, reasons in failed.items()),
        *([f"Next: {advice}"] if advice else []),
    )
    if summary.in_doubt or failed:
        sys.exit(1)


@click.command()
@command
def stop(shown: Shown) -> None:
    """Ask the running station to stop; a card in a machine is finished first.

    Example: cardprint stop
    """
    with shown.station() as station:
        station.stop()
    shown.result({"asked": True}, "Asked it to stop. See when it has: cardprint status")


def _teller(shown: Shown) -> Callable[[Change], None]:
    """Tell of every card on a terminal, elsewhere of every 25th; of trouble always."""
    printed = itertools.count(1)

    def tell(change: Change) -> None:
        if change.event == "printer-quarantined":
            shown.progress(f"{change.printer}: set aside ({change.data.get('reason', '')})")
        if change.event not in _FATES:
            return
        good = change.event == "card-printed"
        count = next(printed) if good else 0
        if shown.on_terminal or not good:
            shown.progress(f"{change.printer}: job {change.job_id} {_FATES[change.event]}")
        elif count % _SELDOM == 0:
            shown.progress(f"{count} printed so far")

    return tell


@contextmanager
def _ended_by_signals(station: Station, shown: Shown) -> Iterator[None]:
    """Let Ctrl-C and an operating system that shuts down end the work as ``stop`` does."""

    def end(*_: object) -> None:
        try:
            station.stop()
        except StateError:
            # It has not begun yet, or is done.
            raise KeyboardInterrupt from None
        shown.progress("Finishing the cards in the machines.")

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _has_failed(view: PrinterView) -> bool:
    return view.enabled and bool(set(view.reasons) - _NO_FAILURE)
