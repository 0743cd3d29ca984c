"""What passes between the station and a source in one round, and when the next round is due."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence

import attrs

from cardprint.engine.delivery import Told, tell
from cardprint.engine.parts import Parts
from cardprint.errors import CardprintError, SourceError, StoreError
from cardprint.language import Sentence
from cardprint.model.syncing import IntakeReport, SyncReport
from cardprint.plugin import DataSource
from cardprint.station.doors import add_reports
from cardprint.store import awaited, lines, outbox, requests

_chance = random.Random().random  # noqa: S311 - spreads stations over time, and guards nothing
__all__ = ["after", "gets_on", "pause", "sync", "watch"]

_LONGEST = 900.0
"""Seconds between two tries of a source that does not answer, unless it asks for more patience itself."""
_MOST_PATIENCE = 86_400.0
_SOON = 4.0
"""Seconds after which a line is tried again that was cut when something had passed over it."""
_TakeIn = Callable[[DataSource, Callable[[IntakeReport], None]], IntakeReport]


def sync(parts: Parts, name: str, source: DataSource, take_in: _TakeIn | None) -> SyncReport:
    """Tell a source what it is owed, then ask it for what is new; ``take_in`` is None for one that is only told.

    A line that is down is part of the report and no error; errors of the station's own store are raised.
    """
    told, seen, backlog, error = Told(), [IntakeReport()], None, None
    try:
        told = tell(parts, name, source)
        error = told.error
        if error is None and take_in is not None:
            take_in(source, seen.append)
            backlog = source.backlog()
    except StoreError:
        raise
    except CardprintError as raised:
        error = raised
    except Exception as raised:  # noqa: BLE001 - a plugin may raise anything, and its text may hold a person's data
        error = SourceError(Sentence("the source failed with {error}.", error=type(raised).__name__))
    finally:
        source.close()
    with parts.database.transaction(parts.clock.now()) as tx:
        row = requests.source_row(tx, name)
        if error is None:
            lines.answered(tx, row, backlog)
        else:
            lines.silent(tx, row, error.message)
        owed = outbox.owed_count(tx, name)
    parts.committed()
    # Beside the transaction: a hundred thousand are not counted while printers wait for its lock.
    with parts.database.reading() as reading:
        # Who is only told is asked for nothing: whoever waits for these photos would go round for ever.
        photos = awaited.counts(reading).get(row, 0) if take_in is not None else 0
    return SyncReport(
        source=name,
        intake=seen[-1],
        delivered=told.accepted,
        refused=told.refused,
        owed=owed,
        awaited=photos,
        trouble="" if error is None else error.message,
        cure="" if error is None else error.cure,
        retry_after=error.retry_after if isinstance(error, SourceError) else None,
    )


def gets_on(report: SyncReport) -> bool:
    """Say whether anything has passed before the trouble, so that another round may bring the rest."""
    return bool(report.intake.pages or report.intake.photos or report.delivered)


def after(before: SyncReport, report: SyncReport) -> SyncReport:
    """Give a report with what the round before it has done as well."""
    return attrs.evolve(
        report,
        intake=add_reports(before.intake, report.intake),
        delivered=before.delivered + report.delivered,
        refused=before.refused + report.refused,
    )


def watch(
    names: Sequence[str],
    round_of: Callable[[str], SyncReport],
    *,
    every: float,
    clock: Callable[[], float],
    ended: threading.Event,
    heard: Callable[[SyncReport], None],
) -> None:
    """Sync sources again and again until ``ended`` is set, each by itself.

    One that does not answer is tried after twice as long each time, up to 15 minutes, or after as long as it asks for;
    one whose line was cut when something had passed, within seconds. Each wait is cut by up to half at random, so that
    the stations of a centre that comes back do not all come at once.
    """
    due = dict.fromkeys(names, clock())
    failures = dict.fromkeys(names, 0)
    while due and not ended.is_set():
        name = min(due, key=lambda each: due[each])
        if ended.wait(max(0.0, due[name] - clock())):
            return
        report = round_of(name)
        heard(report)
        # Cards are made while photos come, and the next round tells of them: that is no source which asks for patience.
        failed = not gets_on(report) if report.trouble else report.owed and not report.awaited
        failures[name] = failures[name] + 1 if failed else 0
        due[name] = clock() + pause(report, every=every, failures=failures[name], chance=_chance())


def pause(report: SyncReport, *, every: float, failures: int, chance: float) -> float:
    """Give the seconds until the next round, none while photos come; ``chance`` is from 0 to 1."""
    if not failures and not report.trouble:
        return 0.0 if report.awaited else every
    longest = max(_LONGEST, every)
    wait = min(longest, every * 2.0 ** min(failures - 1, 20)) if failures else min(every, _SOON)
    wait *= 1 - chance / 2
    return max(wait, min(report.retry_after or 0.0, _MOST_PATIENCE))
