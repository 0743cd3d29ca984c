"""Who gets the next blank in a station: dated stages, floors, and counts that begin anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cardprint import PluginUse, RequestType, Station
from cardprint.model import JobState
from cardprint.store import printers
from support import choosing
from support.choosing import opened, people
from support.stations import Bench

RULES = [
    {"lane": "first", "types": ["FIRST_ISSUANCE"]},
    {"lane": "streets", "reasons": ["street-name-change"]},
]


def quota(*stages: dict[str, object]) -> PluginUse:
    return choosing.quota(*stages, rules=RULES)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "station", "P1", "P2")


def printed(station: Station) -> dict[str, int]:
    counts: dict[str, int] = {}
    for job in station.jobs.list(state=JobState.COMPLETED, limit=1000):
        counts[job.lane] = counts.get(job.lane, 0) + 1
    return counts


FLOOR = [{"blanks": 4, "lanes": ["first"]}]


def test_the_last_blanks_of_the_station_are_kept_over_all_its_printers(bench: Bench) -> None:
    policy = quota({"order": ["others", "first"], "never": ["streets"], "floors": FLOOR})
    with opened(bench, policy) as station:
        station.requests.submit(people(20, RequestType.RENEWAL) + people(3, RequestType.FIRST_ISSUANCE))
        bench.stock(station, 10)
        bench.work(station)
        assert printed(station) == {"others": 6, "first": 3}
        waiting = station.jobs.list(state=JobState.PENDING, limit=1)[0]
        assert station.jobs.why(waiting.job_id).sentence == (
            "It waits. The last 4 blanks of kind standard are kept for first; 1 are left."
        )
        first = next(job for job in station.jobs.list(limit=100) if job.lane == "first")
        assert "lane others had to wait" in station.jobs.why(first.job_id).sentence
        assert station.check().ok


def test_what_is_not_served_waits_in_its_lane_with_the_reason_until_a_stage_serves_it(bench: Bench) -> None:
    day = datetime.fromtimestamp(bench.clock.now(), UTC).date()
    policy = quota(
        {"order": ["first", "others"], "never": ["streets"]},
        {"effective": day + timedelta(days=1), "order": ["first", "others", "streets"], "never": []},
    )
    with opened(bench, policy) as station:
        station.requests.submit(people(2, RequestType.REPLACEMENT, "street-name-change"))
        bench.stock(station, 4)
        bench.work(station)
        assert printed(station) == {}
        why = station.jobs.why(1)
        assert (why.reason, why.sentence) == (
            "x-lane-not-served",
            "It waits. Lane streets is not served (order of always).",
        )
        assert why.placed.startswith("It was placed by rule 2")
    bench.clock.advance_to(bench.clock.monotonic() + 86_400)
    with opened(bench, policy) as station:
        bench.work(station)
        assert printed(station) == {"streets": 2}


def test_a_new_stage_shares_from_its_first_card_on_whatever_was_drawn_before(bench: Bench) -> None:
    day = datetime.fromtimestamp(bench.clock.now(), UTC).date()
    policy = quota(
        {"order": ["first", "others"], "never": ["streets"]},
        {"effective": day + timedelta(days=1), "order": [["first", "others"]]},
    )
    with opened(bench, policy) as station:
        station.requests.submit(people(40, RequestType.FIRST_ISSUANCE) + people(40, RequestType.RENEWAL))
        bench.stock(station, 20)
        bench.work(station)
        assert printed(station) == {"first": 20}
    bench.clock.advance_to(bench.clock.monotonic() + 86_400)
    with opened(bench, policy) as station:
        bench.stock(station, 20)
        bench.work(station)
        assert printed(station) == {"first": 30, "others": 10}
        assert "has 1 of 2 shares and had had 0 of 0 cards" in station.jobs.why(21).sentence


def test_the_day_that_a_draw_sees_goes_on_at_midnight_and_never_back(bench: Bench) -> None:
    day = datetime.fromtimestamp(bench.clock.now(), UTC).date()
    with opened(bench, quota({"order": ["first", "others"], "never": ["streets"]})) as station:
        station.requests.submit(people(2, RequestType.FIRST_ISSUANCE))
        bench.stock(station, 1)
        bench.work(station)
        with station._database.reading() as reading:
            assert station._parts.day(reading) == day
            bench.clock.advance_to(bench.clock.monotonic() + 86_400)
            assert station._parts.day(reading) == day + timedelta(days=1)
        with station._database.transaction() as tx:
            printers.set_business_date(tx, (day + timedelta(days=9)).isoformat())
            assert station._parts.day(tx) == day + timedelta(days=9)


def test_new_settings_share_from_zero_and_no_job_is_rewritten(bench: Bench) -> None:
    with opened(bench, quota({"order": ["first", "others"], "never": ["streets"]})) as station:
        station.requests.submit(people(40, RequestType.FIRST_ISSUANCE) + people(40, RequestType.RENEWAL))
        bench.stock(station, 20)
        bench.work(station)
        before = [(job.job_id, job.lane) for job in station.jobs.list(limit=100)]
    policy = quota({"order": [["first", "others"]], "never": ["streets"], "weights": {"others": 3}})
    with opened(bench, policy) as station:
        assert [(job.job_id, job.lane) for job in station.jobs.list(limit=100)] == before
        bench.stock(station, 20)
        bench.work(station)
        assert printed(station) == {"first": 25, "others": 15}
        assert station.check().ok
