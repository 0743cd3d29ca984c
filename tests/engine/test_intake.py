"""A page is let in as a whole, and leaves what its items would leave one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint import CardRequest, RequestType, Station
from cardprint.engine.intake import Intake
from cardprint.errors import StoreError
from cardprint.model import Cursor, Granted, GrantReturned, Item, New, Page, Rejected, Revoked, Verdict, VerdictChanged
from cardprint.model.pages import Corrected
from cardprint.model.syncing import IntakeReport
from cardprint.plugin import Finding, RequestValidator
from cardprint.station.doors import add_reports
from support.stations import station_config

_BOOKS = (
    "SELECT id, source, request_id, revision, digest, subject_id, verdict, fields FROM request ORDER BY id",
    "SELECT id, request, request_type, state, reasons, lane, rank, placement, cancel_wished FROM job ORDER BY id",
    "SELECT id, name, kind, needs, waiting FROM lane ORDER BY id",
    "SELECT id, reason, details FROM placement ORDER BY id",
    "SELECT state, request_type, jobs FROM tally ORDER BY state, request_type",
    "SELECT id, line, field, rule, shape FROM reject ORDER BY id",
    "SELECT grant_id, request, returned FROM issued_grant ORDER BY grant_id",
    "SELECT id, job, outcome FROM outbox ORDER BY id",
    "SELECT event, job, data FROM journal WHERE event <> 'page-stored' ORDER BY seq",
)
"""All that intake writes, row by row with the rows' numbers, but for its one line a page."""


class OddNames(RequestValidator):
    """Refuse one name, and wonder about another."""

    def check(self, request: CardRequest) -> Sequence[Finding]:
        name = request.fields["name"]
        return [Finding(rule=f"x-{name}", refuse=name == "refused")] if name in {"odd", "refused"} else []


_IDS = st.sampled_from(["r1", "r2", "r3", "r4"])
_REQUESTS = st.builds(
    CardRequest,
    request_id=_IDS,
    subject_id=st.sampled_from(["s1", "s2", "s3"]),
    request_type=st.sampled_from([RequestType.FIRST_ISSUANCE, RequestType.FIRST_ISSUANCE, RequestType.REPLACEMENT]),
    priority=st.integers(0, 1),
    waiting_since=st.sampled_from([None, date(2025, 3, 1)]),
    verdict=st.sampled_from([Verdict.PRINT_READY, Verdict.PRINT_READY, *Verdict]),
    kind=st.sampled_from(["standard", "other", "No Keyword"]),
    fields=st.fixed_dictionaries({"name": st.sampled_from(["Wila", "odd", "refused"])}),
)
_LINES = st.integers(2, 99)
_ITEMS = st.one_of(
    st.builds(New, request=_REQUESTS, line=_LINES),
    st.builds(New, request=_REQUESTS, line=_LINES),
    st.builds(Corrected, request=_REQUESTS, line=_LINES),
    st.builds(Granted, request=_REQUESTS, grant_id=st.uuids().map(str)),
    st.builds(Granted, request=_REQUESTS, grant_id=st.just("")),
    st.builds(GrantReturned, grant_id=st.just("")),
    st.builds(Revoked, request_id=_IDS),
    st.builds(VerdictChanged, request_id=_IDS, verdict=st.sampled_from(Verdict)),
    st.builds(Rejected, line=_LINES, column=st.just(""), rule=st.just("x-ragged-row")),
)


def named(items: Sequence[Item]) -> list[Item]:
    """Give each grant a name of its own, and what comes back the name of one that was given before."""
    given: list[str] = []
    made: list[Item] = []
    for number, item in enumerate(items):
        if isinstance(item, Granted):
            given.append(f"g{number}")
            made.append(attrs.evolve(item, grant_id=given[-1]))
        elif isinstance(item, GrantReturned):
            made.append(attrs.evolve(item, grant_id=given[number % len(given)] if given else "nobody's"))
        else:
            made.append(item)
    return made


@contextmanager
def opened(folder: Path) -> Iterator[Station]:
    config = attrs.evolve(station_config(folder / "station"), printers=())
    with Station.open(config, plugins=[OddNames()]) as station:
        yield station


def books(station: Station) -> list[list[tuple[Any, ...]]]:
    with station._database.reading() as reading:
        return [reading.all(query) for query in _BOOKS]


