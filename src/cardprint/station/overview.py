"""The station at a glance, and its inspection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cardprint.engine.parts import Parts
from cardprint.engine.stock_report import (
    account_totals,
    books_close,
    business_day,
    day_report,
    discrepancy_sentences,
    threshold_warnings,
)
from cardprint.language import Sentence
from cardprint.model.ledger import Account, AccountKind, hopper
from cardprint.model.printers import PrinterState
from cardprint.model.reasons import IN_DOUBT
from cardprint.model.views import CheckReport, PrinterView, StationStatus
from cardprint.store import Reading, attempts, checks, jobs, lanes, ledger, lines, outbox, printers

__all__ = ["inspect", "overview", "printer_view"]


def overview(parts: Parts, *, running: bool, given: Iterable[str] = ()) -> StationStatus:
    """Show the station, from kept counters alone; ``given`` are sources beside the configured ones."""
    with parts.database.reading() as reading:
        views = tuple(printer_view(reading, parts, printer.name, working=running) for printer in parts.config.printers)
        states = jobs.tallies(reading)
        accounts, today = account_totals(reading), day_report(reading, parts)
        in_vault = ledger.available(reading, Account(AccountKind.VAULT))
        in_vault += ledger.available(reading, Account(AccountKind.WORKING))
        return StationStatus(
            name=parts.config.name,
            business_date=today.business_date,
            running=running,
            jobs=states,
            waiting=jobs.waiting_by_type(reading),
            lanes=lanes.waiting(reading),
            today=today,
            closes=books_close(ledger.accounts(reading)),
            printed=accounts.get("printed", 0),
            accounts=accounts,
            printers=views,
            sources=lines.views(reading, (*parts.config.sources, *given)),
            outbox=outbox.owed_count(reading),
            rejects=outbox.reject_count(reading),
            in_doubt=states.get("stopped", 0),
            discrepancies=discrepancy_sentences(reading),
            warnings=threshold_warnings(reading, parts),
            advice=_advice(views, states, in_vault=in_vault, running=running),
        )


def printer_view(reading: Reading, parts: Parts, name: str, *, working: bool) -> PrinterView:
    """Show one printer as the store knows it."""
    config = next(printer for printer in parts.config.printers if printer.name == name)
    row = printers.row_of(reading, name)
    reasons = tuple(
        dict.fromkeys(
            (
                *(("x-reconcile",) if row.reconcile else ()),
                *((row.quarantine,) if row.quarantine else ()),
                *(("x-paused",) if row.paused_by else ()),
                *(() if config.enabled else ("x-disabled",)),
                *row.reasons,
            ),
        ),
    )
    busy = working and attempts.printer_of_open(reading, name) is not None
    state = PrinterState.STOPPED if reasons else PrinterState.PROCESSING if busy else PrinterState.IDLE
    return PrinterView(
        name=name,
        driver=config.driver,
        device=config.device,
        state=state.value,
        reasons=reasons,
        enabled=config.enabled,
        quarantined=bool(row.quarantine),
        paused=bool(row.paused_by),
        hopper=ledger.balance(reading, hopper(name)),
        printed_today=printers.fed_on(reading, name, business_day(reading, parts)),
        printed=row.printed,
        spoiled=row.spoiled,
    )


def _advice(views: tuple[PrinterView, ...], states: Mapping[str, int], *, in_vault: int, running: bool) -> str:
    """Say what is to be done next; empty where it is being done."""
    usable = [view for view in views if view.enabled]
    hindered = next((advice for view in views if (advice := _hindered(view))), "")
    if hindered or not usable:
        return hindered or Sentence("Configure a printer in station.toml.")
    if not states.get("pending"):
        held = states.get("held")
        look = Sentence("{held} are held; see why: cardprint jobs list --state held", held=held)
        return look if held else Sentence("Import requests: cardprint import FILE")
    loaded = [view for view in usable if view.hopper]
    if loaded and all("offline" in view.reasons for view in loaded):
        return Sentence("{name} does not answer: switch it on, then: cardprint run", name=loaded[0].name)
    if loaded:
        return "" if running else Sentence("Print: cardprint run")
    if in_vault:
        return Sentence(
            "Load a hopper: cardprint stock load {name} COUNT --by NAME --witness NAME", name=usable[0].name
        )
    return Sentence("Book a delivery of blanks: cardprint stock receive COUNT --by NAME")


def _hindered(view: PrinterView) -> str:
    """Say what a printer waits for that only a person can do; empty where it waits for nobody."""
    if IN_DOUBT in view.reasons:
        return Sentence("Look at {name} and say what became of its card: cardprint jobs resolve", name=view.name)
    if "x-reconcile" in view.reasons:
        return Sentence(
            "Count the hopper of {name}: cardprint stock recount hopper:{name} COUNT --by NAME", name=view.name
        )
    if view.quarantined:
        return Sentence("See to {name}, then: cardprint printers release {name} --by NAME", name=view.name)
    return ""


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
