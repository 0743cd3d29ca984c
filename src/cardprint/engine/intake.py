"""Intake: a source's page and its cursor become rows in one transaction."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import assert_never

import attrs

from cardprint.engine.parts import Parts
from cardprint.engine.photos import MAX_BYTES, keep_photo, looks_like_photo, sync_folder
from cardprint.errors import ConfigurationError, PluginError, StateError
from cardprint.language import Sentence
from cardprint.model.choosing import Place
from cardprint.model.configuration import StationConfig
from cardprint.model.intake import check_request
from cardprint.model.jobs import JobEvent, JobState
from cardprint.model.pages import (
    Corrected,
    Granted,
    GrantReturned,
    Item,
    New,
    Page,
    Rejected,
    Revoked,
    VerdictChanged,
)
from cardprint.model.requests import CardRequest, RequestType, Verdict
from cardprint.model.views import IntakeReport
from cardprint.plugin import Finding, RequestValidator
from cardprint.store import Transaction, jobs, lanes, outbox, requests

__all__ = ["Intake", "subject_pattern"]

_log = logging.getLogger(__name__)
_UNVERIFIED = "x-verdict-unverified"
_DUPLICATE_SUBJECT = "x-suspected-duplicate"
_NEVER = frozenset({Verdict.DUPLICATE, Verdict.REVOKED})
_WAITING = frozenset({JobState.PENDING.value, JobState.HELD.value})


@attrs.frozen(kw_only=True)
class _Checked:
    request: CardRequest
    line: int
    grant: str = ""
    warnings: tuple[Finding, ...] = ()


class Intake:
    """Let one source's items in. Lanes and placements are remembered within a page only."""

    def __init__(self, parts: Parts, source: str) -> None:
        self._parts = parts
        self._source = source
        self._pattern = subject_pattern(parts.config)
        self._lanes: dict[tuple[str, str, frozenset[str]], int] = {}
        self._placements: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}

    def store(self, page: Page) -> IntakeReport:
        """Store a page with its cursor; all of it is durable on return, or nothing is."""
        items = [self._prepared(item) for item in page.items]
        if any(isinstance(item, _Checked) and item.request.photo for item in items):
            sync_folder(self._parts.photos)
        counts: Counter[str] = Counter()
        self._lanes.clear()
        self._placements.clear()
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            source = requests.source_row(tx, self._source)
            for item in items:
                for word in self._take(tx, source, item):
                    counts[word] += 1
            requests.set_cursor(tx, source, page.cursor)
            last_job = jobs.last(tx)
            tx.note("page-stored", source=source, last_job=last_job, counts=dict(counts))
        self._parts.committed()
        return IntakeReport(pages=1, **counts)

    def _prepared(self, item: Item) -> Item | _Checked | tuple[Rejected, ...]:
        """Check a request and keep its photo, before the transaction begins."""
        if not isinstance(item, New | Corrected | Granted):
            return item
        line = item.line if isinstance(item, New | Corrected) else 0
        request = item.request
        faults = [
            Rejected(line=line, column=fault.column, rule=fault.rule, shape=fault.shape)
            for fault in check_request(request, self._pattern)
        ]
        findings = [finding for validator in self._parts.validators for finding in _checked_by(validator, request)]
        faults += [
            Rejected(line=line, column=finding.field, rule=finding.rule, shape=finding.shape)
            for finding in findings
            if finding.refuse
        ]
        if isinstance(item, New) and not faults:
            data = item.photo_bytes
            if data is None and item.photo_file is not None:
                with item.photo_file.open("rb") as stream:
                    data = stream.read(MAX_BYTES + 1)
            if data is not None and not looks_like_photo(data):
                faults.append(
                    Rejected(line=line, column="photo", rule="x-photo-unreadable", shape=f"{len(data)} bytes"),
                )
            elif data is not None:
                request = attrs.evolve(request, photo=keep_photo(self._parts.photos, data))
        if faults:
            return tuple(faults)
        grant = item.grant_id if isinstance(item, Granted) else ""
        return _Checked(request=request, line=line, grant=grant, warnings=tuple(findings))

    def _take(self, tx: Transaction, source: int, item: Item | _Checked | tuple[Rejected, ...]) -> Iterable[str]:
        match item:
            case _Checked():
                return self._request(tx, source, item)
            case tuple():
                for reject in item:
                    outbox.add_reject(tx, source, reject)
                return ["rejected"]
            case Rejected():
                outbox.add_reject(tx, source, item)
                return ["rejected"]
            case Revoked():
                return self._withdraw(tx, source, item.request_id, "x-revoked")
            case GrantReturned():
                request_id = requests.return_grant(tx, item.grant_id, source)
                return [] if request_id is None else self._withdraw(tx, source, request_id, "x-grant-returned")
            case VerdictChanged():
                return self._verdict(tx, source, item)
            case New() | Corrected() | Granted():
                raise StateError("a request reached the store unchecked; nothing of this page was let in.")
        assert_never(item)

    def _request(self, tx: Transaction, source: int, checked: _Checked) -> Iterable[str]:
        request = checked.request
        known = requests.known(tx, source, request.request_id)
        if known is None:
            return self._add(tx, source, checked)
        if known.digest == requests.digest_of(request):
            return ["known"]
        if known.job_state not in _WAITING:
            reject = Rejected(line=checked.line, column="", rule="x-correction-too-late", shape=known.job_state)
            outbox.add_reject(tx, source, reject)
            return ["refused"]
        requests.change(tx, known.row, request)
        place = self._place(request)
        jobs.place_again(
            tx,
            known.job,
            request,
            place,
            lane=self._lane(tx, place.lane, request),
            placement=self._placement(tx, place.reason, tuple(place.values.items())),
        )
        tx.note("request-corrected", job=known.job, revision=known.revision + 1)
        self._apply_verdict(tx, known.job, request.verdict)
        return ["corrected", *_warned(tx, known.job, checked)]

    def _add(self, tx: Transaction, source: int, checked: _Checked) -> Iterable[str]:
        request = checked.request
        held: tuple[str, ...] = ()
        if request.verdict is Verdict.UNVERIFIED:
            held += (_UNVERIFIED,)
        if request.request_type is RequestType.FIRST_ISSUANCE and requests.first_issuance_open(tx, request.subject_id):
            held += (_DUPLICATE_SUBJECT,)
        place = self._place(request)
        row = requests.add(tx, source, request)
        job = jobs.add(
            tx,
            row,
            request,
            place.rank,
            lane=self._lane(tx, place.lane, request),
            placement=self._placement(tx, place.reason, tuple(place.values.items())),
            held_for=held,
        )
        if checked.grant:
            requests.add_grant(tx, checked.grant, row)
        if held:
            tx.note("job-held", job=job, reasons=list(held))
        if request.verdict in _NEVER:
            self._cancel(tx, job, f"x-verdict-{request.verdict.value}")
        return ["new", *(["held"] if held else []), *_warned(tx, job, checked)]

    def _place(self, request: CardRequest) -> Place:
        place = self._parts.policy.place(request)
        if place.lane.startswith(lanes.TESTS):
            raise PluginError(
                Sentence(
                    "the allocation policy names a lane {tests}..., which is kept for test cards; "
                    "nothing of this page was let in.",
                    tests=lanes.TESTS,
                ),
                cure=Sentence("Choose another one in station.toml, or tell its author."),
            )
        return place

    def _lane(self, tx: Transaction, name: str, request: CardRequest) -> int:
        key = (name, request.kind, request.needs)
        if key not in self._lanes:
            self._lanes[key] = jobs.lane_row(tx, name, request)
        return self._lanes[key]

    def _placement(self, tx: Transaction, reason: str, values: tuple[tuple[str, str], ...]) -> int:
        key = (reason, values)
        if key not in self._placements:
            self._placements[key] = jobs.placement_row(tx, reason, dict(values))
        return self._placements[key]

    def _verdict(self, tx: Transaction, source: int, item: VerdictChanged) -> Iterable[str]:
        known = requests.known(tx, source, item.request_id)
        if known is None:
            return []
        request, _ = requests.load(tx, known.row)
        requests.change(tx, known.row, attrs.evolve(request, verdict=item.verdict))
        tx.note("verdict-changed", job=known.job, verdict=item.verdict.value)
        return self._apply_verdict(tx, known.job, item.verdict)

    def _apply_verdict(self, tx: Transaction, job: int, verdict: Verdict) -> Iterable[str]:
        row = jobs.row_of(tx, job)
        if verdict in _NEVER:
            if row.state in {JobState.PENDING, JobState.HELD}:
                self._cancel(tx, job, f"x-verdict-{verdict.value}")
                return ["withdrawn"]
            jobs.wish_canceled(tx, job)
        elif verdict is Verdict.UNVERIFIED and row.state is JobState.PENDING:
            jobs.change_state(tx, job, JobEvent.HOLD, reasons=(_UNVERIFIED,))
            tx.note("job-held", job=job, reasons=[_UNVERIFIED])
        elif verdict is Verdict.PRINT_READY and row.state is JobState.HELD:
            left = tuple(reason for reason in jobs.view(tx, job).reasons if reason != _UNVERIFIED)
            event = JobEvent.HOLD if left else JobEvent.RELEASE
            jobs.change_state(tx, job, event, reasons=left)
            tx.note("job-held" if left else "job-released", job=job, reasons=list(left))
        return []

    def _withdraw(self, tx: Transaction, source: int, request_id: str, reason: str) -> Iterable[str]:
        known = requests.known(tx, source, request_id)
        if known is None:
            return []
        if known.job_state in _WAITING:
            self._cancel(tx, known.job, reason)
            return ["withdrawn"]
        jobs.wish_canceled(tx, known.job)
        tx.note("cancel-wished", job=known.job, reason=reason)
        return []

    def _cancel(self, tx: Transaction, job: int, reason: str) -> None:
        jobs.change_state(tx, job, JobEvent.WITHDRAW, reasons=(reason,))
        tx.note("job-canceled", job=job, reason=reason)
        outbox.add(tx, job, outcome="canceled")


def _checked_by(validator: RequestValidator, request: CardRequest) -> Sequence[Finding]:
    try:
        return validator.check(request)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and its text may hold a person's data
        name = type(validator).__name__
        _log.error("the validator %s failed with %s; the request is refused", name, type(error).__name__)
        return (Finding(rule="x-validator-failed", shape=name),)


def _warned(tx: Transaction, job: int, checked: _Checked) -> list[str]:
    """Keep with the job what is odd about its request; it is let in all the same."""
    if not checked.warnings:
        return []
    tx.note("request-warned", job=job, findings=[[each.rule, each.field, each.shape] for each in checked.warnings])
    return ["warned"]


def subject_pattern(config: StationConfig) -> re.Pattern[str]:
    """Compile the pattern of subject ids, which must match whole; ConfigurationError where it is none."""
    try:
        return re.compile(config.subject_pattern)
    except re.error as error:
        raise ConfigurationError(
            f"[station] subject_pattern is no regular expression: {error}.",
            cure="Write it as Python's re has it, for example [0-9]{16}.",
        ) from None
