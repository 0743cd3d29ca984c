"""Admission: what a page's items do to the store, within the page's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import assert_never

import attrs
import msgspec

from cardprint.engine.holding import await_photo, hold, settle
from cardprint.engine.parts import Parts
from cardprint.errors import PluginError, StateError
from cardprint.language import Sentence
from cardprint.model.choosing import Place
from cardprint.model.jobs import JobEvent, JobState
from cardprint.model.pages import (
    Corrected,
    Granted,
    GrantRenewed,
    GrantReturned,
    Item,
    New,
    Rejected,
    Revoked,
    VerdictChanged,
)
from cardprint.model.requests import CardRequest, RequestType, Verdict
from cardprint.plugin import Finding
from cardprint.store import Transaction, attempts, awaited, finished, grants, jobs, lanes, outbox, requests

__all__ = ["Admission", "Checked", "PlaceRows"]

_UNVERIFIED = "x-verdict-unverified"
_DUPLICATE_SUBJECT = "x-suspected-duplicate"
_NEVER = frozenset({Verdict.DUPLICATE, Verdict.REVOKED})
_BY_SOURCE = frozenset({"x-grant-returned", "x-cancel-wished", "x-revoked", "x-verdict-duplicate", "x-verdict-revoked"})
"""Why a job was canceled by its source's word."""
_WAITING = frozenset({JobState.PENDING.value, JobState.HELD.value})


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Carry a request that may come in."""

    request: CardRequest
    content: requests.Content
    line: int
    grant: tuple[str, date | None] | None = None
    """Its name, and until when it holds."""
    awaits: bool = False
    brought: bool = False
    """Whether its photo is still to come, and whether it came with it."""
    warnings: tuple[Finding, ...] = ()


class _New(msgspec.Struct, frozen=True, kw_only=True):
    checked: Checked
    rank: int
    lane: int
    placement: int
    held: tuple[str, ...]


class PlaceRows:
    """Remember the rows of lanes and of placements, which are never removed; bounded."""

    _MOST = 10_000

    def __init__(self) -> None:
        self._lanes: dict[tuple[str, str, frozenset[str]], int] = {}
        self._placements: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}

    def lane(self, tx: Transaction, name: str, request: CardRequest) -> int:
        """Give the row of a request's part of a lane, made where it is new."""
        key = (name, request.kind, request.needs)
        row = self._lanes.get(key)
        if row is None:
            row = self._lanes[key] = jobs.lane_row(tx, name, request)
        return row

    def placement(self, tx: Transaction, place: Place) -> int:
        """Give the row of why a request waits where it waits, made where it is new."""
        key = (place.reason, tuple(place.values.items()))
        row = self._placements.get(key)
        if row is None:
            if len(self._placements) >= self._MOST:
                self._placements.clear()
            row = self._placements[key] = jobs.placement_row(tx, place.reason, place.values)
        return row

    def forget(self) -> None:
        """Forget all: a transaction that was undone has taken its rows with it."""
        self._lanes.clear()
        self._placements.clear()


