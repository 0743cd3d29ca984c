"""What a station hands out beside itself: requests, jobs, printers, journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs

from cardprint.engine import chores, finished, holding, testcards
from cardprint.engine.act import MISSING
from cardprint.engine.answers import answer
from cardprint.engine.explain import explain, warnings
from cardprint.engine.foresight import Foresight
from cardprint.engine.intake import Intake
from cardprint.engine.parts import Parts
from cardprint.errors import StateError
from cardprint.language import Sentence as _
from cardprint.model.attempts import AttemptState, CardFate
from cardprint.model.configuration import PluginUse
from cardprint.model.identifiers import Cursor, JobId
from cardprint.model.jobs import JobEvent, JobState, JobView
from cardprint.model.outlook import Comparison, Outlook
from cardprint.model.pages import New, Page
from cardprint.model.requests import CardRequest
from cardprint.model.syncing import IntakeReport
from cardprint.model.views import Change, DoubtView, JobDetail, PrinterView, Why
from cardprint.plugin import AllocationPolicy
from cardprint.station.doubts import doubts, settled
from cardprint.station.overview import printer_view
from cardprint.station.policies import Policies
from cardprint.store import answers, attempts, grants, jobs, journal, lanes, outbox, printers
from cardprint.store import finished as finished_cards

__all__ = ["Jobs", "Journal", "Printers", "Requests", "add_reports"]

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

    def __init__(self, parts: Parts, policies: Policies) -> None:
        self._parts = parts
        self._policies = policies

    def list(self, *, state: JobState | None = None, limit: int = 50, after: int = 0) -> list[JobView]:
        """Show jobs: pending ones in the order of their lanes (``after``: how many to leave out), others by number."""
        with self._parts.database.reading() as reading:
            return jobs.views(reading, state=state, limit=limit, after=after)

    def find(self, text: str) -> JobId:
        """Find the latest job by its number, its request's id or its subject's; StateError where there is none."""
        with self._parts.database.reading() as reading:
            if text.isascii() and text.isdigit() and int(text) <= jobs.last(reading):
                return JobId(int(text))
            found = jobs.find(reading, text)
        if found is None:
            raise StateError(_("no job, request or person has that id."), cure=_("List them with: cardprint jobs list"))
        return JobId(found)

    def show(self, job: int) -> JobDetail:
        """Show a job with its attempts and its history."""
        with self._parts.database.reading() as reading:
            history = tuple(journal.lines_of_job(reading, job))
            return JobDetail(
                job=jobs.view(reading, job),
                attempts=attempts.of_job(reading, job),
                history=history,
                warnings=warnings(history),
            )

    def why(self, job: int) -> Why:
        """Explain why a request was printed or still waits."""
        with self._parts.database.reading() as reading:
            return explain(reading, self._parts, job)

    def heads(self) -> tuple[Why, ...]:
        """Explain why the head of every lane still waits."""
        with self._parts.database.reading() as reading:
            return tuple(explain(reading, self._parts, job) for job in lanes.first_jobs(reading))

    def next(self, count: int = 10, *, kind: str = "standard", blanks: int | None = None) -> Outlook:
        """Show who would get the next blanks of a kind, on a printer that can do all that is asked for.

        ``blanks`` counts on so many blanks in place of those that the station has.
        """
        return Foresight(self._parts, kind=kind, count=count, blanks=blanks).today()

    def what_if(
        self,
        policy: AllocationPolicy | PluginUse | Path | str,
        count: int = 10,
        *,
        kind: str = "standard",
        blanks: int | None = None,
    ) -> Comparison:
        """Compare who would get the next blanks under another policy, and change nothing.

        ``policy`` is an object, a name, a name with settings, or the path of a file with a table ``[policy]``. Where
        it places requests otherwise, all that wait are read; memory grows with ``count`` and the lanes alone.
        """
        made, use = self._policies.made(policy)
        return Foresight(self._parts, kind=kind, count=count, blanks=blanks).compared(made, use)

    def count(self, state: JobState) -> int:
        """Count the jobs in a state."""
        with self._parts.database.reading() as reading:
            return jobs.count(reading, state)

    def hold(self, job: int, *, by: str, reason: str = "x-operator") -> None:
        """Keep a waiting job from being printed until it is released."""
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            holding.hold(tx, job, reason, by=by)
        self._parts.committed()

    def release(self, job: int, *, by: str) -> int:
        """Let a held job wait in its lane again, and give 1.

        One whose card is missing needs ``reissue``, and one whose grant has ended a word of its source.
        """
        with self._parts.database.reading() as reading:
            reasons = jobs.view(reading, job).reasons
            if grants.LAPSED in reasons:
                raise StateError(
                    _("the lease of job {job} has ended: another station may print it; nothing was changed.", job=job),
                    cure=_("Ask the centre to renew the lease: cardprint sync"),
                )
            if MISSING in reasons:
                raise StateError(
                    _("the card of job {job} is missing: another one may come to light; nothing was changed.", job=job),
                    cure=_("Two people may let another be made: cardprint jobs reissue {job} --reason WORD", job=job),
                )
        self._change(job, JobEvent.RELEASE, "job-released", by, "")
        return 1

    def release_held_for(self, reason: str, *, by: str) -> int:
        """Let every job wait again that is held for a reason, job by job; give their number."""
        after = count = 0
        while page := self.list(state=JobState.HELD, after=after, limit=_PAGE):
            after = page[-1].job_id
            for view in page:
                if reason in view.reasons:
                    self.release(view.job_id, by=by)
                    count += 1
        return count

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
                    _(
                        "job {job} is {state}, so it waits in no lane; no blank was touched.",
                        job=job,
                        state=_(state.value),
                    ),
                    cure=_("See it with: cardprint jobs show {job}", job=job),
                )
            jobs.put_first(tx, job)
            tx.note("job-put-first", job=job, reason=reason, by=by)
        self._parts.committed()

    def doubts(self) -> tuple[DoubtView, ...]:
        """Show every card of which nobody knows what became of it, with what is known to look for."""
        with self._parts.database.reading() as reading:
            return doubts(reading)

    def resolve(self, job: int, fate: CardFate, *, by: str, witness: str = "", card_number: str = "") -> bool:
        """Say what a person saw of a job's card in doubt: PRINTED, SPOILED, NOT_FED, or UNKNOWN for found nowhere.

        True once it is concluded; False where the process that runs the station has not taken the answer yet.
        "Not fed" without a number, "printed" without the number that is known, and "missing" need two people. Raises
        StateError, and changes nothing, where the answer cannot be: another card's number, a card not in doubt.
        """
        with self._parts.database.reading() as reading:
            attempt = attempts.job_of_open(reading, job)
        if attempt is None:
            raise StateError(
                _("no card of job {job} is in doubt; nothing was changed.", job=job),
                cure=_("See what is: cardprint jobs resolve"),
            )
        given = answers.Answer(attempt=attempt.id, fate=fate, by=by, witness=witness, card_number=card_number)
        return settled(self._parts, answer(self._parts, given))

    def verify(self, scanned: str, *, by: str, job: int | None = None) -> JobId:
        """Compare a card in the hand with the book, by its number or its code, and give its job.

        Raises StateError, and changes nothing, where it is no good card of this station, or not that of ``job``.
        """
        return JobId(finished.verify(self._parts, scanned, by=by, job=job))

    def unverified(self, *, limit: int = 50) -> tuple[JobView, ...]:
        """Show jobs whose good cards nobody has scanned yet, the latest first, out of the last thousand tries."""
        with self._parts.database.reading() as reading:
            return tuple(jobs.view(reading, job) for job in finished_cards.unverified(reading, limit))

    def hand_over(self, job: int, *, by: str) -> None:
        """Note that the person has the card."""
        finished.hand_over(self._parts, job, by=by)

    def spoil(self, job: int, *, reason: str, by: str, witness: str = "", returned: bool = False) -> JobId:
        """Book a card as spoiled that was taken for a good one, and let another be made; give the new job.

        Raises StateError for one that was handed over, unless it is ``returned``: the person would have two.
        """
        return JobId(finished.spoil(self._parts, job, reason=reason, by=by, witness=witness, returned=returned))

    def reissue(self, job: int, *, reason: str, by: str, witness: str = "") -> JobId:
        """Let two people authorise another card for a request whose card exists or is missing; give the new job."""
        return JobId(finished.reissue(self._parts, job, reason=reason, by=by, witness=witness))

    def _change(self, job: int, event: JobEvent, line: str, by: str, reason: str) -> None:
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            jobs.change_state(tx, job, event, reasons=(reason,) if reason else ())
            tx.note(line, job=job, reason=reason, by=by)
        self._parts.committed()


class Printers:
    """Look at printers, pause them, see to them, and settle what is in doubt."""

    def __init__(self, parts: Parts, run_test: Callable[[str], str | None]) -> None:
        self._parts = parts
        self._run_test = run_test

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

    def test(self, name: str, *, by: str) -> tuple[JobId, bool]:
        """Print one test card on a printer and book its blank as spoiled; give its job, and True once it is made.

        False: the station runs already, and makes it. Else the printer runs for this card alone, and blocks. Raises
        StateError, with what to do next, where no test card can be made now, or where it did not come out.
        """
        job, made = testcards.make(self._parts, name, by=by, run=self._run_test)
        return JobId(job), made

    def clean(self, name: str, *, cards: int = 1, by: str) -> None:
        """Note that cleaning cards have passed a printer: its pick counter counted them, the books must not.

        Raises StateError, and changes nothing, while a card of it is open or its hopper must be counted.
        """
        chores.clean(self._parts, name, cards=cards, by=by)

    def service(self, name: str, count: int, *, swapped: bool = False, by: str, witness: str = "") -> int:
        """Measure a serviced or swapped printer anew, with a count of its hopper; give the count's difference.

        The count is booked as ``stock.recount`` does. Raises StateError while a card of the printer is open.
        """
        return chores.service(self._parts, name, count, swapped=swapped, by=by, witness=witness)

    def in_doubt(self, name: str) -> str | None:
        """Give the id of the printer's attempt in doubt; None where none is."""
        with self._parts.database.reading() as reading:
            attempt = attempts.printer_of_open(reading, name)
        return attempt.name if attempt is not None and attempt.state is AttemptState.IN_DOUBT else None

    def settle(self, name: str, fate: CardFate, *, by: str, witness: str = "", card_number: str = "") -> None:
        """Say what a person saw of the card in doubt: PRINTED, SPOILED, NOT_FED, or UNKNOWN for found nowhere."""
        chores.known(self._parts, name)
        with self._parts.database.reading() as reading:
            attempt = attempts.printer_of_open(reading, name)
        if attempt is None:
            raise StateError(
                _("no card of printer {name} is in doubt; nothing was changed.", name=name),
                cure=_("See the printers with: cardprint printers list"),
            )
        given = answers.Answer(attempt=attempt.id, fate=fate, by=by, witness=witness, card_number=card_number)
        settled(self._parts, answer(self._parts, given))

    def _change(
        self,
        name: str,
        line: str,
        by: str,
        changed: Callable[[printers.PrinterRow], printers.PrinterRow],
    ) -> None:
        chores.known(self._parts, name)
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

    def verify(self, head: tuple[int, str] | None = None) -> list[str]:
        """Find altered, removed or reordered lines, one sentence each.

        ``head`` is a line's number and hash that were kept elsewhere: with it, a cut-off or rewritten end shows too.
        """
        with self._parts.database.reading() as reading:
            problems = list(journal.broken_lines(reading))
            if head is not None:
                problems += journal.against_head(reading, *head)
        return problems

    def export(self, path: Path | str) -> tuple[int, str]:
        """Write every line with its hash as JSON Lines, mode 0600, and give the head; never overwrites."""
        with self._parts.database.reading() as reading:
            return journal.export(reading, Path(path))

    def lines(self, *, after: int = 0, limit: int = 100) -> list[Change]:
        """Give lines in order."""
        with self._parts.database.reading() as reading:
            return journal.lines(reading, after=after, limit=limit)
