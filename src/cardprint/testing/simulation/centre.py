"""A simulated centre: it owes requests, or leases them, and counts what it is told."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import attrs

from cardprint.errors import SourceError
from cardprint.model import (
    CardRequest,
    Corrected,
    Cursor,
    Granted,
    GrantRenewed,
    GrantReturned,
    Item,
    New,
    OutcomeReport,
    Page,
    Receipt,
    Revoked,
)
from cardprint.plugin import DataSource
from cardprint.testing.simulation.plan import Plan
from cardprint.testing.sources import portrait

__all__ = ["Centre", "CentreInMemory", "Lease", "photo_of", "requests_of"]

_PAGE = 2
_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Lease:
    """State what an office was told that it may print."""

    name: str
    request_id: str
    until: date
    """The last day that was told of it."""
    returned: bool = False
    """Whether the centre has taken it back."""


class Centre(ABC):
    """Be the other end of an office's line, which outlives the station's processes.

    It has the requests of its plan from the start, and all are leased until tomorrow, where they are leased. What it
    is asked for it does by a day of its own, which no clock of the office moves. Its first state follows from the
    plan's size alone.
    """

    @abstractmethod
    def source(self) -> DataSource:
        """Give the data source of a process of the station that begins."""

    @abstractmethod
    def told(self) -> Sequence[OutcomeReport]:
        """Give every report that it was told; one that comes again counts once."""

    @abstractmethod
    def leases(self) -> Sequence[Lease]:
        """Give every lease of which the office was told, or is told when it asks next."""

    @abstractmethod
    def lose_reply(self) -> None:
        """Hear the next reports, and let the reply be lost."""

    @abstractmethod
    def cut_photo(self) -> None:
        """Let the line be cut in the midst of the next photo."""

    @abstractmethod
    def take_back(self, number: int) -> None:
        """Take a lease back, by the word of a person at the centre; one of those that hold, by its number."""

    @abstractmethod
    def add_photo(self, number: int) -> None:
        """Get a photo that was lacking, one of those by its number, and tell of its request once more."""

    @abstractmethod
    def correct(self, number: int) -> None:
        """Let a request name another photo, one that is leased, by its number."""

    @abstractmethod
    def revoke(self, number: int) -> None:
        """Revoke a request for ever, one that is leased, by its number."""

    @abstractmethod
    def revoked(self) -> Collection[str]:
        """Give the requests that were revoked."""

    @abstractmethod
    def calm(self) -> None:
        """Let faults stop: lines hold from now on, and photos that were lacking are there."""

    def close(self) -> None:
        """Put everything away. Default: there is nothing."""


def requests_of(plan: Plan) -> list[CardRequest]:
    """Give the requests of a plan."""
    needs = frozenset({"contact-chip"} if plan.chips else ())
    names = [f"r{number}" for number in range(plan.jobs)]
    return [
        CardRequest(
            request_id=name,
            subject_id=f"subject-{number}",
            needs=needs,
            photo=photo_of(number)[0] if plan.photos else "",
        )
        for number, name in enumerate(names)
    ]


def photo_of(number: int, version: int = 0) -> tuple[str, bytes]:
    """Give name and bytes of a request's photo, by its number; another one for each version."""
    content = portrait(1000 * version + number)
    return hashlib.sha256(content).hexdigest(), content


