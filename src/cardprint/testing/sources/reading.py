"""Rules S1 to S10, S16 and S17: what is read, page by page."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence

import attrs
import pytest

from cardprint.model import Corrected, Cursor, Item, New, Page, Rejected
from cardprint.plugin import DataSource
from cardprint.testing.rules import expect, rule
from cardprint.testing.sources.origin import PAGE, Origin, Row, made_up_rows, portrait

__all__ = ["Reading"]

_MANY = 40
_FEW = 20
_BAD = 8
"""Index of the record that is spoiled."""
_PERSON = "Orang Rahasia"
"""A made-up person's name."""
_CURSOR_MAX = 1000


class Reading:
    """Hold the rules of pages, cursors and records."""

    @rule(
        "S1",
        why="A request that is lost is a person without a card; one that comes twice may be two cards.",
        example="Every record of the export, with each of its fields under its own name.",
    )
    def test_every_request_arrives_once_and_whole(self, origin: Origin) -> None:
        """Every request arrives once, with all its fields."""
        rows = made_up_rows(_MANY)
        origin.put(rows)
        items = _items(_pages(origin.source()))
        expect(len(items) == len(rows), f"{len(items)} items of {len(rows)} records")
        found = _requests(items)
        for row in rows:
            arrived = found.get(row["request_id"])
            expect(arrived is not None, "a request did not arrive")
            if arrived is not None:
                differing = [name for name, value in _as_row(arrived).items() if row[name] != value]
                expect(not differing, f"these fields are not as they were sent: {', '.join(differing)}")

    @rule(
        "S2",
        why="A page is one transaction and is held in memory whole.",
        example="The page's size is a setting with a default of some hundreds.",
    )
    def test_pages_are_no_larger_than_asked_for(self, origin: Origin) -> None:
        """No page holds more items than the source is set to give."""
        origin.put(made_up_rows(_MANY))
        largest = max((len(page.items) for page in _pages(origin.source())), default=0)
        expect(largest <= PAGE, f"a page of {largest} items where {PAGE} were asked for")

    @rule(
        "S3",
        why="An import that is cut goes on after the last page that was stored, and nothing tells it what came after.",
        example="The cursor says how far the page reached: a byte, a sequence number, a token of the server's.",
    )
    def test_reading_resumes_after_any_page(self, origin: Origin) -> None:
        """From any page's cursor exactly the items after that page follow."""
        origin.put(made_up_rows(_MANY))
        pages = _pages(origin.source())
        for number, page in enumerate(pages, 1):
            rest = _items(_pages(origin.source(), page.cursor))
            expect(rest == _items(pages[number:]), f"after page {number} of {len(pages)} other items follow")

    @rule(
        "S4",
        why="Processes die between two pages, again and again, and each time another one goes on.",
        example="All that is needed to go on is in the cursor; nothing is in the source's memory.",
    )
    def test_a_pull_that_is_cut_goes_on_in_another_process(self, origin: Origin) -> None:
        """A pull that is cut after every page, and goes on in a fresh source, loses and doubles nothing."""
        origin.put(made_up_rows(_MANY))
        items: list[Item] = []
        cursor: Cursor | None = None
        for _ in range(_MANY + 1):
            page = next(iter(origin.source().pull(cursor)), None)
            if page is None:
                break
            items += page.items
            cursor = page.cursor
        expect(len(items) == _MANY, f"{len(items)} items of {_MANY} records")
        expect(len(_requests(items)) == _MANY, "a request is missing")

    @rule(
        "S5",
        why="A station asks again and again; what it has been given already only costs it time, or doubles cards.",
        example="No page, or an empty one, once there is nothing new.",
    )
    def test_at_the_end_there_is_nothing_more(self, origin: Origin) -> None:
        """From the last page's cursor nothing follows."""
        origin.put(made_up_rows(_FEW))
        last = _pages(origin.source())[-1]
        expect(not _items(_pages(origin.source(), last.cursor)), "items came again")

    @rule(
        "S6",
        why="A cursor goes to the store and to every log, and outlives the records by years.",
        example="An offset or an opaque token; never the last person's number.",
    )
    def test_a_cursor_is_a_short_text_without_personal_data(self, origin: Origin) -> None:
        """A cursor is a text of at most 1,000 characters without personal data, and works after it was stored."""
        rows = made_up_rows(_FEW)
        origin.put(rows)
        pages = _pages(origin.source())
        for page in pages:
            text: object = page.cursor
            expect(isinstance(text, str) and 0 < len(page.cursor) <= _CURSOR_MAX, "a cursor is no short text")
            leaks = [row for row in rows if row["subject_id"] in page.cursor or row["name"] in page.cursor]
            expect(not leaks, "a cursor holds a person's number or name")
        kept = Cursor(json.loads(json.dumps(pages[0].cursor)))
        expect(_items(_pages(origin.source(), kept)) == _items(pages[1:]), "a cursor that was stored reads otherwise")

    @rule(
        "S7",
        why="A name that was put right at the centre must be right on the card.",
        example="A changed record comes as `Corrected`, or once more as `New`.",
    )
    def test_a_changed_record_arrives_again(self, origin: Origin) -> None:
        """A record that was changed arrives again, as it is now."""
        rows = made_up_rows(_FEW)
        origin.put(rows)
        last = _pages(origin.source())[-1]
        rows[11]["name"] = "Orang Contoh Lain"
        origin.put(rows)
        again = _requests(_items(_pages(origin.source(), last.cursor))).get("R-12")
        expect(again is not None, "it did not arrive")
        if again is not None:
            expect(again.request.fields.get("name") == "Orang Contoh Lain", "it arrived as it was before")

    @rule(
        "S8",
        why="Requests come in day after day.",
        example="A file that has grown is read on, or anew; a server is asked for what came after the cursor.",
    )
    def test_an_added_record_arrives(self, origin: Origin) -> None:
        """A record that was added after the last page arrives."""
        origin.put(made_up_rows(_FEW))
        last = _pages(origin.source())[-1]
        origin.put(made_up_rows(_FEW + 1))
        found = _requests(_items(_pages(origin.source(), last.cursor)))
        expect(f"R-{_FEW + 1}" in found, "it did not arrive")

    @rule(
        "S9",
        why="One bad record must not keep all others waiting, and nobody may read of whom it was.",
        example='`Rejected(line=9, column="priority", rule="x-not-a-number", shape="13 characters")`.',
    )
    @pytest.mark.parametrize("column", ["waiting_since", "priority", "request_type", "verdict"])
    def test_a_bad_record_is_rejected_and_the_others_pass(self, origin: Origin, column: str) -> None:
        """A bad record comes as `Rejected`, by column and rule and without its value; the others pass."""
        rows = made_up_rows(_FEW)
        rows[_BAD][column] = _PERSON
        origin.put(rows)
        items = _items(_pages(origin.source()))
        found = _requests(items)
        expect(len(found) == _FEW - 1, f"{len(found)} of {_FEW - 1} good records passed")
        expect(rows[_BAD]["request_id"] not in found, "the bad record passed")
        rejected = [item for item in items if isinstance(item, Rejected)]
        expect(len(rejected) == 1, f"{len(rejected)} rejects of one bad record")
        for each in rejected:
            expect(each.column == column, f"the reject names the column {each.column!r} instead of {column!r}")
            expect(each.rule.startswith("x-"), f"{each.rule!r} is no keyword")
            expect(_PERSON not in repr(each), "the reject holds the value")

    @rule(
        "S10",
        why="A card without its portrait is no identity card.",
        example="`photo_file`, `photo_bytes`, or `fetch_photo` by the request's reference.",
    )
    def test_a_photo_comes_with_its_request(self, origin: Origin) -> None:
        """A photo comes with its own request, byte for byte."""
        count, with_photo = 10, 5
        wanted = {f"R-{number}": portrait(number) for number in range(1, with_photo + 1)}
        origin.put(made_up_rows(count), wanted)
        source = origin.source()
        found = _requests(_items(_pages(source)))
        photos = {name: _photo(source, item) for name, item in found.items() if isinstance(item, New)}
        expect({name: photo for name, photo in photos.items() if photo} == wanted, "a photo is missing or another's")

    @rule(
        "S16",
        why="A name that is put right must not cost the card its portrait, and a portrait may be what is put right.",
        example="`Corrected(request=..., photo_bytes=...)`, or once more `New` with its photo.",
    )
    def test_a_changed_record_arrives_with_its_photo(self, origin: Origin) -> None:
        """A record that was changed arrives with its photo, and with the new one where that was changed."""
        rows = made_up_rows(_FEW)
        origin.put(rows, {"R-3": portrait(3), "R-4": portrait(4)})
        last = _pages(origin.source())[-1]
        for index in (2, 3):
            rows[index]["name"] = "Orang Contoh Lain"
        wanted = {"R-3": portrait(3), "R-4": portrait(99)}
        origin.put(rows, wanted)
        source = origin.source()
        again = _requests(_items(_pages(source, last.cursor)))
        photos = {name: _photo(source, again[name]) for name in wanted if name in again}
        expect(photos == wanted, "a photo is missing, or the one before")

    @rule(
        "S17",
        why="A station asks for photos hours after the records, in another process, and for some that are gone.",
        example="`fetch_photos` answers each reference, with `None` for one that the source has not.",
    )
    def test_a_photo_may_be_asked_for_later(self, origin: Origin) -> None:
        """What a request names and does not bring, another process can ask for; a photo that is not there is `None`."""
        wanted = {"R-2": portrait(2), "R-5": portrait(5)}
        origin.put(made_up_rows(_FEW), wanted)
        found = _requests(_items(_pages(origin.source())))
        to_come = {
            item.request.photo: wanted.get(name)
            for name, item in found.items()
            if item.request.photo and item.photo_bytes is None and item.photo_file is None
        }
        nobody = hashlib.sha256(b"nobody").hexdigest()
        came = list(origin.source().fetch_photos([nobody, *to_come]))
        expect(len(came) == len(dict(came)), "a photo came twice")
        expect(dict(came) == {**to_come, nobody: None}, "a photo is missing, another's, or was passed over in silence")


def _pages(source: DataSource, cursor: Cursor | None = None) -> list[Page]:
    return list(source.pull(cursor))


def _items(pages: Sequence[Page]) -> list[Item]:
    return list(itertools.chain.from_iterable(page.items for page in pages))


def _requests(items: Sequence[Item]) -> dict[str, New | Corrected]:
    return {item.request.request_id: item for item in items if isinstance(item, New | Corrected)}


def _as_row(item: New | Corrected) -> Row:
    """Write a request as its record was written."""
    request = item.request
    texts = attrs.asdict(request, filter=attrs.filters.include("request_id", "subject_id", "reason"))
    return {
        **texts,
        "request_type": request.request_type.value,
        "priority": str(request.priority),
        "waiting_since": request.waiting_since.isoformat() if request.waiting_since else "",
        "needs": " ".join(sorted(request.needs)),
        "verdict": request.verdict.value,
        "name": request.fields.get("name", ""),
    }


def _photo(source: DataSource, item: New | Corrected) -> bytes | None:
    if item.photo_bytes is not None:
        return item.photo_bytes
    if item.photo_file is not None:
        return item.photo_file.read_bytes()
    return source.fetch_photo(item.request.photo) if item.request.photo else None
