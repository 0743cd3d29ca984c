"""A simulated centre: it owes requests, or leases them, and counts what it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import attrs

from cardprint.errors import SourceError
from cardprint.model import (
    CardRequest,
    Cursor,
    Granted,
    GrantRenewed,
    GrantReturned,
    Item,
    New,
    OutcomeReport,
    Page,
    Receipt,
)
from cardprint.plugin import DataSource

__all__ = ["Centre"]

_PAGE = 2
_DAY = timedelta(days=1)


@attrs.define
class _Lease:
    """What the office may print, and until when."""

    name: str
    until: date


class Centre(DataSource):
    """Give requests page by page, and take reports; a report that comes again counts once.

    With ``leased`` every request is leased until tomorrow, renewed when it is asked, and leased anew once the lease
    has ended. ``today`` is the centre's own day, which no clock of the office moves.
    """

    name = "centre"

    def __init__(
        self,
        requests: int,
        *,
        needs: frozenset[str] = frozenset(),
        leased: bool = False,
        today: Callable[[], date] = lambda: date.min,
    ) -> None:
        self.requests = {
            f"r{number}": CardRequest(request_id=f"r{number}", subject_id=f"subject-{number}", needs=needs)
            for number in range(requests)
        }
        self.reports: dict[str, OutcomeReport] = {}
        """Reports by key, as first heard."""
        self.heard: Counter[str] = Counter()
        """How often each key was heard."""
        self.deaf = 0
        """Replies still to be lost."""
        self.latest: dict[str, date] = {}
        """For each request the last day of any lease that was told."""
        self._leased = leased
        self._today = today
        self._leases: dict[str, _Lease] = {}
        self._given = 0
        self._log: list[Item] = []
        for request in self.requests.values():
            if leased:
                self._lease(request)
            else:
                self._log.append(New(request=request))

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Renew and fill the lease, then yield the pages after the cursor."""
        if self._leased:
            self._fill()
        begin = int(cursor) if cursor else 0
        for start in range(begin, len(self._log), _PAGE):
            page = self._log[start : start + _PAGE]
            yield Page(items=tuple(page), cursor=Cursor(str(start + len(page))))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Hear reports; where the line is bad, the reply is lost."""
        for report in reports:
            if report.key not in self.reports:
                self._hear(report)
            self.reports.setdefault(report.key, report)
            self.heard[report.key] += 1
        if self.deaf:
            self.deaf -= 1
            raise SourceError("the line broke before the reply.")
        return [Receipt.ACCEPTED] * len(reports)

    def take_back(self, number: int) -> None:
        """Take a lease back, by the word of a person at the centre; one of those that hold, by its number."""
        if self._leases:
            request_id = sorted(self._leases)[number % len(self._leases)]
            self._log.append(GrantReturned(grant_id=self._leases.pop(request_id).name))

    def _hear(self, report: OutcomeReport) -> None:
        lease = self._leases.get(report.request_id)
        if report.outcome == "printed" or (
            report.outcome == "canceled" and lease is not None and lease.name == report.grant_id
        ):
            self._leases.pop(report.request_id, None)

    def _fill(self) -> None:
        """Renew what ends today, and lease what nobody holds and no card is known of."""
        printed = {report.request_id for report in self.reports.values() if report.outcome == "printed"}
        until = self._today() + _DAY
        for request in self.requests.values():
            lease = self._leases.get(request.request_id)
            if lease is None and request.request_id not in printed:
                self._lease(request)
            elif lease is not None and lease.until < until:
                lease.until = self.latest[request.request_id] = until
                self._log.append(GrantRenewed(grant_id=lease.name, until=until))

    def _lease(self, request: CardRequest) -> None:
        self._given += 1
        lease = self._leases[request.request_id] = _Lease(f"L-{self._given}", self._today() + _DAY)
        self.latest[request.request_id] = lease.until
        self._log.append(Granted(request=request, grant_id=lease.name, until=lease.until))
