"""One printer, spoken to: each method is one question, or the two of a job table."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint_ipp.codec import CodecError, encode
from cardprint_ipp.job import JOB_ATTRIBUTES, Job, read_job
from cardprint_ipp.operations import RefusedError, Requests, Status, read_answer
from cardprint_ipp.printer import DESCRIPTION, STATE, Abilities, Standing, read_abilities, read_standing
from cardprint_ipp.transport import Transport, TransportError
from cardprint_ipp.values import Attribute, Message, Tag

__all__ = ["WRONG", "Client"]

WRONG = (TransportError, RefusedError, CodecError)
"""All that a question may end with in place of an answer."""


class Client:
    """Ask one printer; every question ends within its time, by an answer or by one of WRONG."""

    def __init__(self, requests: Requests, transport: Transport, *, timeout: float, card_timeout: float) -> None:
        self._requests = requests
        self._transport = transport
        self._timeout = timeout
        self._card_timeout = card_timeout

    def describe(self) -> Abilities:
        """Ask what it can do."""
        # What is not named is not told by all of them, and not all tell the media with the rest.
        answer = self._ask(self._requests.printer(DESCRIPTION))
        return read_abilities(answer.first(Tag.PRINTER))

    def queues(self) -> list[str]:
        """Ask a scheduler of CUPS for the addresses of its queues."""
        answer = self._ask(self._requests.queues())
        return [group.word("printer-uri-supported") for group in answer.each(Tag.PRINTER)]

    def standing(self) -> Standing:
        """Ask how it is."""
        answer = self._ask(self._requests.printer(STATE))
        return read_standing(answer.first(Tag.PRINTER))

    def create_job(self, name: str, template: Iterable[Attribute]) -> Job:
        """Make a job without a document: it moves nothing, and is dropped by the printer if none comes."""
        answer = self._ask(self._requests.create_job(name, template))
        job = read_job(answer.first(Tag.JOB))
        if job is None:
            raise CodecError("The printer made a job and gives it no number.")
        return job

    def send_document(self, job: Job, name: str, document_format: str, document: bytes) -> None:
        """Give a job its document; an error whose ``sent`` is not False leaves open what became of it.

        The answer may take as long as the card: a printer that prints while it reads answers when it is done.
        """
        request = self._requests.send_document(job.id, name, document_format)
        read_answer(request, self._transport.send(encode(request), document, timeout=self._card_timeout))

    def job(self, number: int) -> Job | None:
        """Ask how a job is; None where the printer knows no such job."""
        try:
            answer = self._ask(self._requests.job(number, JOB_ATTRIBUTES))
        except RefusedError as error:
            if error.status == Status.NOT_FOUND:
                return None
            raise
        return read_job(answer.first(Tag.JOB))

    def jobs_named(self, name: str) -> list[Job]:
        """Look a name up in the job table: first what is not finished, so that nothing slips past in between."""
        found: dict[int, Job] = {}
        for which in ("not-completed", "completed"):
            answer = self._ask(self._requests.jobs(which, JOB_ATTRIBUTES))
            jobs = (read_job(group) for group in answer.each(Tag.JOB))
            found |= {job.id: job for job in jobs if job is not None and job.name == name}
        return list(found.values())

    def cancel(self, number: int) -> None:
        """Drop a job; one that has ended, or is not there, is as good as dropped."""
        try:
            self._ask(self._requests.cancel(number))
        except RefusedError as error:
            if error.status not in {Status.NOT_POSSIBLE, Status.NOT_FOUND}:
                raise

    def _ask(self, request: Message) -> Message:
        return read_answer(request, self._transport.ask(encode(request), timeout=self._timeout))
