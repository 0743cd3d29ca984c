"""A centre that speaks OSIA as a data source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from cardprint.errors import ConfigurationError, SourceError
from cardprint.model import Cursor, OutcomeReport, Page, Receipt
from cardprint.plugin import DataSource, PluginContext
from cardprint_osia.carried import CarriedSource
from cardprint_osia.contract import changes_of, encode_reports, number_of, object_of, receipts_of
from cardprint_osia.items import item_of
from cardprint_osia.line import Answer, Line
from cardprint_osia.outgoing import write_outcomes
from cardprint_osia.photos import Photos
from cardprint_osia.position import Position
from cardprint_osia.settings import OsiaSettings

__all__ = ["OsiaSource"]

_OURS = "v1/x-cardprint/"
_OK, _DONE, _FORBIDDEN, _NOT_FOUND = 200, 204, 403, 404
_LACKING = frozenset({404, 405, 501})
_JSON = {"Content-Type": "application/json"}
_SMALL = 64 * 1024
_STATUSES = {"printed": "ISSUED", "aborted": "FAILED", "missing": "FAILED"}
"""OSIA's status for an outcome; what is not here leaves the request as it is."""


class OsiaSource(DataSource):
    """Lease print-ready records from a centre, and tell it what became of them.

    The cursor is the centre's. Photos come after the records, several at a time; one that is cut goes on where it was.
    Every call asks once: trying again is the station's business.
    """

    def __init__(self, settings: OsiaSettings, context: PluginContext) -> None:
        if not settings.url and settings.keys is None:
            raise ConfigurationError(
                f"The source {context.name} has neither a line to the centre nor keys for bundles.",
                cure="Set url, or keys, or both.",
            )
        self._settings = settings
        self._context = context
        self._line = Line(settings, context)
        folder = context.folder / "plugins" / context.name / "photos"
        self._photos = Photos(self._line, folder, bound=settings.photo_bytes, connections=settings.connections)

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Fill the lease, then yield pages from after ``cursor`` until the centre has no more."""
        settings = self._settings
        if not settings.url:
            return
        self._photos.tidy(self._context.photos)
        if settings.lease_size:
            body = json.dumps({"count": settings.lease_size, "days": settings.lease_days}).encode()
            number_of(self._ours("POST", "lease", body, bound=_SMALL).body, "held")
        position = Position.of(cursor)
        cursor = Cursor(position.line) if position.line else None
        more = True
        while more:
            params = {"limit": str(settings.page_size), "view": "leased" if settings.lease_size else "all"}
            if cursor is not None:
                params["after"] = cursor
            answer = self._ours("GET", "changes", params=params, bound=settings.page_bytes)
            changes, after, more = changes_of(answer.body, limit=settings.page_size)
            if after == cursor and (changes or more):
                raise SourceError("The centre's cursor does not move, though there is more.", cure="Ask its owners.")
            if after != cursor:
                cursor = Cursor(after)
                yield Page(items=tuple(map(item_of, changes)), cursor=position.at(after).cursor)

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Tell outcomes and give the centre's receipts; raise SourceError where the line is down.

        Without a line they are told by a bundle, and answered by the one that comes back.

        A centre without our extension is told by OSIA alone: the request's status, read and then updated.
        """
        if not self._settings.url:
            return [Receipt.LATER] * len(reports)
        receipts: list[Receipt] = []
        size = self._settings.page_size
        for start in range(0, len(reports), size):
            part = list(reports[start : start + size])
            answer = self._line.ask(
                "POST", f"{_OURS}outcomes", content=encode_reports(part), headers=_JSON, bound=self._settings.page_bytes
            )
            if answer.status in _LACKING:
                receipts += [self._plainly(report) for report in part]
            elif answer.status != _OK:
                raise self._line.refusal(answer, "receipts")
            else:
                receipts += receipts_of(answer.body, count=len(part))
        return receipts

    def backlog(self) -> int | None:
        """Say how many records are free to print at the centre and leased to no station; None where none is leased.

        Without leases the centre does not know which of its records are here already.
        """
        if not (self._settings.url and self._settings.lease_size):
            return None
        return number_of(self._ours("GET", "backlog", bound=_SMALL).body, "waiting")

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        """Give a photo's bytes from ``offset`` on, None where the centre has none of that SHA-256."""
        with self._photos.alone():
            path = self._photos.fetch(reference)
            if path is None:
                return None
            content = path.read_bytes()[offset:]
            self._photos.forget([path])
            return content

    def fetch_photos(self, references: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Give photos as they come over several connections; those under way when the line is cut are given first."""
        if not self._settings.url:
            # Whoever has sent the records by hand has sent all the photos there are.
            yield from ((reference, None) for reference in references)
            return
        with self._photos.alone():
            for reference, path in self._photos.fetch_each(references):
                yield reference, None if path is None else path.read_bytes()
                if path is not None:
                    self._photos.forget([path])

    def release(self, request_ids: Sequence[str]) -> None:
        """Give leased records back; the centre may lease them to another station at once."""
        if request_ids and self._settings.url:
            self._ours("POST", "release", json.dumps({"ids": list(request_ids)}).encode(), bound=_SMALL)

    def close(self) -> None:
        """Hang up."""
        self._photos.close()

    def open_bundle(self, path: Path, cursor: Cursor | None) -> DataSource:
        """Copy, verify and open a bundle that the centre has sent; InputError says why one is refused."""
        return CarriedSource(self._settings, self._context, path, cursor)

    def write_bundle(self, path: Path, reports: Sequence[OutcomeReport], cursor: Cursor | None) -> None:
        """Write reports into a bundle for the centre, with the number of the last bundle that was taken in here."""
        write_outcomes(self._settings, self._context, path, reports, Position.of(cursor))

    def _ours(
        self, method: str, path: str, body: bytes | None = None, *, bound: int, params: dict[str, str] | None = None
    ) -> Answer:
        headers = _JSON if body is not None else {}
        answer = self._line.ask(method, _OURS + path, params=params, content=body, headers=headers, bound=bound)
        if answer.status in _LACKING:
            raise SourceError(
                f"The centre speaks OSIA alone: it cannot be asked for {path}, only told of requests it has named.",
                cure="Ask its owners for the extension in cardprint-osia's README, or bring the requests in by a file.",
            )
        if answer.status != _OK:
            raise self._line.refusal(answer, path)
        return answer

    def _plainly(self, report: OutcomeReport) -> Receipt:
        status = _STATUSES.get(report.outcome)
        if status is None:
            return Receipt.ACCEPTED
        path = "v1/credentialRequests/" + quote(report.request_id, safe="")
        params = {"transactionId": report.key}
        answer = self._line.ask("GET", path, params=params, bound=self._settings.page_bytes)
        if answer.status == _NOT_FOUND:
            return Receipt.REFUSED
        if answer.status != _OK:
            raise self._line.refusal(answer, "a request")
        request = object_of(answer.body, "a request")
        if request.get("status") == status:
            return Receipt.ACCEPTED
        request["status"] = status
        # The standard has these read only.
        request = {name: each for name, each in request.items() if name not in {"credentialRequestId", "credentialIds"}}
        answer = self._line.ask(
            "PUT", path, params=params, content=json.dumps(request).encode(), headers=_JSON, bound=_SMALL
        )
        if answer.status in {_FORBIDDEN, _NOT_FOUND}:
            return Receipt.REFUSED
        if answer.status != _DONE:
            raise self._line.refusal(answer, "an update")
        return Receipt.ACCEPTED
