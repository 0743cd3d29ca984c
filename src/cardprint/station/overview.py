"""The station at a glance, and its inspection."""

from __future__ import annotations

from cardprint.engine.act import IN_DOUBT
from cardprint.engine.parts import Parts
from cardprint.engine.stock_report import account_totals, discrepancy_sentences, threshold_warnings
from cardprint.model.ledger import Account, AccountKind
from cardprint.model.views import CheckReport, PrinterView, StationStatus
from cardprint.station.doors import printer_view
from cardprint.store import checks, jobs, ledger, outbox, printers

__all__ = ["inspect", "overview"]


def overview(parts: Parts, *, running: bool) -> StationStatus:
    """Show the station, from kept counters alone."""
    with parts.database.reading() as reading:
        views = tuple(printer_view(reading, parts, printer.name, working=running) for printer in parts.config.printers)
        states = jobs.tallies(reading)
        accounts = account_totals(reading)
        in_vault = ledger.available(reading, Account(AccountKind.VAULT))
        in_vault += ledger.available(reading, Account(AccountKind.WORKING))
        return StationStatus(
            name=parts.config.name,
            business_date=printers.business_date(reading) or parts.today().isoformat(),
            running=running,
            jobs=states,
            waiting=jobs.waiting_by_type(reading),
            printed=accounts.get("printed", 0),
            accounts=accounts,
            printers=views,
            outbox=outbox.owed_count(reading),
            rejects=outbox.reject_count(reading),
            in_doubt=states.get("stopped", 0),
            discrepancies=discrepancy_sentences(reading),
            warnings=threshold_warnings(reading, parts),
            advice=_advice(views, pending=states.get("pending", 0), in_vault=in_vault, running=running),
        )


def _advice(views: tuple[PrinterView, ...], *, pending: int, in_vault: int, running: bool) -> str:
    for view in views:
        if IN_DOUBT in view.reasons:
            return f"Look at {view.name} and say what became of its card: cardprint printers settle {view.name} --help"
        if "x-reconcile" in view.reasons:
            return f"Count the hopper of {view.name}: cardprint stock recount hopper:{view.name} COUNT --by NAME"
        if view.quarantined:
            return f"See to {view.name}, then: cardprint printers release {view.name} --by NAME"
    usable = [view for view in views if view.enabled]
    if not usable:
        return "Configure a printer in station.toml."
    if not pending:
        return "Import requests: cardprint import FILE"
    if any(view.hopper for view in usable):
        return "" if running else "Print: cardprint run"
    if in_vault:
        return f"Load a hopper: cardprint stock load {usable[0].name} COUNT --by NAME --witness NAME"
    return "Book a delivery of blanks: cardprint stock receive COUNT --by NAME"


def inspect(parts: Parts) -> CheckReport:
    """Check the whole store: SQLite's own pages, every invariant, the journal's chain."""
    with parts.database.reading() as reading:
        found = checks.violations(reading)
        problems = checks.integrity_problems(reading)
    for name, count in sorted(found.items()):
        if count:
            meaning = checks.INVARIANTS[name][0] if name in checks.INVARIANTS else "the journal's chain is broken"
            problems.append(f"{name}: {meaning} ({count})")
    return CheckReport(problems=tuple(problems), advice=tuple(checks.advice()), invariants=found)
