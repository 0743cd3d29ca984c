"""Who would get the next blanks: a policy draws again and again over the live backlog, and nothing is written."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

import attrs

from cardprint.engine.explain import sentence
from cardprint.engine.parts import Parts, counted_for, placement_digest
from cardprint.errors import PluginError
from cardprint.language import Sentence
from cardprint.model.choosing import Draw, LaneView, Place, StockView
from cardprint.model.configuration import PluginUse
from cardprint.model.identifiers import JobId
from cardprint.model.ledger import hopper
from cardprint.model.outlook import Comparison, NextCard, Outlook
from cardprint.model.requests import CardRequest
from cardprint.plugin import AllocationPolicy
from cardprint.store import lanes, ledger, places

__all__ = ["Foresight"]

_PAGE = 1000
_NAMES = 500
_BEFORE_ALL = (-(2**63), -1)
_T = TypeVar("_T")
_Waiting = tuple[int, int, date | None]
"""Rank, job, and since when it waits."""


class _Line:
    """Hold a lane from which cards are drawn in thought."""

    def __init__(self, name: str, waiting: int, drawn: int, people: Iterator[_Waiting]) -> None:
        self._people = people
        self._head = next(people, None)
        self.view = LaneView(name=name, waiting=waiting, head_since=self._head[2] if self._head else None, drawn=drawn)

    @property
    def empty(self) -> bool:
        return self._head is None

    def take(self) -> int | None:
        if self._head is None:
            return None
        _, job, _ = self._head
        self._head = next(self._people, None)
        self.view = attrs.evolve(
            self.view,
            waiting=max(self.view.waiting - 1, 0 if self.empty else 1),
            head_since=self._head[2] if self._head else None,
            drawn=self.view.drawn + 1,
        )
        return job


@attrs.frozen(kw_only=True)
class _Rules:
    policy: AllocationPolicy
    use: PluginUse


class Foresight:
    """Look ahead for one kind of blank and a printer that can do all that is asked for.

    Reads in short pages and takes no lock to write, so that a station goes on beside it. Memory grows with the cards
    asked for and the lanes, not with the backlog.
    """

    def __init__(self, parts: Parts, *, kind: str, count: int, blanks: int | None) -> None:
        self._parts = parts
        self._kind = kind
        self._count = count
        with parts.database.reading() as reading:
            self._day = parts.day(reading)
            self._blanks = ledger.kinds_balance(reading, kind) if blanks is None else blanks
            loaded = sum(ledger.available(reading, hopper(printer.name), kind) for printer in parts.config.printers)
            self._progress = places.progress(reading)
        self._in_hoppers = loaded if blanks is None else blanks

    def today(self) -> Outlook:
        """Draw by the station's own policy, from where the jobs wait now."""
        rules = _Rules(policy=self._parts.policy, use=self._parts.config.policy)
        return self._outlook(rules, self._as_placed(rules))

    def compared(self, policy: AllocationPolicy, use: PluginUse) -> Comparison:
        """Draw by another policy as well, from where it would let the jobs wait."""
        today, rules = self.today(), _Rules(policy=policy, use=use)
        with self._parts.database.reading() as reading:
            waiting = sum(count for _, _, count in places.parts(reading, self._kind))
        if self._settled_by(rules):
            other, elsewhere = self._outlook(rules, self._as_placed(rules)), 0
        else:
            lines, waiting, elsewhere = self._placed_by(rules)
            other = self._outlook(rules, lines)
        mine, others = ([card.job_id for card in outlook.cards] for outlook in (today, other))
        place_of = {job: place for place, job in enumerate(others)}
        return Comparison(
            today=today,
            other=other,
            replaced=sum(job not in place_of for job in mine),
            moved=sum(place_of.get(job, place) != place for place, job in enumerate(mine)),
            waiting=waiting,
            placed_otherwise=elsewhere,
        )

    def _settled_by(self, rules: _Rules) -> bool:
        """Say whether every job waits where these rules have it."""
        return self._progress.done and self._progress.digest == _asked(
            lambda: placement_digest(rules.policy, rules.use)
        )

    def _pages(self, read: Callable[[tuple[int, int]], list[tuple[int, int, _T]]]) -> Iterator[tuple[int, int, _T]]:
        behind = _BEFORE_ALL
        while found := read(behind):
            yield from found
            behind = found[-1][:2]

    def _people(self, part: int) -> Iterator[_Waiting]:
        def read(behind: tuple[int, int]) -> list[_Waiting]:
            with self._parts.database.reading() as reading:
                return places.since_of_part(reading, part, behind, min(_PAGE, self._count))

        return self._pages(read)

    def _counts(self, rules: _Rules) -> dict[str, int]:
        said = _asked(lambda: counted_for(rules.policy, rules.use, self._day))
        with self._parts.database.reading() as reading:
            return lanes.counts(reading, self._kind, said)

    def _as_placed(self, rules: _Rules) -> list[_Line]:
        with self._parts.database.reading() as reading:
            parts = places.parts(reading, self._kind)
        counts = self._counts(rules)
        return [
            _Line(
                name,
                sum(count for _, part_of, count in parts if part_of == name),
                counts.get(name, 0),
                heapq.merge(*(self._people(row) for row, part_of, _ in parts if part_of == name)),
            )
            for name in dict.fromkeys(name for _, name, _ in parts)
        ]

    def _placed_by(self, rules: _Rules) -> tuple[list[_Line], int, int]:
        """Place everybody in thought; of each lane only the first ones are kept, in a heap with the last on top."""
        heaps: dict[str, list[tuple[int, int, date | None]]] = {}
        waiting: dict[str, int] = {}
        elsewhere = 0
        own = _Rules(policy=self._parts.policy, use=self._parts.config.policy)
        settled = self._settled_by(own)
        with self._parts.database.reading() as reading:
            parts = places.parts(reading, self._kind)
        for row, lane, _ in parts:

            def read(behind: tuple[int, int], part: int = row) -> list[tuple[int, int, CardRequest]]:
                with self._parts.database.reading() as reading:
                    return places.requests_of_part(reading, part, behind, _PAGE)

            for rank, job, request in self._pages(read):
                place = _placed(rules, request)
                # Whoever waits before the place that the station's own policy gives was put there by an operator.
                first = settled and rank != place.rank and rank < _placed(own, request).rank
                elsewhere += place.lane != lane or (place.rank != rank and not first)
                waiting[place.lane] = waiting.get(place.lane, 0) + 1
                heap = heaps.setdefault(place.lane, [])
                item = (-(places.FIRST + rank if first else place.rank), -job, request.waiting_since)
                if len(heap) < self._count:
                    heapq.heappush(heap, item)
                elif item[:2] > heap[0][:2]:
                    heapq.heapreplace(heap, item)
        counts = self._counts(rules)
        lines = []
        for name in sorted(heaps):
            people = sorted((-rank, -job, since) for rank, job, since in heaps.pop(name))
            lines.append(_Line(name, waiting[name], counts.get(name, 0), iter(people)))
        return lines, sum(waiting.values()), elsewhere

    def _outlook(self, rules: _Rules, lines: list[_Line]) -> Outlook:
        drawn, last = self._drawn(rules, {line.view.name: line for line in lines})
        names: dict[int, str] = {}
        for start in range(0, len(drawn), _NAMES):
            with self._parts.database.reading() as reading:
                names |= places.request_ids(reading, [job for job, _ in drawn[start : start + _NAMES]])
        return Outlook(
            kind=self._kind,
            blanks=self._blanks,
            cards=tuple(
                NextCard(
                    job_id=JobId(job),
                    request_id=names.get(job, ""),
                    lane=draw.lane or "",
                    reason=draw.reason,
                    values=draw.values,
                )
                for job, draw in drawn
            ),
            ended=last.reason if last else "",
            sentence=sentence(last.reason, last.values) if last else "",
        )

    def _drawn(self, rules: _Rules, lines: dict[str, _Line]) -> tuple[list[tuple[int, Draw]], Draw | None]:
        """Draw card after card; gives them, and what ended it where they are fewer than asked for."""
        drawn: list[tuple[int, Draw]] = []
        seen: set[int] = set()
        while len(drawn) < self._count:
            left = self._blanks - len(drawn)
            if left <= 0:
                return drawn, Draw(lane=None, reason="x-no-blanks", values={"kind": self._kind})
            views = tuple(line.view for line in lines.values() if not line.empty)
            if not views:
                return drawn, Draw(lane=None, reason="x-nobody-waits")
            stock = StockView(
                kind=self._kind,
                in_hopper=max(min(self._in_hoppers, left), 1),
                in_station=left,
                business_date=self._day,
            )
            draw = _asked(lambda views=views, stock=stock: rules.policy.draw(views, stock))  # type: ignore[misc]
            if draw.lane is None:
                return drawn, draw
            job = lines[draw.lane].take() if draw.lane in lines else None
            if job is None:
                raise PluginError(
                    Sentence("the allocation policy drew from a lane where nobody waits; nothing was changed.")
                )
            # A job that was moved while the pages were read may stand in two of them.
            if job not in seen:
                seen.add(job)
                drawn.append((job, draw))
        return drawn, None


def _placed(rules: _Rules, request: CardRequest) -> Place:
    return _asked(lambda: rules.policy.place(request))


def _asked(question: Callable[[], _T]) -> _T:
    try:
        return question()
    except Exception as error:
        raise PluginError(
            Sentence("the allocation policy failed with {error}; nothing was changed.", error=type(error).__name__),
            cure=Sentence("Tell its author, or name another."),
        ) from error
