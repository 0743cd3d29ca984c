from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cardprint.errors import ConfigurationError
from cardprint.model import RequestType
from cardprint.simulation import read_scenario

PRINTER = "[printers.P1]\n"


def test_the_office_is_the_one_that_was_reported() -> None:
    office = read_scenario("office")

    assert sum(delivery.count for delivery in office.delivered(1)) == 10_000
    assert [printer.broken for printer in office.printers.values()] == [False, False, True]
    assert {printer.per_day for printer in office.printers.values()} == {200}
    assert office.hours_per_day * 3600 / 120.0 > 200
    assert Counter(request.request_type for request in office.requests(0)) == {RequestType.FIRST_ISSUANCE: 36_260}
    assert [request.request_type for request in office.requests(1)] == [RequestType.REPLACEMENT] * 40


def test_requests_are_the_same_every_time_and_other_with_another_seed(tmp_path: Path) -> None:
    office = read_scenario("small")
    other = tmp_path / "other.toml"
    other.write_text(PRINTER + "[backlog.RENEWAL]\ncount = 50\nwaiting_from = 2025-01-01\nwaiting_to = 2025-12-31\n")
    again = read_scenario(other)
    other.write_text("seed = 5\n" + other.read_text())

    assert list(office.requests(0)) == list(office.requests(0))
    assert list(read_scenario(other).requests(0)) != list(again.requests(0))


def test_the_backlog_is_spread_over_its_dates_and_does_not_come_in_the_order_of_waiting() -> None:
    dates = [request.waiting_since for request in read_scenario("office").requests(0)]
    known = [day for day in dates if day is not None]

    assert (min(known), max(known)) == (date(2024, 1, 2), date(2026, 1, 4))
    assert known != sorted(known)
    assert max(Counter(known).values()) < 100


def test_no_two_requests_share_an_id_or_a_subject() -> None:
    small = read_scenario("small")
    requests = [request for day in range(11) for request in small.requests(day)]

    assert len({request.request_id for request in requests}) == len(requests)
    assert len({request.subject_id for request in requests}) == len(requests)


def test_days_follow_each_other() -> None:
    small = read_scenario("small")

    assert datetime.fromtimestamp(small.begins(2), tz=UTC) == datetime(2026, 1, 6, 8, tzinfo=UTC)
    assert small.ends(2) - small.begins(2) == 8 * 3600
    assert {request.waiting_since for request in small.requests(2)} == {date(2026, 1, 6)}
    assert small.delivered(2) == ()


def test_a_printer_is_built_as_described() -> None:
    build = read_scenario("small").build("P1")

    assert (build.seconds_per_card, build.spoil_rate, build.seed) == (90.0, 0.05, 7)
    assert build.capabilities.tier == "T3"


def test_a_scenario_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "village.toml"
    path.write_text(PRINTER)

    assert read_scenario(path).name == "village"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[", "no valid TOML"),
        ("seed = 1", "printers"),
        ("[printers]", "printers"),
        ('seed = "a"\n' + PRINTER, "seed: expected int, found str"),
        (PRINTER + "speed = 3", r"printers\['P1'\]: extra fields found \(speed\)"),
        (PRINTER + "spoil_rate = 2", "'spoil_rate' must be <= 1"),
        (PRINTER + "seconds_per_card = 0", "'seconds_per_card' must be > 0"),
        (PRINTER + "seconds_per_card = nan", "seconds_per_card: expected a finite number"),
        (PRINTER + "broken = 1", "broken: expected bool, found int"),
        (PRINTER + 'tier = "T9"', "'tier' must be in"),
        (PRINTER + "[backlog.FIRST]\ncount = 1", "FIRST"),
        (PRINTER + "[backlog.RENEWAL]\ncount = -1\nwaiting_from = 2025-01-01\nwaiting_to = 2025-01-01", "'count'"),
        (PRINTER + "[backlog.RENEWAL]\ncount = 1\nwaiting_from = 2025-01-02\nwaiting_to = 2025-01-01", "waiting_to"),
        (PRINTER + '[[arrivals]]\nrequest_type = "RENEWAL"\nper_day = true', r"arrivals\[0\].per_day: expected int"),
        (PRINTER + "[[deliveries]]\nday = 0\ncount = 1", "'day' must be > 0"),
        ("start = 2026-01-05T08:00:00\n" + PRINTER, "start: expected date, found datetime"),
    ],
)
def test_what_is_wrong_is_named_by_file_table_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match=said) as caught:
        read_scenario(path)

    assert str(path) in str(caught.value)


def test_an_unknown_scenario_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="one of office, small"):
        read_scenario("nowhere")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_scenario(binary)
