"""Intake: a source's page and its cursor become rows in one transaction."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

import attrs

from cardprint.engine.admission import Admission, Checked, PlaceRows
from cardprint.engine.parts import Parts, subject_pattern
from cardprint.engine.photos import MAX_BYTES, keep_photo, looks_like_photo, sync_folder
from cardprint.errors import StateError
from cardprint.language import Sentence
from cardprint.model.intake import check_request
from cardprint.model.pages import Corrected, Granted, Item, New, Page, Rejected
from cardprint.model.requests import CardRequest
from cardprint.model.syncing import IntakeReport
from cardprint.plugin import Finding, RequestValidator
from cardprint.store import Transaction, jobs, requests

__all__ = ["Intake"]

_log = logging.getLogger(__name__)
_ANYWHERE = "\0"
_REQUESTS = (New, Corrected, Granted)


class Intake:
    """Let one source's items in, page by page."""

    def __init__(self, parts: Parts, source: str, *, fetches: bool = False) -> None:
        """Serve a source; where it ``fetches``, a request may name a photo that comes later, and waits for it."""
        self._parts = parts
        self._source = source
        self._fetches = fetches
        self._pattern = subject_pattern(parts.config)
        self._rows = PlaceRows()

    def store(self, page: Page, *, after: str | None = _ANYWHERE) -> IntakeReport:
        """Store a page with its cursor; all of it is durable on return, or nothing is.

        With ``after``, the cursor that the page follows, StateError where another process has moved the source on.
        """
        items = [self._prepared(item) for item in page.items]
        checked = [item for item in items if isinstance(item, Checked)]
        if any(each.request.photo and not each.awaits for each in checked):
            sync_folder(self._parts.photos)
        counts: Counter[str] = Counter()
        try:
            with self._parts.database.transaction(self._parts.clock.now()) as tx:
                source = requests.source_row(tx, self._source)
                self._check_place(tx, after)
                admission = Admission(self._parts, tx, source, self._rows, checked)
                for item in items:
                    for word in admission.take(item):
                        counts[word] += 1
                admission.write()
                requests.set_cursor(tx, source, page.cursor)
                last_job = jobs.last(tx)
                tx.note("page-stored", source=source, last_job=last_job, counts=dict(counts))
        except BaseException:
            self._rows.forget()
            raise
        self._parts.committed()
        return IntakeReport(pages=1, **counts)

    def _check_place(self, tx: Transaction, after: str | None) -> None:
        """Refuse a page that does not follow what is stored: two readers of one source would undo each other."""
        if after != _ANYWHERE and requests.cursor_of(tx, self._source) != after:
            raise StateError(
                Sentence(
                    "{source} is read by another process as well; nothing of this page was let in.", source=self._source
                ),
                cure=Sentence("Let the other one end, then do this again: it goes on where it stopped."),
            )

    def _prepared(self, item: Item) -> Item | Checked | tuple[Rejected, ...]:
        """Check a request and keep its photo, before the transaction begins."""
        if not isinstance(item, _REQUESTS):
            return item
        line = 0 if isinstance(item, Granted) else item.line
        request = item.request
        warnings: tuple[Finding, ...] = ()
        faults = [
            Rejected(line=line, column=fault.column, rule=fault.rule, shape=fault.shape)
            for fault in check_request(request, self._pattern)
        ]
        if self._parts.validators:
            findings = [found for validator in self._parts.validators for found in _checked_by(validator, request)]
            faults += [
                Rejected(line=line, column=found.field, rule=found.rule, shape=found.shape)
                for found in findings
                if found.refuse
            ]
            warnings = tuple(findings)
        if not faults:
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
        here = bool(request.photo) and (self._parts.photos / request.photo).exists()
        return Checked(
            request=request,
            content=requests.content_of(request),
            line=line,
            grant=(item.grant_id, item.until) if isinstance(item, Granted) else None,
            awaits=self._fetches and bool(request.photo) and not here,
            has_photo=here,
            warnings=warnings,
        )


def _checked_by(validator: RequestValidator, request: CardRequest) -> Sequence[Finding]:
    try:
        return validator.check(request)
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and its text may hold a person's data
        name = type(validator).__name__
        _log.error("the validator %s failed with %s; the request is refused", name, type(error).__name__)
        return (Finding(rule="x-validator-failed", shape=name),)
