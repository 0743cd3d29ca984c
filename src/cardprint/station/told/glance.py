"""The station, its blanks, an import and what was found, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cardprint.language import Sentence as _
from cardprint.language import joined
from cardprint.model.syncing import IntakeReport
from cardprint.model.views import Change, CheckReport, Discovery, PrinterView, StationStatus, StockReport
from cardprint.station.outcome import Outcome
from cardprint.station.summary import RunSummary
from cardprint.station.told.counts import accounts, counted, of_day, of_worries
from cardprint.station.told.lines import of_lines_to
from cardprint.station.told.table import Table

__all__ = [
    "of_change",
    "of_check",
    "of_difference",
    "of_discovery",
    "of_import",
    "of_outcome",
    "of_printers",
    "of_proof",
    "of_run",
    "of_status",
    "of_stock",
]

_NEWS = {
    "card-printed": _("printed"),
    "card-spoiled": _("spoiled"),
    "card-not-fed": _("not fed"),
    "attempt-in-doubt": _("in doubt"),
    "printer-quarantined": _("quarantined"),
}
"""What people are told of while cards are printed."""

_TAKEN = (
    _("new"),
    _("known"),
    _("corrected"),
    _("held"),
    _("warned"),
    _("withdrawn"),
    _("refused"),
    _("rejected"),
)


def of_import(report: IntakeReport, file: Path) -> list[str]:
    """Say what of a file was taken in."""
    counts = counted({word: getattr(report, word) for word in _TAKEN}) or _("nothing new")
    told = (_("{report.told} reports have arrived.", report=report),) if report.told else ()
    dead = (_("{report.untold} were refused: cardprint sources refused", report=report),) if report.untold else ()
    bad = report.rejected or report.refused
    why = (_("See why: cardprint sources rejects --output rejects.csv"),) if bad else ()
    return [_("{file}: {counts}.", file=file, counts=counts), *told, *dead, *why]


def of_run(run: RunSummary, advice: str) -> list[str]:
    """Say what a run has done, and what to do next."""
    done = _(
        "{run.printed} printed, {run.spoiled} spoiled, {run.not_fed} not fed, {run.in_doubt} in doubt, "
        "{run.waiting} waiting ({run.stopped_by}).",
        run=run,
    )
    held = [_("{run.held} of those who wait are held.", run=run)] if run.held else []
    return [done, *held, *([_("Next: {advice}", advice=advice)] if advice else [])]


def of_change(change: Change) -> list[str]:
    """Say what has just become of a card or a printer, where whoever watches a run wants to know it."""
    if change.event not in _NEWS:
        return []
    what, reasons = _NEWS[change.event], change.data.get("reasons")
    if change.job_id is None:
        return [_("{seen.printer}: {what}", seen=change, what=what)]
    if isinstance(reasons, list) and reasons:
        return [_("{seen.printer}: job {seen.job_id} {what} ({why})", seen=change, what=what, why=", ".join(reasons))]
    return [_("{seen.printer}: job {seen.job_id} {what}", seen=change, what=what)]


def of_difference(place: str, count: int, difference: int) -> str:
    """Say what was counted, against the book."""
    against = _("{difference:+d} against the book", difference=difference)
    said = against if difference else _("as the book says")
    return _("{place}: {count} blanks, {said}.", place=place, count=count, said=said)


def of_printers(found: Sequence[PrinterView]) -> Table:
    """Show printers, one a row."""
    rows = [
        (view.name, _(view.state), " ".join(view.reasons), view.driver, view.hopper, view.printed, view.spoiled)
        for view in found
    ]
    return Table(rows, "printer", "state", "reasons", "driver", "hopper", "printed", "spoiled")


def of_proof(problems: Sequence[str], seq: int, *, against: bool) -> list[str]:
    """Say whether the journal is unbroken, and what that proves without a head kept elsewhere."""
    only = () if against else (_("An end that was cut off shows only against a head: --head"),)
    return list(problems) or [joined((_("{seq} lines, unbroken.", seq=seq), *only), " ")]


def of_check(report: CheckReport, seq: int, digest: str) -> list[str]:
    """Say what an inspection has found, with the journal's head."""
    return [
        *report.problems,
        _("Journal: {seq} lines, head {digest}", seq=seq, digest=digest),
        _("All is well.") if report.ok else _("Print nothing more before somebody has looked at this."),
        *report.advice,
    ]


