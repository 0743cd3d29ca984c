"""What a station hands out beside itself: requests, jobs, printers, journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs

from cardprint.engine.explain import explain
from cardprint.engine.intake import Intake
from cardprint.engine.parts import Parts
from cardprint.engine.recovery import settle_by_person
from cardprint.errors import StateError
from cardprint.model.attempts import AttemptState, CardFate
from cardprint.model.identifiers import Cursor, JobId
from cardprint.model.jobs import JobEvent, JobState, JobView
from cardprint.model.ledger import hopper
from cardprint.model.pages import New, Page
from cardprint.model.printers import PrinterState
from cardprint.model.requests import CardRequest
from cardprint.model.views import Change, IntakeReport, JobDetail, PrinterView, Why
from cardprint.store import Reading, attempts, jobs, journal, lanes, ledger, outbox, printers

__all__ = ["Jobs", "Journal", "Printers", "Requests", "add_reports", "printer_view"]

_PAGE = 250


def add_reports(first: IntakeReport, second: IntakeReport) -> IntakeReport:
    """Add two reports up."""
    mine, other = attrs.asdict(first), attrs.asdict(second)
    return IntakeReport(**{name: mine[name] + other[name] for name in mine})


class Requests:
    """Let requests in."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def submit(
        self,
        requests: CardRequest | Iterable[CardRequest],
        *,
        source: str = "local",
        photos: Mapping[str, bytes] | None = None,
    ) -> IntakeReport:
        """Let requests in; what is refused is counted and kept among the rejects, by its number in the order given.

        ``photos`` are JPEG or PNG files' bytes by request id. Durable on return, page by page.
        """
        given = [requests] if isinstance(requests, CardRequest) else requests
        intake, report, items = Intake(self._parts, source), IntakeReport(), []
        for line, request in enumerate(given, start=1):
            items.append(New(request=request, line=line, photo_bytes=(photos or {}).get(request.request_id)))
            if len(items) == _PAGE:
                report = add_reports(report, intake.store(Page(items=tuple(items), cursor=Cursor(""))))
                items = []
        return add_reports(report, intake.store(Page(items=tuple(items), cursor=Cursor("")))) if items else report


class Jobs:
    """Look at jobs and decide about them; every decision names who made it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self, *, state: JobState | None = None, limit: int = 50, after: int = 0) -> list[JobView]:
        """Show jobs: pending ones in the order of their lanes (``after``: how many to leave out), others by number."""
        with self._parts.database.reading() as reading:
            return jobs.views(reading, state=state, limit=limit, after=after)

    def find(self, text: str) -> JobId:
        """Find a job by its number, or by the source's id of its request; StateError where there is none."""
        with self._parts.database.reading() as reading:
            if text.isascii() and text.isdigit() and int(text) <= jobs.last(reading):
                return JobId(int(text))
            found = jobs.find(reading, text)
        if found is None:
            raise StateError("no job or request has that id.", cure="List them with: cardprint jobs list")
        return JobId(found)

    def show(self, job: int) -> JobDetail:
        """Show a job with its attempts and its history."""
        with self._parts.database.reading() as reading:
            return JobDetail(
                job=jobs.view(reading, job),
                attempts=attempts.of_job(reading, job),
                history=tuple(journal.lines_of_job(reading, job)),
            )

    def why(self, job: int) -> Why:
        """Explain why a request was printed or still waits."""
        with self._parts.database.reading() as reading:
            return explain(reading, job)

    def heads(self) -> tuple[Why, ...]:
        """Explain why the head of every lane still waits."""
        with self._parts.database.reading() as reading:
            return tuple(explain(reading, job) for job in lanes.first_jobs(reading))

    def count(self, state: JobState) -> int:
        """Count the jobs in a state."""
        with self._parts.database.reading() as reading:
            return jobs.count(reading, state)

    def hold(self, job: int, *, by: str, reason: str = "x-operator") -> None:
        """Keep a waiting job from being printed until it is released."""
        self._change(job, JobEvent.HOLD, "job-held", by, reason)

    def release(self, job: int, *, by: str) -> None:
        """Let a held job wait in its lane again."""
        self._change(job, JobEvent.RELEASE, "job-released", by, "")

    def cancel(self, job: int, *, by: str, reason: str = "x-operator") -> JobState:
        """Cancel a waiting job; for one in a machine it is a wish, and the outcome tells what became of the card."""
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            state = jobs.row_of(tx, job).state
            if state in {JobState.PROCESSING, JobState.STOPPED}:
                jobs.wish_canceled(tx, job)
                tx.note("cancel-wished", job=job, reason=reason, by=by)
            else:
                state = jobs.change_state(tx, job, JobEvent.WITHDRAW, reasons=(reason,))
                outbox.add(tx, job, outcome="canceled")
                tx.note("job-canceled", job=job, reason=reason, by=by)
        self._parts.committed()
        return state

    def first(self, job: int, *, by: str, reason: str = "x-operator") -> None:
        """Put a waiting job at the head of its lane."""
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            state = jobs.row_of(tx, job).state
            if state is not JobState.PENDING:
                raise StateError(
                    f"job {job} is {state.value}, so it waits in no lane; no blank was touched.",
                    cure=f"See it with: cardprint jobs show {job}",
                )
            jobs.put_first(tx, job)
            tx.note("job-put-first", job=job, reason=reason, by=by)
        self._parts.committed()

    def _change(self, job: int, event: JobEvent, line: str, by: str, reason: str) -> None:
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            jobs.change_state(tx, job, event, reasons=(reason,) if reason else ())
            tx.note(line, job=job, reason=reason, by=by)
        self._parts.committed()


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
        printed_today=printers.fed_on(reading, name, printers.business_date(reading)),
        printed=row.printed,
        spoiled=row.spoiled,
    )


