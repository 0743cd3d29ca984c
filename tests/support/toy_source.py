"""A data source over a list in memory, and bad ones for each rule of the suite."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import attrs

from cardprint.errors import SourceError
from cardprint.model import (
    CardRequest,
    Cursor,
    Item,
    New,
    OutcomeReport,
    Page,
    Receipt,
    Rejected,
    RequestType,
    Verdict,
)
from cardprint.plugin import DataSource
from cardprint.testing.sources import PAGE, Origin, Row

__all__ = ["BAD_SOURCES", "LaterSource", "ToyOrigin", "ToySource"]


@attrs.define
class ToyLog:
    """Hold what happened at the other end, in order."""

    rows: list[Row] = attrs.field(factory=list)
    photos: dict[str, bytes] = attrs.field(factory=dict)
    reports: list[tuple[str, str, str]] = attrs.field(factory=list)
    pulls: int = 0


class ToySource(DataSource):
    """Read the log by number."""

    size = PAGE

    def __init__(self, log: ToyLog) -> None:
        self.log = log
        self.start(log)

    def start(self, log: ToyLog) -> None:
        """Do what a bad one does when it is made."""

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        start = self.place_of(cursor)
        while start < len(self.log.rows):
            end = min(start + self.size, len(self.log.rows))
            rows = self.log.rows[start:end]
            yield Page(items=tuple(self.item(start + n, row) for n, row in enumerate(rows)), cursor=self.cursor(end))
            start = end

    def place_of(self, cursor: Cursor | None) -> int:
        return int(cursor) if cursor else 0

    def cursor(self, end: int) -> Cursor:
        return Cursor(str(end))

    def item(self, line: int, row: Row) -> Item:
        for name, convert in CONVERTED.items():
            try:
                convert(row[name])
            except ValueError:
                return self.rejected(line, name, row[name])
        request = CardRequest(
            request_id=row["request_id"],
            subject_id=row["subject_id"],
            request_type=RequestType(row["request_type"]),
            reason=row["reason"],
            priority=int(row["priority"]),
            waiting_since=date.fromisoformat(row["waiting_since"]),
            needs=frozenset(row["needs"].split()),
            verdict=Verdict(row["verdict"]),
            fields={"name": row["name"]},
        )
        return New(request=request, photo_bytes=self.photo(row["request_id"]))

    def rejected(self, line: int, column: str, value: str) -> Rejected:
        return Rejected(line=line, column=column, rule="x-not-understood")

    def photo(self, request_id: str) -> bytes | None:
        return self.log.photos.get(request_id)

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        return [self.take(report) for report in reports]

    def take(self, report: OutcomeReport) -> Receipt:
        if report.request_id not in {row["request_id"] for row in self.log.rows}:
            return self.unknown()
        if not self.known(report):
            self.log.reports.append((report.key, report.request_id, report.outcome))
        return Receipt.ACCEPTED

    def unknown(self) -> Receipt:
        return Receipt.REFUSED

    def known(self, report: OutcomeReport) -> bool:
        return report.key in {key for key, _, _ in self.log.reports}


CONVERTED: Mapping[str, Callable[[str], object]] = {
    "waiting_since": date.fromisoformat,
    "priority": int,
    "request_type": RequestType,
    "verdict": Verdict,
}


class ToyOrigin(Origin):
    """Write down what is new or has changed."""

    def __init__(self, kind: type[ToySource]) -> None:
        self.kind = kind
        self.log = ToyLog()
        self.latest: dict[str, Row] = {}

    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        changed = [dict(row) for row in rows if self.latest.get(row["request_id"]) != row]
        self.log.rows += changed
        self.latest |= {row["request_id"]: row for row in changed}
        self.log.photos.update(photos or {})

    def source(self) -> ToySource:
        return self.kind(self.log)

    def outcomes(self) -> list[tuple[str, str, str]]:
        return self.log.reports


# One thing wrong in each.


class _Nameless(ToySource):
    def item(self, line: int, row: Row) -> Item:
        return super().item(line, {**row, "reason": ""})


class _Large(ToySource):
    size = 2 * PAGE


class _Reordering(ToySource):
    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pull(cursor):
            yield attrs.evolve(page, items=page.items[::-1]) if cursor == "14" else page


class _Remembering(ToySource):
    def start(self, log: ToyLog) -> None:
        log.pulls += 1

    def place_of(self, cursor: Cursor | None) -> int:
        # Its place is the process's, and only the first processes know what the cursor means.
        return super().place_of(cursor) if self.log.pulls <= 4 else 0

    def cursor(self, end: int) -> Cursor:
        if end == len(self.log.rows):
            self.log.pulls = 0
        return super().cursor(end)


class _Endless(ToySource):
    def place_of(self, cursor: Cursor | None) -> int:
        start = super().place_of(cursor)
        return 0 if start == len(self.log.rows) == 20 else start


class _Telling(ToySource):
    def cursor(self, end: int) -> Cursor:
        return Cursor(json.dumps([end, self.log.rows[end - 1]["name"]]))

    def place_of(self, cursor: Cursor | None) -> int:
        place: int = json.loads(cursor)[0] if cursor else 0
        return place


class _Stale(ToySource):
    def item(self, line: int, row: Row) -> Item:
        first = next(each for each in self.log.rows if each["request_id"] == row["request_id"])
        return super().item(line, first)


class _Closed(ToySource):
    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        # Whoever has a cursor of twenty records is told nothing of one more.
        return iter(()) if cursor == "20" and len(self.log.rows) > 20 and self.fresh() else super().pull(cursor)

    def fresh(self) -> bool:
        return len({row["request_id"] for row in self.log.rows}) == 21


class _Strict(ToySource):
    def rejected(self, line: int, column: str, value: str) -> Rejected:
        raise ValueError


class _Quoting(ToySource):
    def rejected(self, line: int, column: str, value: str) -> Rejected:
        return Rejected(line=line, column=column, rule="x-not-understood", shape=value)


class _Mixing(ToySource):
    def photo(self, request_id: str) -> bytes | None:
        return next(iter(self.log.photos.values()), None) if request_id in self.log.photos else None


class _Faceless(ToySource):
    def item(self, line: int, row: Row) -> Item:
        item = super().item(line, row)
        again = row["request_id"] in {each["request_id"] for each in self.log.rows[:line]}
        return attrs.evolve(item, photo_bytes=None) if again and isinstance(item, New) else item


class LaterSource(ToySource):
    """Name photos in the records, and give them when it is asked."""

    def item(self, line: int, row: Row) -> Item:
        item = super().item(line, row)
        if not isinstance(item, New) or item.photo_bytes is None:
            return item
        return New(request=attrs.evolve(item.request, photo=self.name(item.photo_bytes)))

    def name(self, photo: bytes) -> str:
        return hashlib.sha256(photo).hexdigest()

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        found = {self.name(photo): photo for photo in self.log.photos.values()}.get(reference)
        return self.nothing() if found is None else found[offset:]

    def nothing(self) -> bytes | None:
        """Say that there is no such photo."""
        return None


class _Angry(LaterSource):
    def nothing(self) -> bytes | None:
        raise SourceError("There is no such photo.", cure="Ask for another one.")


class _Silent(LaterSource):
    def fetch_photos(self, references: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        return (found for found in super().fetch_photos(references) if found[1] is not None)


class _Forgetful(LaterSource):
    def start(self, log: ToyLog) -> None:
        self.named: set[str] = set()

    def name(self, photo: bytes) -> str:
        name = super().name(photo)
        self.named.add(name)
        return name

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        return super().fetch_photo(reference, offset) if reference in self.named else None


class _Backwards(ToySource):
    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        return super().acknowledge(reports[::-1])


class _Repeating(ToySource):
    def known(self, report: OutcomeReport) -> bool:
        return False


class _Waking(ToySource):
    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        if not reports:
            self.log.reports.append(("", "", "nothing"))
        return super().acknowledge(reports)


class _Exact(ToySource):
    def unknown(self) -> Receipt:
        raise KeyError


class _ClosedOnce(ToySource):
    open = True

    def close(self) -> None:
        if not self.open:
            raise RuntimeError
        self.open = False


BAD_SOURCES: Mapping[str, tuple[type[ToySource], ...]] = {
    "S1": (_Nameless,),
    "S2": (_Large,),
    "S3": (_Reordering,),
    "S4": (_Remembering,),
    "S5": (_Endless,),
    "S6": (_Telling,),
    "S7": (_Stale,),
    "S8": (_Closed,),
    "S9": (_Strict, _Quoting),
    "S10": (_Mixing,),
    "S11": (_Backwards,),
    "S12": (_Repeating,),
    "S13": (_Waking,),
    "S14": (_Exact,),
    "S15": (_ClosedOnce,),
    "S16": (_Faceless,),
    "S17": (_Angry, _Silent, _Forgetful),
}
"""Sources that break a rule, by its number."""
