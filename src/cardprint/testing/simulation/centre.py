"""A simulated centre: it owes requests, and counts what it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cardprint.errors import SourceError
from cardprint.model import CardRequest, Cursor, New, OutcomeReport, Page, Receipt
from cardprint.plugin import DataSource

__all__ = ["Centre"]

_PAGE = 2


class Centre(DataSource):
    """Give requests page by page, and take reports; a report that comes again counts once."""

    name = "centre"

    def __init__(self, requests: int, *, needs: frozenset[str] = frozenset()) -> None:
        self.requests = tuple(
            CardRequest(request_id=f"r{number}", subject_id=f"subject-{number}", needs=needs)
            for number in range(requests)
        )
        self.reports: dict[str, OutcomeReport] = {}
        """Reports by key, as first heard."""
        self.heard: Counter[str] = Counter()
        """How often each key was heard."""
        self.deaf = 0
        """Replies still to be lost."""

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the pages after the cursor."""
        begin = int(cursor) if cursor else 0
        for start in range(begin, len(self.requests), _PAGE):
            page = self.requests[start : start + _PAGE]
            items = tuple(New(request=request) for request in page)
            yield Page(items=items, cursor=Cursor(str(start + len(page))))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Hear reports; where the line is bad, the reply is lost."""
        for report in reports:
            self.reports.setdefault(report.key, report)
            self.heard[report.key] += 1
        if self.deaf:
            self.deaf -= 1
            raise SourceError("the line broke before the reply.")
        return [Receipt.ACCEPTED] * len(reports)