def take_in(station: Station, pages: Sequence[Sequence[Item]]) -> IntakeReport:
    intake, report = Intake(station._parts, "centre"), IntakeReport()
    for page in pages:
        report = add_reports(report, intake.store(Page(items=tuple(page), cursor=Cursor("c"))))
    return report


@pytest.mark.no_cover  # long, and other tests meet the same lines
@given(items=st.lists(_ITEMS, max_size=25).map(named), sizes=st.lists(st.integers(1, 25), min_size=25, max_size=25))
@settings(max_examples=60)
def test_the_same_items_leave_the_same_books_in_any_paging(items: list[Item], sizes: list[int]) -> None:
    rest = iter(items)
    pages = [page for size in sizes if (page := list(islice(rest, size)))]
    results = []
    for paging in ([[item] for item in items], pages, [items]):
        with TemporaryDirectory() as folder, opened(Path(folder)) as station:
            report = attrs.evolve(take_in(station, paging), pages=0)
            assert station.check().ok
            results.append((report, books(station)))
    assert results[1] == results[0]
    assert results[2] == results[0]


def request(number: int, subject: str = "") -> CardRequest:
    return CardRequest(
        request_id=f"r{number}", subject_id=subject or f"s{number}", kind=f"kind-{number}", fields={"name": "Wila"}
    )


def test_a_page_writes_one_line_of_the_journal(tmp_path: Path) -> None:
    with opened(tmp_path) as station:
        before = len(station.journal.lines())
        report = take_in(station, [[New(request=request(number)) for number in range(120)]])
        assert report.new == 120
        lines = station.journal.lines(after=before)
    assert [(line.event, line.data["counts"]) for line in lines] == [("page-stored", {"new": 120})]


def test_a_second_first_issuance_of_a_person_is_held_within_a_page_and_across_pages(tmp_path: Path) -> None:
    pages = [[New(request=request(1, "s")), New(request=request(2, "s"))], [New(request=request(3, "s"))]]
    with opened(tmp_path) as station:
        assert take_in(station, pages).held == 2
        assert [job.reasons for job in station.jobs.list()] == [
            (),
            ("x-suspected-duplicate",),
            ("x-suspected-duplicate",),
        ]


def test_who_was_withdrawn_earlier_in_the_page_keeps_nobody_from_a_first_card(tmp_path: Path) -> None:
    page: list[Item] = [
        New(request=request(1, "s")),
        Revoked(request_id="r1"),
        New(request=request(2, "s")),
        VerdictChanged(request_id="r2", verdict=Verdict.DUPLICATE),
        New(request=attrs.evolve(request(3, "s"), verdict=Verdict.REVOKED)),
        New(request=request(4, "s")),
        New(request=request(5, "s")),
    ]
    with opened(tmp_path) as station:
        assert take_in(station, [page]).held == 1
        assert [job.state.value for job in station.jobs.list()] == [*["canceled"] * 3, "pending", "held"]


def test_a_request_that_comes_twice_in_a_page_is_known_or_corrected(tmp_path: Path) -> None:
    changed = attrs.evolve(request(1), fields={"name": "Dantorika"})
    page = [New(request=each) for each in (request(1), request(1), changed, changed, request(2))]
    with opened(tmp_path) as station:
        report = take_in(station, [page])
        assert (report.new, report.known, report.corrected) == (2, 2, 1)
        assert [job.request_id for job in station.jobs.list()] == ["r1", "r2"]


def test_a_page_that_fails_leaves_nothing_and_the_next_one_makes_its_lanes_anew(tmp_path: Path) -> None:
    two = tuple(New(request=request(number)) for number in range(2))
    with opened(tmp_path) as station:
        intake = Intake(station._parts, "centre")
        empty = books(station)
        # A cursor that no store takes fails the page after its rows are written.
        with pytest.raises(StoreError):
            intake.store(Page(items=two, cursor=Cursor(b"c" * 10)))  # type: ignore[arg-type]
        assert books(station) == empty
        assert intake.store(Page(items=two[1:], cursor=Cursor("c"))).new == 1
        assert station.check().ok
        with station._database.reading() as reading:
            assert reading.value("SELECT l.kind FROM job AS j JOIN lane AS l ON l.id = j.lane") == "kind-1"
