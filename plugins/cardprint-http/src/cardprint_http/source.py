"""A server as a data source."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

import httpx2

from cardprint.errors import SourceError
from cardprint.model import Cursor, OutcomeReport, Page, Receipt
from cardprint.plugin import DataSource, PluginContext
from cardprint_http.contract import encode_reports, item_of, page_of, receipts_of
from cardprint_http.line import Line
from cardprint_http.settings import HttpSettings

__all__ = ["HttpSource"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


class HttpSource(DataSource):
    """Read requests from a server in pages, and tell it what became of them.

    The cursor is the server's. Every call asks once: trying again is the station's business, which stores
    each page before it asks for the next and keeps what it owes in its outbox.
    """

    def __init__(self, settings: HttpSettings, context: PluginContext) -> None:
        self._settings = settings
        self._line = Line(settings, context)

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield pages from after ``cursor`` until the server has no more.

        Raises SourceError where the line is down or a page is not to the contract; a bad item is Rejected.
        """
        limit = self._settings.page_size
        more = True
        while more:
            params = {"limit": str(limit), **({} if cursor is None else {"after": cursor})}
            answer = self._line.ask("GET", "requests", params=params, bound=self._settings.page_bytes)
            if answer.status != httpx2.codes.OK:
                raise self._line.refusal(answer, "requests")
            page = page_of(answer.body, limit=limit)
            if page.cursor == cursor and (page.items or page.more):
                raise SourceError(
                    "The server's cursor does not move, though there is more.",
                    cure="Ask those who run the server to keep to the contract in cardprint-http's README.",
                )
            if page.cursor != cursor:
                cursor = Cursor(page.cursor)
                yield Page(items=tuple(item_of(raw, number) for number, raw in enumerate(page.items, 1)), cursor=cursor)
            more = page.more

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Post reports and give the server's receipts; raise SourceError where the line is down."""
        receipts: list[Receipt] = []
        for start in range(0, len(reports), self._settings.page_size):
            part = list(reports[start : start + self._settings.page_size])
            answer = self._line.ask(
                "POST",
                "outcomes",
                content=encode_reports(part),
                headers={"Content-Type": "application/json"},
                bound=self._settings.page_bytes,
            )
            if answer.status != httpx2.codes.OK:
                raise self._line.refusal(answer, "receipts")
            receipts += receipts_of(answer.body, count=len(part))
        return receipts

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        """Give a photo's bytes from ``offset`` on, None where the server has none of that SHA-256.

        A whole photo with other bytes is asked for once more; where they come again the server has no such photo, and
        its request alone is without it. Raises SourceError where the line is down, or they are others each time.
        """
        if not _SHA256.fullmatch(reference):
            return None
        body, wrong = self._photo(reference, offset)
        if wrong:
            body, again = self._photo(reference, offset)
            if again and again != wrong:
                raise SourceError(
                    "The server's photo has other bytes than its name says, and others each time.",
                    cure="The station tries again; if it stays so, ask those who run the server.",
                )
        return body

    def _photo(self, reference: str, offset: int) -> tuple[bytes | None, str]:
        """Give a photo's bytes from ``offset`` on, or else the SHA-256 of the wrong photo that came."""
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        answer = self._line.ask("GET", f"photos/{reference}", headers=headers, bound=self._settings.photo_bytes)
        if answer.status == httpx2.codes.NOT_FOUND:
            return None, ""
        if answer.status == httpx2.codes.PARTIAL_CONTENT and offset:
            return answer.body, ""
        if answer.status != httpx2.codes.OK:
            raise self._line.refusal(answer, "a photo")
        found = hashlib.sha256(answer.body).hexdigest()
        return (answer.body[offset:], "") if found == reference else (None, found)

    def close(self) -> None:
        """Hang up."""
        self._line.close()
