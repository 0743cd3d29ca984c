"""Who would get the next blanks, today and under another policy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint import CardRequest, PluginUse, RequestType, Station
from cardprint.builtin.quota import Quota, QuotaSettings
from cardprint.engine import foresight
from cardprint.errors import ConfigurationError, PluginError
from cardprint.model import Draw, Lanes, LaneView, Place, StockView
from cardprint.plugin import AllocationPolicy
from cardprint.registry.settings import Where, convert
from support.choosing import backlogs, opened, people, place_anew, quota, quotas
from support.stations import Bench


@contextmanager
def station(policy: PluginUse, requests: list[CardRequest], blanks: int = 0) -> Iterator[Station]:
    with TemporaryDirectory() as folder, opened(Bench(Path(folder) / "station"), policy) as office:
        office.requests.submit(requests)
        if blanks:
            office.stock.receive(blanks, by="a")
        yield office


def by_sorting(use: PluginUse, requests: list[CardRequest], count: int, blanks: int) -> list[str]:
    """Draw card after card from lists that are sorted anew each time."""
    policy = Quota(convert(use.settings, QuotaSettings, Where()))
    lanes: dict[str, list[tuple[int, int, CardRequest]]] = {}
    for number, request in enumerate(requests):
        place = policy.place(request)
        lanes.setdefault(place.lane, []).append((place.rank, number, request))
    drawn: dict[str, int] = {}
    names: list[str] = []
    while len(names) < min(count, blanks):
        views = tuple(
            LaneView(name=name, waiting=len(line), head_since=min(line)[2].waiting_since, drawn=drawn.get(name, 0))
            for name, line in lanes.items()
            if line
        )
        left = blanks - len(names)
        lane = policy.draw(
            views, StockView(kind="standard", in_hopper=left, in_station=left, business_date=date(2026, 1, 1))
        ).lane
        if lane is None:
            break
        head = min(lanes[lane])
        lanes[lane].remove(head)
        drawn[lane] = drawn.get(lane, 0) + 1
        names.append(head[2].request_id)
    return names


@settings(max_examples=40)
@given(one=quotas(), other=quotas(), requests=backlogs(), count=st.integers(1, 20), blanks=st.integers(0, 20))
def test_the_next_cards_are_those_that_sorting_everybody_gives(
    one: PluginUse, other: PluginUse, requests: list[CardRequest], count: int, blanks: int
) -> None:
    with station(one, requests, blanks) as office:
        compared = office.jobs.what_if(other, count)
        mine, theirs = ([card.request_id for card in outlook.cards] for outlook in (compared.today, compared.other))
        assert mine == by_sorting(one, requests, count, blanks)
        assert theirs == by_sorting(other, requests, count, blanks)
        assert office.jobs.next(count) == compared.today
        assert compared.replaced == len(set(mine) - set(theirs))
        assert compared.moved == sum(name in theirs and theirs.index(name) != place for place, name in enumerate(mine))
        assert compared.waiting == len(requests)
        placed = [Quota(convert(use.settings, QuotaSettings, Where())) for use in (one, other)]
        assert compared.placed_otherwise == sum(
            len({(policy.place(request).lane, policy.place(request).rank) for policy in placed}) > 1
            for request in requests
        )


@settings(max_examples=10)
@given(one=quotas(), other=quotas(), requests=backlogs(most=40), page=st.integers(1, 5))
def test_pages_of_any_size_give_the_same(
    one: PluginUse, other: PluginUse, requests: list[CardRequest], page: int
) -> None:
    with station(one, requests) as office:
        whole = office.jobs.what_if(other, 30, blanks=30)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(foresight, "_PAGE", page)
            patch.setattr(foresight, "_NAMES", page)
            assert office.jobs.what_if(other, 30, blanks=30) == whole


# What is foreseen is what happens.

SHARES = {"order": [["first", "others"]], "weights": {"first": 2}, "floors": [{"blanks": 3, "lanes": ["first"]}]}
STRICT = {"order": ["lost", "others"]}
MIXED = people(9) + people(9, RequestType.REPLACEMENT, "lost") + people(3, RequestType.RENEWAL)


def reserved(office: Station) -> list[int]:
    lines = office.journal.lines(limit=10_000)
    return [int(line.job_id) for line in lines if line.event == "attempt-reserved" and line.job_id]


def test_who_is_foreseen_is_printed_in_that_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with opened(bench, quota(SHARES)) as office:
        office.requests.submit(MIXED)
        bench.stock(office, 15)
        foreseen = office.jobs.next(100)
        bench.work(office)
        assert [card.job_id for card in foreseen.cards] == reserved(office)
        assert (len(foreseen.cards), foreseen.ended) == (13, "x-kept-for-others")
        decision = office.jobs.show(foreseen.cards[0].job_id).attempts[0].decision
        assert decision == foreseen.cards[0].reason


def test_what_would_be_is_what_is_once_the_policy_is_another(tmp_path: Path) -> None:
    other = quota(STRICT, rules=[{"lane": "lost", "reasons": ["lost"]}])
    bench = Bench(tmp_path / "station")
    with opened(bench, quota(SHARES)) as office:
        office.requests.submit(MIXED)
        place_anew(office)
        office.jobs.first(20, by="Sari")
        bench.stock(office, 15)
        compared = office.jobs.what_if(other, 15)
    with opened(bench, other) as office:
        place_anew(office)
        assert office.jobs.next(15).cards == compared.other.cards
        bench.work(office)
        assert reserved(office) == [card.job_id for card in compared.other.cards]


def test_nothing_is_written_and_no_lock_to_write_is_waited_for() -> None:
    with station(quota(SHARES), MIXED, 10) as office:
        head = office.journal.head()
        version = office._database.version()
        other = sqlite3.connect(office._database.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        office.jobs.what_if("fifo", 10)
        other.execute("ROLLBACK")
        other.close()
        assert (office.journal.head(), office._database.version()) == (head, version)


# What it is asked for.


def test_without_blanks_it_says_so_and_can_count_on_some() -> None:
    with station(quota(SHARES), MIXED) as office:
        none = office.jobs.next(5)
        assert (none.cards, none.sentence) == ((), "No blank of kind standard is left.")
        assert len(office.jobs.next(5, blanks=100).cards) == 5


def test_a_policy_of_a_file_is_read_from_its_table_and_its_faults_name_the_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "circular.toml"
    file.write_text(
        '[policy]\nplugin = "first-time-first"\norder = ["replacement", "first-issuance", "renewal", "other"]\n'
    )
    with station(quota(SHARES), MIXED, 10) as office:
        assert office.jobs.what_if(file, 1).other.cards[0].request_id == "lost-0"
        file.write_text('[policy]\nplugin = "first-time-first"\norder = []\n')
        with pytest.raises(ConfigurationError, match=r"circular\.toml: \[policy\] `order`"):
            office.jobs.what_if(file, 1)
        with pytest.raises(PluginError, match="no allocation policy called `fivo`"):
            office.jobs.what_if("fivo", 1)


class Failing(AllocationPolicy):
    def place(self, request: CardRequest) -> Place:
        raise ValueError(request.subject_id)

    def draw(self, lanes: Lanes, stock: StockView) -> Draw:
        return Draw(lane="nowhere", reason="x-wrong")


class FromNowhere(Failing):
    def place(self, request: CardRequest) -> Place:
        return Place(lane="here")


@pytest.mark.parametrize("policy", [Failing(), FromNowhere()])
def test_a_policy_that_fails_is_named_without_a_persons_data(policy: AllocationPolicy) -> None:
    with station(quota(SHARES), people(1), 1) as office:
        with pytest.raises(PluginError, match="nothing was changed") as refused:
            office.jobs.what_if(policy)
        assert "subject" not in str(refused.value)


def test_memory_holds_the_cards_asked_for_and_not_the_backlog() -> None:
    kept: Mapping[str, int] = {"first": 3}
    with station(PluginUse(plugin="fifo"), people(50)) as office:
        look = foresight.Foresight(office._parts, kind="standard", count=3, blanks=3)
        policy, use = office.jobs._policies.made(quota(SHARES))
        lines, waiting, elsewhere = look._placed_by(foresight._Rules(policy=policy, use=use))
        assert {line.view.name: 1 + len(list(line._people)) for line in lines} == kept
        assert (lines[0].view.waiting, waiting, elsewhere) == (50, 50, 50)
