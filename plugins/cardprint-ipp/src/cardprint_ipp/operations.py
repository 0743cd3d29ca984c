"""What is asked of a printer (RFC 8011, section 4): pure requests, and answers held against them."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence

import attrs

from cardprint.errors import CardprintError
from cardprint_ipp.codec import CodecError, decode
from cardprint_ipp.values import Attribute, Group, Message, Tag

__all__ = ["Operation", "RefusedError", "Requests", "Status", "read_answer"]

_SUCCESSFUL = 0x0100
_NAMED = 5
"""Attributes that an error names; a printer can object to more."""
_KEYWORD = re.compile(r"[a-z][a-z0-9._-]{0,60}")
_GET_PRINTERS = 0x4002
"""CUPS's own operation that names its queues."""


class Operation(enum.IntEnum):
    """Name the operations that are used (RFC 8011, 5.4.15)."""

    CREATE_JOB = 0x0005
    """Make a job without a document."""
    SEND_DOCUMENT = 0x0006
    """Give it one."""
    CANCEL_JOB = 0x0008
    """Drop it."""
    GET_JOB_ATTRIBUTES = 0x0009
    """Ask how it is."""
    GET_JOBS = 0x000A
    """Ask for the job table."""
    GET_PRINTER_ATTRIBUTES = 0x000B
    """Ask how the printer is, and what it can do."""


class Status(enum.IntEnum):
    """Name the answers that mean something here (RFC 8011, appendix B)."""

    NOT_AUTHENTICATED = 0x0402
    """It wants to know who asks."""
    NOT_AUTHORIZED = 0x0403
    """Whoever asks may not."""
    NOT_POSSIBLE = 0x0404
    """Not in this state."""
    NOT_FOUND = 0x0406
    """There is no such job, or no such printer."""
    FORMAT_NOT_SUPPORTED = 0x040A
    """It does not take such documents."""
    ATTRIBUTES_OR_VALUES = 0x040B
    """It does not take such jobs."""
    NOT_ACCEPTING_JOBS = 0x0506
    """It takes none now."""
    BUSY = 0x0507
    """It has another job."""


class RefusedError(CardprintError):
    """Tell of a request that the printer understood and refused."""

    def __init__(self, status: int, unsupported: Iterable[str] = ()) -> None:
        name = Status(status).name.lower().replace("_", "-") if status in set(Status) else "refused"
        what = ", ".join(unsupported)
        super().__init__(f"The printer answers 0x{status:04x} ({name}){': ' if what else ''}{what}.")
        self.status = status


@attrs.frozen(kw_only=True)
class Requests:
    """Make the requests to one printer."""

    uri: str
    """The printer's, as the station has it."""
    user: str
    """requesting-user-name."""
    version: tuple[int, int] = (1, 1)
    """Of IPP."""

    def printer(self, attributes: Sequence[str]) -> Message:
        """Ask for attributes of the printer."""
        return self._request(Operation.GET_PRINTER_ATTRIBUTES, _wanted(attributes))

    def create_job(self, name: str, template: Iterable[Attribute]) -> Message:
        """Make a job; what the template asks for must be done so, or the job refused."""
        own = (Attribute.of("job-name", Tag.NAME, name), Attribute.of("ipp-attribute-fidelity", Tag.BOOLEAN, True))  # noqa: FBT003
        return self._request(Operation.CREATE_JOB, own, tuple(template))

    def send_document(self, job: int, name: str, document_format: str) -> Message:
        """Give a job its only document, which follows the message."""
        return self._request(
            Operation.SEND_DOCUMENT,
            (
                Attribute.of("job-id", Tag.INTEGER, job),
                Attribute.of("document-name", Tag.NAME, name),
                Attribute.of("document-format", Tag.MIME_TYPE, document_format),
                Attribute.of("last-document", Tag.BOOLEAN, True),  # noqa: FBT003 - the content of a value
            ),
        )

    def job(self, job: int, attributes: Sequence[str]) -> Message:
        """Ask for attributes of a job."""
        return self._request(
            Operation.GET_JOB_ATTRIBUTES, (Attribute.of("job-id", Tag.INTEGER, job), *_wanted(attributes))
        )

    def jobs(self, which: str, attributes: Sequence[str]) -> Message:
        """Ask for the jobs that are ``completed``, in whatever way, or ``not-completed``."""
        return self._request(Operation.GET_JOBS, (*_wanted(attributes), Attribute.of("which-jobs", Tag.KEYWORD, which)))

    def cancel(self, job: int) -> Message:
        """Drop a job."""
        return self._request(Operation.CANCEL_JOB, (Attribute.of("job-id", Tag.INTEGER, job),))

    def queues(self) -> Message:
        """Ask a scheduler of CUPS for its queues."""
        return self._request(_GET_PRINTERS, _wanted(("printer-uri-supported",)))

    def _request(self, operation: int, own: Iterable[Attribute], template: tuple[Attribute, ...] = ()) -> Message:
        # Charset, language and target come first, in this order (RFC 8011, 4.1.4 and 4.1.5).
        target = [
            Attribute.of("attributes-charset", Tag.CHARSET, "utf-8"),
            Attribute.of("attributes-natural-language", Tag.LANGUAGE, "en"),
            Attribute.of("printer-uri", Tag.URI, self.uri),
        ]
        rest = list(own)
        if rest and rest[0].name == "job-id":
            target.append(rest.pop(0))
        groups = [Group(Tag.OPERATION, (*target, Attribute.of("requesting-user-name", Tag.NAME, self.user), *rest))]
        if template:
            groups.append(Group(Tag.JOB, template))
        return Message(version=self.version, code=operation, request_id=1, groups=tuple(groups))


def read_answer(request: Message, content: bytes) -> Message:
    """Read the answer to a request.

    Raises CodecError where it is none, or one to something else, and RefusedError where the printer refuses.
    """
    answer, _ = decode(content)
    if answer.request_id != request.request_id or answer.version[0] not in {1, 2}:
        raise CodecError("The answer is one to another request, or in another IPP.")
    if answer.code >= _SUCCESSFUL:
        names = [each.name for each in answer.first(Tag.UNSUPPORTED).attributes]
        raise RefusedError(answer.code, [name for name in names if _KEYWORD.fullmatch(name)][:_NAMED])
    return answer


def _wanted(attributes: Sequence[str]) -> tuple[Attribute, ...]:
    return (Attribute.of("requested-attributes", Tag.KEYWORD, *attributes),)
