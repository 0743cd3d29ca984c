"""What every data source must do, whatever it reads; subclassed once for each of ours."""

from __future__ import annotations

import hashlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import attrs
import pytest

from cardprint.model import Corrected, Cursor, Item, New, OutcomeReport, Page, Receipt, Rejected
from cardprint.plugin import DataSource

__all__ = ["PAGE", "DataSourceSuite", "Origin", "made_up_rows", "portrait"]

PAGE = 7
Row = Mapping[str, str]


def made_up_rows(count: int) -> list[dict[str, str]]:
    """Give records of people who do not exist."""
    return [
        {
            "request_id": f"R-{number}",
            "subject_id": f"{9900000000000000 + number}",
            "request_type": "REPLACEMENT" if number % 5 == 0 else "FIRST_ISSUANCE",
            "reason": "lost" if number % 5 == 0 else "",
            "priority": str(number % 10),
            "waiting_since": f"2024-01-{1 + number % 28:02}",
            "needs": "two-sided" if number % 3 == 0 else "",
            "verdict": "print-ready",
            "name": f"Orang Contoh, {number}",
        }
        for number in range(1, count + 1)
    ]


def portrait(seed: int) -> bytes:
    """Give bytes that begin as a PNG does."""
    return b"\x89PNG\r\n\x1a\n" + hashlib.sha256(str(seed).encode()).digest() * 40


class Origin(ABC):
    """Hold the data at the other end, as a test arranges them."""

    @abstractmethod
    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        """Hold these records and no others; ``photos`` by request id."""

    @abstractmethod
    def source(self) -> DataSource:
        """Give a source as a station that has just started has it, with pages of ``PAGE`` records."""

    @abstractmethod
    def outcomes(self) -> list[tuple[str, str, str]]:
        """Give key, request id and outcome of every report that has arrived, in order."""


@attrs.frozen
class Stored:
    """Keep what a station would keep."""

    requests: dict[str, New | Corrected]
    rejected: list[Rejected]


def stored(items: Sequence[Item]) -> Stored:
    requests: dict[str, New | Corrected] = {}
    rejected = []
    for item in items:
        if isinstance(item, New | Corrected):
            requests[item.request.request_id] = item
        elif isinstance(item, Rejected):
            rejected.append(item)
    return Stored(requests, rejected)


def items_of(pages: Sequence[Page]) -> list[Item]:
    return [item for page in pages for item in page.items]


def photo_of(source: DataSource, item: New) -> bytes | None:
    if item.photo_bytes is not None:
        return item.photo_bytes
    if item.photo_file is not None:
        return item.photo_file.read_bytes()
    return source.fetch_photo(item.request.photo) if item.request.photo else None


def report(number: int, outcome: str = "printed") -> OutcomeReport:
    return OutcomeReport(
        key=f"station:{number}",
        request_id=f"R-{number}",
        outcome=outcome,
        attempt_id=f"A-{number}",
        business_date="2024-05-02",
    )