class Admission:
    """Let the items of one page in, in their order.

    What the store knows of the page's requests is asked for at once, and new requests are written together: when the
    page ends, or before an item that changes one the store has. All is as if each had come in a page of its own.
    """

    def __init__(self, parts: Parts, tx: Transaction, source: int, rows: PlaceRows, checked: Sequence[Checked]) -> None:
        self._parts = parts
        self._tx = tx
        self._source = source
        self._rows = rows
        self._requests = [each.request for each in checked]
        self._before = requests.known_among(tx, source, [request.request_id for request in self._requests])
        self._new: dict[str, _New] = {}
        """By request id, not written yet."""
        self._written: set[str] = set()
        """Ids of which ``_before`` is no longer true."""
        self._open_before: set[str] | None = None
        """Subjects with a first issuance before this page; None: not asked for yet."""
        self._open_since: set[str] = set()
        """Subjects with one of this page."""
        self._changed = False
        """Whether the page has changed requests that the store had, and with them who has a first issuance."""

    def take(self, item: Item | Checked | tuple[Rejected, ...]) -> Iterable[str]:
        """Let an item in and give the words it is counted under."""
        match item:
            case Checked():
                return self._request(item)
            case tuple():
                for reject in item:
                    outbox.add_reject(self._tx, self._source, reject)
                return ["rejected"]
            case Rejected():
                outbox.add_reject(self._tx, self._source, item)
                return ["rejected"]
            case Revoked():
                return self._withdraw(item.request_id, "x-revoked")
            case GrantReturned():
                return self._grant_returned(item)
            case GrantRenewed():
                return self._grant_renewed(item)
            case VerdictChanged():
                return self._verdict(item)
            case New() | Corrected() | Granted():
                raise StateError("a request reached the store unchecked; nothing of this page was let in.")
        assert_never(item)

    def write(self) -> None:
        """Write the new requests that were let in so far."""
        if not self._new:
            return
        new = list(self._new.values())
        self._written.update(self._new)
        self._new.clear()
        rows = requests.add_all(self._tx, self._source, [each.checked.content for each in new])
        numbers = jobs.add_all(
            self._tx,
            [
                jobs.NewJob(
                    request=row,
                    request_type=each.checked.request.request_type,
                    lane=each.lane,
                    rank=each.rank,
                    placement=each.placement,
                    held_for=each.held,
                )
                for row, each in zip(rows, new, strict=True)
            ],
        )
        for each, row, job in zip(new, rows, numbers, strict=True):
            self._follow(each, row, job)

    def _follow(self, new: _New, row: int, job: int) -> None:
        """Write what goes with a new job, where anything does."""
        checked, verdict = new.checked, new.checked.request.verdict
        if checked.grant:
            grant_id, until = checked.grant
            grants.add(self._tx, self._source, grant_id, row, until)
        if new.held:
            self._tx.note("job-held", job=job, reasons=list(new.held))
        if verdict in _NEVER:
            self._cancel(job, f"x-verdict-{verdict.value}")
        if checked.warnings:
            self._warn(job, checked.warnings)

    def _change(self, request_id: str) -> requests.Known | None:
        """Give what the store knows of a request that is about to be changed, all before it being written."""
        self.write()
        self._written.add(request_id)
        self._open_since.clear()
        self._changed = True
        return requests.known(self._tx, self._source, request_id)

    def _request(self, checked: Checked) -> Iterable[str]:
        request, digest = checked.request, checked.content[0]
        new = self._new.get(request.request_id)
        if checked.grant is not None and self._is_anothers(checked.grant[0], request.request_id):
            reject = Rejected(line=checked.line, column="", rule="x-grant-of-another")
            outbox.add_reject(self._tx, self._source, reject)
            return ["rejected"]
        if new is not None and new.checked.content[0] == digest and checked.grant in {None, new.checked.grant}:
            return ["known"]
        if new is not None or request.request_id in self._written:
            self.write()
            known = requests.known(self._tx, self._source, request.request_id)
        else:
            known = self._before.get(request.request_id)
        if known is None:
            return self._add(checked)
        if checked.grant is not None:
            known = self._granted_again(known, checked, *checked.grant)
        if known.digest == digest:
            if (checked.awaits or checked.brought) and known.job_state == JobState.HELD.value:
                # Told once more, it may have its photo now.
                await_photo(self._tx, known.job, awaits=checked.awaits, brought=checked.brought)
            return ["known"]
        if known.job_state not in _WAITING:
            reject = Rejected(line=checked.line, column="", rule="x-correction-too-late", shape=known.job_state)
            outbox.add_reject(self._tx, self._source, reject)
            return ["refused"]
        return self._correct(known, checked)

    def _add(self, checked: Checked) -> Iterable[str]:
        request = checked.request
        held = self._held_for(checked)
        if request.request_type is RequestType.FIRST_ISSUANCE and request.verdict not in _NEVER:
            self._open_since.add(request.subject_id)
        place = self._place(request)
        self._new[request.request_id] = _New(
            checked=checked,
            rank=place.rank,
            lane=self._rows.lane(self._tx, place.lane, request),
            placement=self._rows.placement(self._tx, place),
            held=held,
        )
        words = ["new"]
        if set(held) - {awaited.AWAITED}:
            words.append("held")
        if checked.warnings:
            words.append("warned")
        return words

    def _held_for(self, checked: Checked) -> tuple[str, ...]:
        request = checked.request
        held: tuple[str, ...] = (awaited.AWAITED,) if checked.awaits else ()
        if request.verdict is Verdict.UNVERIFIED:
            held += (_UNVERIFIED,)
        if request.request_type is RequestType.FIRST_ISSUANCE and self._first_issuance_open(request.subject_id):
            held += (_DUPLICATE_SUBJECT,)
        return held

    def _granted_again(
        self, known: requests.Known, checked: Checked, grant_id: str, until: date | None
    ) -> requests.Known:
        """Keep the grant of a request that is known; a new one is its source's word that the card is wanted."""
        request = checked.request
        self._change(request.request_id)
        new = grants.add(self._tx, self._source, grant_id, known.row, until)
        job = jobs.row_of(self._tx, known.job)
        if request.verdict in _NEVER:
            pass  # No grant makes it printable.
        elif job.state is JobState.HELD:
            settle(self._tx, known.job, grants.LAPSED)
        elif new and job.cancel_wished and job.state in {JobState.PROCESSING, JobState.STOPPED}:
            jobs.wish_canceled(self._tx, known.job, wished=False)
            self._tx.note("cancel-wish-ended", job=known.job)
        elif new and job.state is JobState.CANCELED and not attempts.may_have_card(self._tx, known.row):
            self._open_again(known.job, checked)
        return requests.known(self._tx, self._source, request.request_id) or known

    def _open_again(self, canceled: int, checked: Checked) -> None:
        """Let a request whose job was canceled, so that there is no card of it, wait under a new one."""
        request = checked.request
        place, held = self._place(request), self._held_for(checked)
        if not set(jobs.view(self._tx, canceled).reasons) <= _BY_SOURCE:
            # What a person here has canceled is a person's to let go on.
            held += ("x-operator",)
        job = finished.add_issue(self._tx, canceled)
        jobs.place_again(
            self._tx,
            job,
            request,
            place,
            lane=self._rows.lane(self._tx, place.lane, request),
            placement=self._rows.placement(self._tx, place),
        )
        self._tx.note("job-granted-again", job=job, linked=canceled)
        if held:
            jobs.change_state(self._tx, job, JobEvent.HOLD, reasons=held)
            self._tx.note("job-held", job=job, reasons=list(held))

    def _grant_renewed(self, item: GrantRenewed) -> Iterable[str]:
        self.write()
        request_id = grants.request_of(self._tx, self._source, item.grant_id)
        known = None if request_id is None else self._change(request_id)
        if known is not None:
            grants.renew(self._tx, self._source, item.grant_id, item.until)
            if known.job_state == JobState.HELD.value:
                settle(self._tx, known.job, grants.LAPSED)
        return []

    def _grant_returned(self, item: GrantReturned) -> Iterable[str]:
        self.write()
        request_id = grants.request_of(self._tx, self._source, item.grant_id)
        if request_id is None:
            return []
        words = self._withdraw(request_id, "x-grant-returned")
        grants.give_back(self._tx, self._source, item.grant_id)
        return words

    def _is_anothers(self, grant_id: str, request_id: str) -> bool:
        """Say whether the source has given a grant of this name for another request."""
        given = {new.checked.grant[0]: name for name, new in self._new.items() if new.checked.grant is not None}
        of = given.get(grant_id) or grants.request_of(self._tx, self._source, grant_id, live=False)
        return of is not None and of != request_id

    def _first_issuance_open(self, subject_id: str) -> bool:
        if subject_id in self._open_since:
            return True
        if self._changed:
            return requests.first_issuance_open(self._tx, subject_id)
        if self._open_before is None:
            subjects = [each.subject_id for each in self._requests if each.request_type is RequestType.FIRST_ISSUANCE]
            self._open_before = requests.first_issuances_open(self._tx, subjects)
        return subject_id in self._open_before

    def _correct(self, known: requests.Known, checked: Checked) -> Iterable[str]:
        request = checked.request
        self._change(request.request_id)
        requests.change(self._tx, known.row, checked.content)
        place = self._place(request)
        jobs.place_again(
            self._tx,
            known.job,
            request,
            place,
            lane=self._rows.lane(self._tx, place.lane, request),
            placement=self._rows.placement(self._tx, place),
        )
        self._tx.note("request-corrected", job=known.job, revision=known.revision + 1)
        self._apply_verdict(known.job, request.verdict)
        await_photo(self._tx, known.job, awaits=checked.awaits, brought=checked.brought)
        if not checked.warnings:
            return ["corrected"]
        self._warn(known.job, checked.warnings)
        return ["corrected", "warned"]

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

    def _verdict(self, item: VerdictChanged) -> Iterable[str]:
        known = self._change(item.request_id)
        if known is None:
            return []
        request, _ = requests.load(self._tx, known.row)
        requests.change(self._tx, known.row, requests.content_of(attrs.evolve(request, verdict=item.verdict)))
        self._tx.note("verdict-changed", job=known.job, verdict=item.verdict.value)
        return self._apply_verdict(known.job, item.verdict)

    def _apply_verdict(self, job: int, verdict: Verdict) -> Iterable[str]:
        row = jobs.row_of(self._tx, job)
        if verdict in _NEVER:
            if row.state in {JobState.PENDING, JobState.HELD}:
                self._cancel(job, f"x-verdict-{verdict.value}")
                return ["withdrawn"]
            jobs.wish_canceled(self._tx, job)
        elif verdict is Verdict.UNVERIFIED and row.state in {JobState.PENDING, JobState.HELD}:
            hold(self._tx, job, _UNVERIFIED)
        elif verdict is Verdict.PRINT_READY and row.state is JobState.HELD:
            settle(self._tx, job, _UNVERIFIED)
        return []

    def _withdraw(self, request_id: str, reason: str) -> Iterable[str]:
        known = self._change(request_id)
        if known is None:
            return []
        if known.job_state in _WAITING:
            self._cancel(known.job, reason)
            return ["withdrawn"]
        jobs.wish_canceled(self._tx, known.job)
        self._tx.note("cancel-wished", job=known.job, reason=reason)
        return []

    def _cancel(self, job: int, reason: str) -> None:
        jobs.change_state(self._tx, job, JobEvent.WITHDRAW, reasons=(reason,))
        self._tx.note("job-canceled", job=job, reason=reason)
        outbox.add(self._tx, job, outcome="canceled")

    def _warn(self, job: int, warnings: Sequence[Finding]) -> None:
        """Keep with the job what is odd about its request; it is let in all the same."""
        self._tx.note("request-warned", job=job, findings=[[each.rule, each.field, each.shape] for each in warnings])