class Printers:
    """Look at printers, pause them, and settle what is in doubt."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self) -> list[PrinterView]:
        """Show every configured printer."""
        working = self._parts.database.owned
        with self._parts.database.reading() as reading:
            return [
                printer_view(reading, self._parts, printer.name, working=working)
                for printer in self._parts.config.printers
            ]

    def pause(self, name: str, *, by: str) -> None:
        """Let a printer finish its card and take no other."""
        self._change(name, "printer-paused", by, lambda row: attrs.evolve(row, paused_by=by or "somebody"))

    def resume(self, name: str, *, by: str) -> None:
        """Let a paused printer go on."""
        self._change(name, "printer-resumed", by, lambda row: attrs.evolve(row, paused_by=""))

    def release(self, name: str, *, by: str) -> None:
        """Take a printer out of quarantine."""
        self._change(
            name,
            "printer-released",
            by,
            lambda row: attrs.evolve(row, quarantine="", failures=0, reasons=()),
        )

    def in_doubt(self, name: str) -> str | None:
        """Give the id of the printer's attempt in doubt; None where none is."""
        with self._parts.database.reading() as reading:
            attempt = attempts.printer_of_open(reading, name)
        return attempt.name if attempt is not None and attempt.state is AttemptState.IN_DOUBT else None

    def settle(self, name: str, fate: CardFate, *, by: str, witness: str = "", card_number: str = "") -> None:
        """Say what a person saw of the card in doubt: PRINTED, SPOILED, NOT_FED, or UNKNOWN for found nowhere."""
        self._known(name)
        settle_by_person(self._parts, name, fate, by=by, witness=witness, card_number=card_number)

    def _known(self, name: str) -> None:
        if self._parts.printer(name) is None:
            known = ", ".join(printer.name for printer in self._parts.config.printers) or "none"
            raise StateError(f"there is no printer {name!r}; nothing was changed.", cure=f"Known: {known}.")

    def _change(
        self,
        name: str,
        line: str,
        by: str,
        changed: Callable[[printers.PrinterRow], printers.PrinterRow],
    ) -> None:
        self._known(name)
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            printers.know(tx, name)
            printers.change(tx, changed(printers.row_of(tx, name)))
            tx.note(line, printer=name, by=by)
        self._parts.committed()


class Journal:
    """Read the journal and prove it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def head(self) -> tuple[int, str]:
        """Give the last line's number and hash (hex): kept elsewhere, they prove everything before."""
        with self._parts.database.reading() as reading:
            seq, digest = journal.head(reading)
        return seq, digest.hex()

    def verify(self) -> list[str]:
        """Find altered, removed or reordered lines, one sentence each."""
        with self._parts.database.reading() as reading:
            return list(journal.broken_lines(reading))

    def lines(self, *, after: int = 0, limit: int = 100) -> list[Change]:
        """Give lines in order."""
        with self._parts.database.reading() as reading:
            return journal.lines(reading, after=after, limit=limit)
