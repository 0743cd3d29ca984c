"""A session with one printer: the driver's contract, in questions of IPP."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cardprint.errors import CardprintError, DriverError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    Observation,
    PrinterState,
    PrinterStatus,
)
from cardprint.plugin import Clock, PrinterSession, Steps
from cardprint_ipp.act import Act
from cardprint_ipp.client import WRONG, Client
from cardprint_ipp.document import JPEG, Layout, make_document
from cardprint_ipp.faces import read_faces
from cardprint_ipp.job import JobState
from cardprint_ipp.operations import RefusedError, Status
from cardprint_ipp.printer import Abilities, Standing
from cardprint_ipp.settings import IppSettings
from cardprint_ipp.transport import TransportError

__all__ = ["IppSession", "not_reached"]

_MARGIN = 60.0
"""Seconds for the questions around a card, each of which has a time of its own."""


class IppSession(PrinterSession):
    """Hold what a printer said it can do; connections last for one question, so that it may restart in between."""

    def __init__(
        self, client: Client, abilities: Abilities, layout: Layout, settings: IppSettings, clock: Clock
    ) -> None:
        self._client = client
        self._abilities = abilities
        self._layout = layout
        self._settings = settings
        self._clock = clock
        self._queue = settings.queue
        two = (
            settings.sides > 1
            and f"two-sided-{settings.duplex}" in abilities.sides
            # A JPEG is one page.
            and layout.format != JPEG
        )
        width, height = layout.face
        self.capabilities = Capabilities(
            dpi=layout.dpi,
            width_px=width,
            height_px=height,
            sides=2 if two else 1,
            abilities=frozenset({"two-sided"} if two else ()),
            # A queue's table tells what became of a document, not of a card.
            job_table=not self._queue,
            can_fence=not self._queue,
            # Nothing is NOT_FED here once the first byte of a document may have left.
            definite_not_started=True,
            # A fence waits for a card that is being made.
            call_timeout=settings.card_timeout + _MARGIN,
            # The document has as long as the card.
            card_timeout=2 * settings.card_timeout + _MARGIN,
        )

    def status(self) -> PrinterStatus:
        """Ask how the printer is."""
        return self._standing().status

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell what the printer itself can know; of a queue, only whether something is in it."""
        standing = self._standing()
        if self._queue:
            return Observation(queue_empty=standing.at_rest)
        job = None
        if attempt_id is not None:
            with self._answering():
                found = self._client.jobs_named(attempt_id)
            # Two jobs of one attempt there cannot be; if there are, none of them is evidence.
            job = found[0].observed() if len(found) == 1 else None
        return Observation(
            serial=self._abilities.serial or None,
            queue_empty=standing.at_rest,
            hopper_empty=True if "media-empty" in standing.status.reasons else None,
            job=job,
        )

    def fence(self, attempt_id: AttemptId) -> bool:
        """Let nothing more of the attempt begin, and wait until the printer is at rest, seen twice.

        A card that is being made is let out, since a job that is done proves it and a canceled one nothing; it is
        canceled where somebody would have to come first, or where it takes too long. Of a queue a fence is a wish:
        what has left for the device still prints, and nobody is told.
        """
        with self._answering():
            if self._queue:
                self._drop(attempt_id)
                return False
            until, seen = self._clock.monotonic() + self._settings.card_timeout, 0
            while True:
                late = self._clock.monotonic() > until
                left = [job for job in self._client.jobs_named(attempt_id) if not job.ended]
                standing = self._client.standing()
                for job in left:
                    if job.state != JobState.PROCESSING or standing.refuses or late:
                        self._client.cancel(job.id)
                seen = seen + 1 if standing.at_rest and not left else 0
                if seen > 1 or late:
                    return seen > 1
                if not seen:
                    self._clock.sleep(self._settings.poll)

    def cancel(self, attempt_id: AttemptId) -> None:
        """Wish that the printer drop the attempt."""
        with self._answering():
            self._drop(attempt_id)

    def _drop(self, attempt_id: AttemptId) -> None:
        for job in self._client.jobs_named(attempt_id):
            if not job.ended:
                self._client.cancel(job.id)

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Make one card.

        A job is made first and its number becomes durable, then it gets its document. Until the first byte of that,
        whatever goes wrong is NOT_FED: a job without a document moves nothing. From then on, whatever goes wrong is
        UNKNOWN, and nothing is sent again.
        """
        faces = read_faces(order, self._layout.face, self.capabilities.sides)
        # Known comes first: a printer may be busy with this very attempt, and busy would be NOT_FED.
        self._refuse_if_known(order.attempt_id)
        self._refuse_unless_ready()
        document = make_document(self._layout, faces)
        act = Act(self._client, self._abilities, self._layout, self._settings, self._clock)
        return act.make(order.attempt_id, len(faces), document, steps)

    def _refuse_unless_ready(self) -> None:
        standing = self._standing()
        if standing.refuses:
            raise DriverError(
                "The printer takes no card now; no blank was touched.",
                fate=CardFate.NOT_FED,
                reasons=standing.refuses,
            )
        if standing.status.state is PrinterState.PROCESSING or standing.queued:
            raise DriverError("The printer has another job.", fate=CardFate.NOT_FED, reasons=("x-busy",))

    def _refuse_if_known(self, attempt_id: AttemptId) -> None:
        with self._answering():
            known = self._client.jobs_named(attempt_id)
        if known:
            raise DriverError(
                f"The printer knows attempt {attempt_id} already.",
                # Not NOT_FED: its card may exist, and saying otherwise would print a second.
                fate=CardFate.UNKNOWN,
                reasons=("x-already-printed",),
                cure="Ask for an observation: it tells what became of the attempt.",
            )

    def _standing(self) -> Standing:
        with self._answering():
            return self._client.standing()

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn a question without an answer into the contract's error; a question moves nothing."""
        try:
            yield
        except WRONG as error:
            raise not_reached(error) from error


def not_reached(error: CardprintError) -> DriverError:
    """Say that a question has no answer; nothing was commanded by it."""
    reason = "x-ipp-refused"
    if isinstance(error, TransportError):
        reason = error.reason
    elif isinstance(error, RefusedError) and error.status in {Status.NOT_AUTHENTICATED, Status.NOT_AUTHORIZED}:
        reason = "x-ipp-unauthorized"
    return DriverError(error.message, fate=CardFate.NOT_FED, reasons=(reason,), cure=error.cure)