def of_status(seen: StationStatus) -> list[str | Table]:
    """Say how a station stands, and what to do next."""
    rows = [
        (view.name, _(view.state), " ".join(view.reasons), view.hopper, view.printed_today, view.printed)
        for view in seen.printers
    ]
    owed = _("{count} reports not yet delivered: cardprint sources deliver", count=seen.outbox)
    now = _("running") if seen.running else _("not running")
    return [
        _("{name}, {date}, {now}", name=seen.name, date=seen.business_date, now=now),
        _("Jobs:    {counts}", counts=counted(seen.jobs)),
        _("Waiting: {counts}", counts=counted(seen.waiting)),
        _("Lanes:   {counts}", counts=accounts(seen.lanes)),
        _("Blanks:  {counts}", counts=accounts(seen.accounts)),
        _("Today:   {day}, {count} in doubt", day=of_day(seen.today), count=seen.in_doubt),
        _("The books close.") if seen.closes else _("THE BOOKS DO NOT CLOSE."),
        "",
        Table(rows, "printer", "state", "reasons", "hopper", "today", "printed"),
        *of_lines_to(seen.sources),
        *(["", owed] if seen.outbox else []),
        *of_worries(seen),
        *([_("Next: {advice}", advice=seen.advice)] if seen.advice else []),
    ]


def of_stock(books: StockReport) -> list[str | Table]:
    """Say where all blanks are."""
    closes = _("the books close") if books.closes else _("DO NOT CLOSE")
    batches = [(batch.name, batch.kind, batch.count, accounts(batch.accounts)) for batch in books.batches]
    return [
        _("Received {seen.received}, found {seen.found}: {closes}.", seen=books, closes=closes),
        _("{date}: {day}.", date=books.today.business_date, day=of_day(books.today)),
        *([_("One person works here: no witness is asked for.")] if books.one_person else []),
        "",
        Table([*books.accounts.items()], "account", "blanks"),
        "",
        Table(batches, "batch", "kind", "received", "where"),
        *of_worries(books),
    ]


def of_discovery(found: Discovery) -> list[str]:
    """Say which devices were found, with what to write to use them, and which drivers failed."""
    lines: list[str] = [] if found.devices else [_("No device was found.")]
    for device in found.devices:
        if device.configured:
            lines.append(_("{seen.device} ({seen.driver}): configured as {seen.printer}", seen=device))
        else:
            lines += [f"{device.device} ({device.driver})", *(f"    {line}" for line in device.table)]
    return lines + [_("Driver {name}: {problem}", name=name, problem=text) for name, text in found.problems.items()]


def of_outcome(outcome: Outcome) -> list[str]:
    """Say how a scenario or a demonstration went."""
    one = outcome.working_days == 1
    days = _("1 working day") if one else _("{days} working days", days=outcome.working_days)
    return [
        "",
        _(
            "Printed:  {seen.printed} cards in {days}; {seen.doubled} doubled, {seen.lost} lost",
            seen=outcome,
            days=days,
        ),
        _("Waiting:  {counts}", counts=counted(outcome.waiting) or _("nobody")),
        _("Blanks:   {counts}", counts=accounts(outcome.blanks)),
        *(_("Why:      {name}: {sentence}", name=name, sentence=sentence) for name, sentence in outcome.why.items()),
        *(_("Differs:  {sentence}", sentence=sentence) for sentence in outcome.discrepancies),
        _("THE BOOKS DO NOT CLOSE.") if outcome.discrepancies else _("The books close."),
    ]
