"""A test card: it goes the way of every card, and its blank is booked as spoiled."""

from __future__ import annotations

from collections.abc import Callable

from cardprint.engine import chores
from cardprint.engine.parts import Parts
from cardprint.errors import CardprintError, ConfigurationError, PluginError, RenderError, StateError
from cardprint.language import Sentence
from cardprint.model.attempts import AttemptState
from cardprint.model.configuration import PrinterConfig
from cardprint.model.jobs import JobEvent, JobState
from cardprint.model.ledger import hopper
from cardprint.model.requests import CardRequest
from cardprint.plugin import CardRenderer
from cardprint.store import Reading, attempts, jobs, ledger, printers, testcards

__all__ = ["make", "sample_of"]


def make(parts: Parts, name: str, *, by: str, run: Callable[[str], str | None]) -> tuple[int, bool]:
    """Ask for a test card and have it made; give its job, and False where the running station is left to make it.

    ``run`` runs a printer for its test card alone and gives why it ended; None where the station runs already.
    Raises StateError, with what to do next, where no test card can be made now, or where it did not come out.
    """
    job = _ask(parts, name, by)
    try:
        ended = run(name)
    except CardprintError:
        _withdrawn(parts, job, "x-store-failed")
        raise
    if ended is None:
        return job, False
    _judge(parts, name, job, ended)
    return job, True


def _ask(parts: Parts, name: str, by: str) -> int:
    config = chores.seen_to(parts, name, by)
    sample = sample_of(parts.renderer)
    with parts.database.transaction(parts.clock.now()) as tx:
        _refuse_unless_ready(tx, config)
        job = testcards.add(tx, name, sample, kind=config.kind, by=by)
        tx.note("test-card-asked", job=job, printer=name, by=by)
    parts.committed()
    return job


def sample_of(renderer: CardRenderer) -> CardRequest:
    """Give the design's made-up request; raises RenderError where the renderer has none."""
    try:
        sample: object = renderer.sample()
    except (ConfigurationError, PluginError):
        raise
    except Exception as error:
        raise RenderError(
            Sentence(
                "the renderer has no sample: it failed with {error}; no blank was touched.", error=type(error).__name__
            ),
            rule="x-renderer-failed",
        ) from error
    if not isinstance(sample, CardRequest):
        raise RenderError(
            Sentence("the renderer's sample is no request; no blank was touched."), rule="x-renderer-failed"
        )
    return sample


def _refuse_unless_ready(reading: Reading, config: PrinterConfig) -> None:
    name, row = config.name, printers.row_of(reading, config.name)
    attempt = attempts.printer_of_open(reading, name)
    if attempt is not None and attempt.state is AttemptState.IN_DOUBT:
        raise chores.in_doubt(name)
    if row.reconcile:
        raise chores.must_be_counted(name)
    hindrances = (
        (not config.enabled, Sentence("disabled"), Sentence("Write enabled = true in [printers.{name}].", name=name)),
        (
            bool(row.quarantine),
            Sentence("set aside"),
            Sentence("See to it, then: cardprint printers release {name} --by NAME", name=name),
        ),
        (
            bool(row.paused_by),
            Sentence("paused"),
            Sentence("Let it go on: cardprint printers resume {name} --by NAME", name=name),
        ),
        (
            not ledger.available(reading, hopper(name)),
            Sentence("without a blank in its hopper"),
            Sentence("Load it: cardprint stock load {name} COUNT --by NAME --witness NAME", name=name),
        ),
    )
    for hinders, how, cure in hindrances:
        if hinders:
            raise StateError(
                Sentence(
                    "printer {name} is {how}, so that no test card can be made; nothing was changed.",
                    name=name,
                    how=how,
                ),
                cure=cure,
            )
    waits = testcards.under_way(reading, name)
    if waits is not None:
        raise StateError(
            Sentence("a test card of printer {name} is asked for already; nothing was changed.", name=name),
            cure=Sentence("See it: cardprint jobs show {job}", job=waits),
        )


def _withdrawn(parts: Parts, job: int, ended: str) -> tuple[jobs.JobRow, str]:
    """Withdraw a test card that was never begun, so that it surprises nobody later; give it as it was, and why."""
    with parts.database.transaction(parts.clock.now()) as tx:
        row, reasons = jobs.row_of(tx, job), jobs.view(tx, job).reasons or (ended,)
        if row.state in {JobState.PENDING, JobState.HELD}:
            jobs.change_state(tx, job, JobEvent.WITHDRAW, reasons=reasons)
            tx.note("job-canceled", job=job, reason=" ".join(reasons))
    parts.committed()
    return row, " ".join(reasons)


def _judge(parts: Parts, name: str, job: int, ended: str) -> None:
    """Say what became of a test card that did not come out."""
    row, why = _withdrawn(parts, job, ended)
    if row.state is JobState.STOPPED:
        raise StateError(
            Sentence("the test card of printer {name} is in doubt ({why}).", name=name, why=why),
            cure=Sentence("Say what became of it: cardprint jobs resolve"),
            blank_touched=True,
        )
    if row.state is JobState.ABORTED:
        raise StateError(
            Sentence(
                "the test card of printer {name} did not come out ({why}); it is not tried again.", name=name, why=why
            ),
            cure=Sentence("See to the printer, then: cardprint printers test {name} --by NAME", name=name),
            blank_touched=row.spoiled > 0,
        )
    if row.state is not JobState.COMPLETED:
        raise StateError(
            Sentence(
                "printer {name} made no test card ({why}), and it is withdrawn; no blank was touched.",
                name=name,
                why=why,
            ),
            cure=Sentence(
                "See to it with cardprint printers list, then: cardprint printers test {name} --by NAME", name=name
            ),
        )