class DataSourceSuite:
    """Subclass it, and give the fixture ``origin``."""

    @pytest.fixture
    def origin(self) -> Origin:
        raise NotImplementedError

    def test_every_request_arrives_once_and_whole(self, origin: Origin) -> None:
        rows = made_up_rows(40)
        origin.put(rows)
        items = items_of(list(origin.source().pull(None)))
        assert len(items) == len(rows)
        found = stored(items).requests
        for row in rows:
            request = found[row["request_id"]].request
            assert request.subject_id == row["subject_id"]
            assert request.request_type.value == row["request_type"]
            assert request.reason == row["reason"]
            assert str(request.priority) == row["priority"]
            assert request.waiting_since is not None
            assert request.waiting_since.isoformat() == row["waiting_since"]
            assert request.needs == frozenset(filter(None, [row["needs"]]))
            assert request.verdict.value == row["verdict"]
            assert dict(request.fields) == {"name": row["name"]}

    def test_pages_are_no_larger_than_asked_for(self, origin: Origin) -> None:
        origin.put(made_up_rows(40))
        sizes = [len(page.items) for page in origin.source().pull(None)]
        assert max(sizes) <= PAGE
        assert len(sizes) >= 40 / PAGE

    def test_reading_resumes_after_any_page(self, origin: Origin) -> None:
        origin.put(made_up_rows(40))
        pages = list(origin.source().pull(None))
        for number, page in enumerate(pages, 1):
            rest = items_of(list(origin.source().pull(page.cursor)))
            assert rest == items_of(pages[number:])

    def test_a_pull_that_is_cut_goes_on_in_another_process(self, origin: Origin) -> None:
        origin.put(made_up_rows(40))
        items: list[Item] = []
        cursor: Cursor | None = None
        for _ in range(40):
            pull = origin.source().pull(cursor)
            pages = list(itertools.islice(pull, 1))
            if not pages:
                break
            items += pages[0].items
            cursor = pages[0].cursor
        assert sorted(stored(items).requests) == sorted(row["request_id"] for row in made_up_rows(40))
        assert len(items) == 40

    def test_at_the_end_there_is_nothing_more(self, origin: Origin) -> None:
        origin.put(made_up_rows(20))
        last = list(origin.source().pull(None))[-1]
        assert items_of(list(origin.source().pull(last.cursor))) == []

    def test_a_changed_record_arrives_again(self, origin: Origin) -> None:
        rows = made_up_rows(20)
        origin.put(rows)
        last = list(origin.source().pull(None))[-1]
        rows[11]["name"] = "Orang Contoh Lain"
        origin.put(rows)
        again = stored(items_of(list(origin.source().pull(last.cursor)))).requests
        assert again["R-12"].request.fields["name"] == "Orang Contoh Lain"

    def test_an_added_record_arrives(self, origin: Origin) -> None:
        origin.put(made_up_rows(20))
        last = list(origin.source().pull(None))[-1]
        origin.put(made_up_rows(21))
        assert "R-21" in stored(items_of(list(origin.source().pull(last.cursor)))).requests

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("waiting_since", "Orang Rahasia"),
            ("priority", "Orang Rahasia"),
            ("request_type", "Orang Rahasia"),
            ("verdict", "Orang Rahasia"),
        ],
    )
    def test_a_bad_record_is_rejected_and_the_others_pass(self, origin: Origin, column: str, value: str) -> None:
        rows = made_up_rows(20)
        rows[8][column] = value
        origin.put(rows)
        found = stored(items_of(list(origin.source().pull(None))))
        assert len(found.requests) == 19
        assert "R-9" not in found.requests
        (rejected,) = found.rejected
        assert rejected.column == column
        assert rejected.rule.startswith("x-")
        assert "Rahasia" not in repr(rejected)

    def test_a_photo_comes_with_its_request(self, origin: Origin) -> None:
        origin.put(made_up_rows(10), {f"R-{number}": portrait(number) for number in range(1, 6)})
        source = origin.source()
        found = stored(items_of(list(source.pull(None)))).requests
        photos = {name: photo_of(source, item) for name, item in found.items() if isinstance(item, New)}
        assert photos == {f"R-{number}": portrait(number) if number <= 5 else None for number in range(1, 11)}

    def test_reports_arrive_and_each_has_its_receipt(self, origin: Origin) -> None:
        origin.put(made_up_rows(3))
        receipts = origin.source().acknowledge([report(1), report(2, "spoiled")])
        assert list(receipts) == [Receipt.ACCEPTED, Receipt.ACCEPTED]
        assert origin.outcomes() == [("station:1", "R-1", "printed"), ("station:2", "R-2", "spoiled")]

    def test_a_report_that_comes_again_counts_once(self, origin: Origin) -> None:
        origin.put(made_up_rows(3))
        source = origin.source()
        source.acknowledge([report(1)])
        assert list(source.acknowledge([report(1), report(2), report(2)])) == [Receipt.ACCEPTED] * 3
        assert list(origin.source().acknowledge([report(2), report(3)])) == [Receipt.ACCEPTED] * 2
        assert [key for key, _, _ in origin.outcomes()] == ["station:1", "station:2", "station:3"]

    def test_no_reports_have_no_receipts(self, origin: Origin) -> None:
        origin.put(made_up_rows(1))
        assert list(origin.source().acknowledge([])) == []
        assert origin.outcomes() == []
