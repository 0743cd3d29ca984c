"""Photos that come after their records: fetched in the order in which their cards would be drawn."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from cardprint.engine.holding import settle
from cardprint.engine.parts import Parts
from cardprint.engine.photos import keep_photo, looks_like_photo, sync_folder
from cardprint.model.choosing import LaneView, StockView
from cardprint.plugin import DataSource
from cardprint.store import Reading, awaited, lanes, ledger, places
from cardprint.store.awaited import Awaited

__all__ = ["bring", "fetch"]

_log = logging.getLogger(__name__)
_AT_ONCE = 16
"""Photos for which a source is asked in one go, and which are settled in one transaction."""
_KEPT = ""


def fetch(parts: Parts, name: str, source: DataSource, *, enough: Callable[[], bool]) -> Iterator[int]:
    """Fetch what a source's requests wait for until nothing is left or it is ``enough``; yield how many came.

    A photo is durable before its job waits for a blank. One that the source has not, or that is no photo, stays the
    reason why its job is held. What came before a line was cut is kept; the source's error is raised.
    """
    while True:
        with parts.database.reading() as reading:
            wanted = _most_urgent(reading, parts, name)
        if not wanted:
            return
        became: dict[str, str] = {each.photo: _KEPT for each in wanted if (parts.photos / each.photo).exists()}
        asked = list(dict.fromkeys(each.photo for each in wanted if each.photo not in became))
        try:
            for photo, data in source.fetch_photos(asked):
                became[photo] = _kept(parts, photo, data)
            # What a source passes over in silence it does not have.
            became |= dict.fromkeys((photo for photo in asked if photo not in became), awaited.NO_PHOTO)
        finally:
            came = _settled(parts, name, wanted, became)
        yield came
        if enough():
            return


def bring(parts: Parts, name: str, bundle: DataSource) -> Iterator[int]:
    """Take from a bundle the photos that a source's requests wait for; yield how many came.

    What the bundle has not may still come over the line.
    """
    with parts.database.reading() as reading:
        wanted = awaited.all_of(reading, name)
    for start in range(0, len(wanted), _AT_ONCE):
        row = wanted[start : start + _AT_ONCE]
        found = bundle.fetch_photos(list(dict.fromkeys(each.photo for each in row)))
        became = {photo: _kept(parts, photo, data) for photo, data in found if data is not None}
        yield _settled(parts, name, row, {photo: word for photo, word in became.items() if word == _KEPT})


def _kept(parts: Parts, photo: str, data: bytes | None) -> str:
    """Keep a photo that came; give why its job stays held, if it does."""
    if data is None or hashlib.sha256(data).hexdigest() != photo:
        return awaited.NO_PHOTO
    if not looks_like_photo(data):
        return awaited.UNREADABLE
    keep_photo(parts.photos, data)
    return _KEPT


def _settled(parts: Parts, name: str, wanted: Sequence[Awaited], became: dict[str, str]) -> int:
    """Let the jobs wait for a blank whose photos came; a job that was decided about meanwhile stays as it is."""
    answered = [each for each in wanted if each.photo in became]
    if not answered:
        return 0
    sync_folder(parts.photos)
    came = 0
    with parts.database.transaction(parts.clock.now()) as tx:
        for each in answered:
            if awaited.still_wants(tx, each):
                instead = became[each.photo]
                came += not instead
                settle(tx, each.job, awaited.AWAITED, instead=instead)
        tx.note("photos-stored", source=name, count=came)
    parts.committed()
    return came


def _most_urgent(reading: Reading, parts: Parts, source: str) -> list[Awaited]:
    """Give the photos whose cards would be drawn first, if all were there; the kinds of blank take turns."""
    rows = [_drawn(reading, parts, source, kind) for kind in awaited.kinds(reading, source)]
    return [row[place] for place in range(_AT_ONCE) for row in rows if place < len(row)][:_AT_ONCE]


def _drawn(reading: Reading, parts: Parts, source: str, kind: str) -> list[Awaited]:
    lines = awaited.waiting(reading, source, kind, _AT_ONCE)
    day = parts.day(reading)
    left = ledger.kinds_balance(reading, kind)
    stock = StockView(kind=kind, in_hopper=max(left, 1), in_station=max(left, 1), business_date=day)
    # Those who wait for a blank are drawn before those whose photo is still to come.
    drawn = Counter(_counts(reading, parts, kind))
    for _, name, waiting in places.parts(reading, kind):
        drawn[name] += waiting
    taken: list[Awaited] = []
    while lines and len(taken) < _AT_ONCE:
        views = tuple(
            LaneView(name=name, waiting=len(line), head_since=line[0].since, drawn=drawn[name])
            for name, line in lines.items()
        )
        lane = _turn(parts, views, stock)
        taken.append(lines[lane].pop(0))
        drawn[lane] += 1
        if not lines[lane]:
            del lines[lane]
    return taken


def _counts(reading: Reading, parts: Parts, kind: str) -> dict[str, int]:
    try:
        return lanes.counts(reading, kind, parts.counted_for(parts.day(reading)))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; photos come in some order all the same
        _log.error("the allocation policy failed with %s; photos are fetched by lane", type(error).__name__)
        return {}


def _turn(parts: Parts, views: tuple[LaneView, ...], stock: StockView) -> str:
    """Give the lane that the policy would draw from; the first one where it draws from none."""
    try:
        lane = parts.policy.draw(views, stock).lane
    except Exception as error:  # noqa: BLE001 - the same
        _log.error("the allocation policy failed with %s; photos are fetched by lane", type(error).__name__)
        lane = None
    names = [view.name for view in views]
    return lane if lane in names else names[0]
