"""One card: a job is made, written down, given its document, and followed to its end."""

from __future__ import annotations

import contextlib
import logging

from cardprint.errors import CardprintError, DriverError
from cardprint.model import AttemptOutcome, CardFate, StepKind
from cardprint.plugin import Clock, Steps
from cardprint_ipp.client import WRONG, Client
from cardprint_ipp.document import RASTER, Layout
from cardprint_ipp.job import Job, JobState
from cardprint_ipp.operations import RefusedError, Status
from cardprint_ipp.printer import Abilities
from cardprint_ipp.settings import IppSettings
from cardprint_ipp.transport import TransportError
from cardprint_ipp.values import Attribute, Resolution, Tag

__all__ = ["Act"]

_log = logging.getLogger(__name__)
_SILENT_AT_MOST = 3
"""Questions in a row without an answer after which the printer counts as gone."""
_BUSY = frozenset({Status.BUSY, Status.NOT_ACCEPTING_JOBS})
_PERMANENT = frozenset({Status.FORMAT_NOT_SUPPORTED, Status.ATTRIBUTES_OR_VALUES})


class Act:
    """Make one card on a printer that was ready a moment ago."""

    def __init__(
        self, client: Client, abilities: Abilities, layout: Layout, settings: IppSettings, clock: Clock
    ) -> None:
        self._client = client
        self._abilities = abilities
        self._layout = layout
        self._settings = settings
        self._clock = clock

    def make(self, attempt: str, sides: int, document: bytes, steps: Steps) -> AttemptOutcome:
        """Make the card and say what became of it."""
        job = self._created(attempt, sides)
        steps.report(StepKind.ACCEPTED, device_job=job.uuid or f"{self._abilities.serial}+{job.up_time}/{job.id}")
        try:
            self._client.send_document(job, attempt, self._layout.format, document)
        except TransportError as error:
            if not error.sent:
                self._drop(attempt)
                raise DriverError(
                    error.message, fate=CardFate.NOT_FED, reasons=(error.reason,), cure=error.cure
                ) from error
            raise self._doubt(error, error.reason) from error
        except WRONG as error:
            raise self._doubt(error, "x-ipp-refused") from error
        return self._followed(job)

    def _created(self, attempt: str, sides: int) -> Job:
        try:
            job = self._client.create_job(attempt, self._template(sides))
        except WRONG as error:
            # The job may be there all the same. It has no document, so it moves nothing; but it would be in the way.
            self._drop(attempt)
            raise self._refusal(error) from error
        # The answer has the job's number and state, not its name; and not every printer gives the time as well.
        with contextlib.suppress(*WRONG):
            told = self._client.job(job.id)
            if told is not None and told.name == attempt:
                return told
        return Job(id=job.id, uuid=job.uuid, name=attempt, state=job.state)

    def _drop(self, attempt: str) -> None:
        try:
            for job in self._client.jobs_named(attempt):
                if not job.ended:
                    self._client.cancel(job.id)
        except WRONG as error:
            _log.info("A job without a document is left at the printer, which drops it by itself: %s", error.message)

    def _template(self, sides: int) -> list[Attribute]:
        """Say all that a default of the printer, or of whoever set up its queue, could say otherwise."""
        layout, can = self._layout, self._abilities
        attributes = [layout.medium.request]
        wanted = f"two-sided-{self._settings.duplex}" if sides > 1 else "one-sided"
        if wanted in can.sides:
            attributes.append(Attribute.of("sides", Tag.KEYWORD, wanted))
        if can.copies:
            attributes.append(Attribute.of("copies", Tag.INTEGER, 1))
        if can.banners:
            attributes.append(Attribute.of("job-sheets", Tag.KEYWORD, "none"))
        if "fill" in can.scalings and layout.format != RASTER:
            attributes.append(Attribute.of("print-scaling", Tag.KEYWORD, "fill"))
        if "printer-resolution" in can.template and layout.dpi in can.raster_dpi:
            resolution = Resolution(layout.dpi, layout.dpi)
            attributes.append(Attribute.of("printer-resolution", Tag.RESOLUTION, resolution))
        return attributes

    def _followed(self, job: Job) -> AttemptOutcome:
        """Ask until the job has ended; by then a card has left the machine, or nobody can say."""
        until, silent = self._clock.monotonic() + self._settings.card_timeout, 0
        while True:
            try:
                told = self._client.job(job.id)
                silent = 0
            except WRONG as error:
                silent += 1
                if silent >= _SILENT_AT_MOST:
                    raise self._doubt(error, "offline") from error
                told = job
            if told is None or not job.is_same(told):
                return AttemptOutcome(fate=CardFate.UNKNOWN, reasons=("x-printer-rebooted",))
            if told.ended:
                return self._judged(told)
            if self._clock.monotonic() > until:
                return AttemptOutcome(fate=CardFate.UNKNOWN, reasons=self._why() or ("x-not-confirmed",))
            self._clock.sleep(self._settings.poll)

    def _judged(self, job: Job) -> AttemptOutcome:
        """Say what an ended job proves: that of a printer which is done with it a card; every other one nothing."""
        if self._settings.queue and job.delivered:
            believed = self._settings.completed == "printed"
            return AttemptOutcome(
                fate=CardFate.PRINTED if believed else CardFate.UNKNOWN,
                reasons=() if believed else ("x-not-confirmed",),
            )
        if not self._settings.queue and job.done:
            return AttemptOutcome(fate=CardFate.PRINTED)
        state = {JobState.CANCELED: "x-ipp-canceled", JobState.ABORTED: "x-ipp-aborted"}.get(
            JobState(min(job.state, JobState.COMPLETED)), "x-not-confirmed"
        )
        reasons = tuple(dict.fromkeys((*self._why(), state, *job.odd)))
        return AttemptOutcome(fate=CardFate.UNKNOWN, reasons=reasons)

    def _why(self) -> tuple[str, ...]:
        """Give what the printer shows; it may have gone by now."""
        try:
            return self._client.standing().refuses
        except WRONG:
            return ("offline",)

    def _refusal(self, error: CardprintError) -> DriverError:
        reasons: tuple[str, ...] = ("x-ipp-refused",)
        permanent = False
        if isinstance(error, TransportError):
            reasons = (error.reason,)
        elif isinstance(error, RefusedError) and error.status in _BUSY:
            reasons = ("x-busy",)
        elif isinstance(error, RefusedError):
            permanent = error.status in _PERMANENT
            if error.status in {Status.NOT_AUTHENTICATED, Status.NOT_AUTHORIZED}:
                reasons = ("x-ipp-unauthorized",)
        return DriverError(
            f"No job was made: {error.message}", fate=CardFate.NOT_FED, reasons=reasons, permanent=permanent
        )

    def _doubt(self, error: CardprintError, reason: str) -> DriverError:
        return DriverError(
            f"The printer has fallen silent over a card. {error.message}",
            fate=CardFate.UNKNOWN,
            reasons=(reason,),
            cure="Look at its path, tray and reject bin.",
        )
