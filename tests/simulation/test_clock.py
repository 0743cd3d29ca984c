from __future__ import annotations

from datetime import UTC, datetime

from cardprint.simulation import VirtualClock


def test_a_world_begins_on_a_monday_morning() -> None:
    assert datetime.fromtimestamp(VirtualClock().now(), tz=UTC) == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_time_passes_only_when_told_and_never_goes_back() -> None:
    clock = VirtualClock(100.0)
    clock.sleep(5.0)
    clock.advance_to(50.0)
    clock.sleep(-5.0)
    assert (clock.now(), clock.monotonic()) == (105.0, 105.0)

    clock.advance_to(110.0)
    assert (clock.now(), clock.monotonic()) == (110.0, 110.0)


def test_a_jump_moves_the_wall_clock_alone() -> None:
    clock = VirtualClock(100.0)

    clock.jump(-40.0)

    assert (clock.now(), clock.monotonic()) == (60.0, 100.0)