class CentreInMemory(Centre, DataSource):
    """Give requests page by page, and take reports; it is its own data source.

    A lease is renewed when the office asks, and a request leased anew once its lease has ended.
    """

    name = "centre"

    def __init__(self, plan: Plan, folder: Path, today: Callable[[], date]) -> None:
        self.requests = {request.request_id: request for request in requests_of(plan)}
        self.reports: dict[str, OutcomeReport] = {}
        """Reports by key, as first heard."""
        self._leased = plan.leased
        self._today = today
        self._leases: dict[str, Lease] = {}
        """Those that hold, by request."""
        self._ended: list[Lease] = []
        self._revoked: set[str] = set()
        self._given = self._deaf = self._cuts = self._versions = 0
        self._photos = {request.photo: photo_of(number)[1] for number, request in enumerate(self.requests.values())}
        self._lacking = [name for name, there in zip(self.requests, plan.photos, strict=False) if not there]
        self._log: list[Item] = []
        for request in self.requests.values():
            if self._leased:
                self._lease(request)
            else:
                self._log.append(New(request=request))

    def source(self) -> DataSource:
        """Give itself."""
        return self

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
        if self._deaf:
            self._deaf -= 1
            raise SourceError("the line broke before the reply.")
        return [Receipt.ACCEPTED] * len(reports)

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        """Give a photo, unless the line is cut or the photo is lacking."""
        if self._cuts:
            self._cuts -= 1
            raise SourceError("the line was cut in the midst of a photo.")
        if any(self.requests[name].photo == reference for name in self._lacking):
            return None
        return self._photos[reference][offset:]

    def told(self) -> Sequence[OutcomeReport]:
        """Give what was heard."""
        return list(self.reports.values())

    def leases(self) -> Sequence[Lease]:
        """Give all."""
        return [*self._ended, *self._leases.values()]

    def lose_reply(self) -> None:
        """Be deaf once more."""
        self._deaf += 1

    def cut_photo(self) -> None:
        """Cut one more."""
        self._cuts += 1

    def take_back(self, number: int) -> None:
        """Take a lease back."""
        if self._leases:
            request_id = sorted(self._leases)[number % len(self._leases)]
            lease = self._leases.pop(request_id)
            self._ended.append(attrs.evolve(lease, returned=True))
            self._log.append(GrantReturned(grant_id=lease.name))

    def add_photo(self, number: int) -> None:
        """Get one of the photos that are lacking."""
        if self._lacking:
            self._tell(self._lacking.pop(number % len(self._lacking)))

    def correct(self, number: int) -> None:
        """Let a request name another photo, which the centre has."""
        if self._leases:
            request_id = sorted(self._leases)[number % len(self._leases)]
            self._versions += 1
            photo, content = photo_of(number, self._versions)
            self._photos[photo] = content
            self._lacking = [name for name in self._lacking if name != request_id]
            self.requests[request_id] = attrs.evolve(self.requests[request_id], photo=photo)
            self._tell(request_id)

    def revoke(self, number: int) -> None:
        """Revoke a request."""
        if self._leases:
            request_id = sorted(self._leases)[number % len(self._leases)]
            self._revoked.add(request_id)
            self._ended.append(self._leases.pop(request_id))
            self._log.append(Revoked(request_id=request_id))

    def revoked(self) -> Collection[str]:
        """Give those."""
        return self._revoked

    def calm(self) -> None:
        """Have all photos."""
        self._cuts = 0
        while self._lacking:
            self.add_photo(0)

    def _tell(self, request_id: str) -> None:
        """Tell of a request once more; of one that is not leased the next lease tells."""
        if request_id in self._leases:
            self._log.append(Corrected(request=self.requests[request_id]))

    def _hear(self, report: OutcomeReport) -> None:
        lease = self._leases.get(report.request_id)
        if lease is not None and (
            report.outcome == "printed" or (report.outcome == "canceled" and lease.name == report.grant_id)
        ):
            self._ended.append(self._leases.pop(report.request_id))

    def _fill(self) -> None:
        """Renew what ends today, and lease what nobody holds, no card is known of, and nobody has revoked."""
        done = {report.request_id for report in self.reports.values() if report.outcome == "printed"} | self._revoked
        until = self._today() + _DAY
        for request in self.requests.values():
            lease = self._leases.get(request.request_id)
            if lease is None and request.request_id not in done:
                self._lease(request)
            elif lease is not None and lease.until < until:
                self._leases[request.request_id] = attrs.evolve(lease, until=until)
                self._log.append(GrantRenewed(grant_id=lease.name, until=until))

    def _lease(self, request: CardRequest) -> None:
        self._given += 1
        name, until = f"L-{self._given}", self._today() + _DAY
        lease = self._leases[request.request_id] = Lease(name=name, request_id=request.request_id, until=until)
        self._log.append(Granted(request=request, grant_id=lease.name, until=lease.until))
