"""The interlock beside the real upsd, whose UPS says what a file says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.errors import ConfigurationError
from cardprint.plugin import API_VERSION, FeedQuestion, PluginContext
from cardprint_nut import CARDPRINT_API, cardprint_interlocks
from cardprint_nut.interlock import Known, NutInterlock, judge
from cardprint_nut.power import Power
from cardprint_nut.settings import NutSettings
from support.clocks import LeapingClock
from support.waiting import wait_for

if TYPE_CHECKING:
    from conftest import PowerSupply

pytestmark = pytest.mark.xdist_group("nut")
QUESTION = FeedQuestion(printer="P1", business_date=date(2026, 1, 5), fed_today=0, fed_this_hour=0)
PASSWORD = 'made "up" \\ word'
HOURS = 10_000.0
"""Seconds ahead by which a clock leaps."""

MakeInterlock = Callable[..., NutInterlock]


def said(interlock: NutInterlock) -> str:
    """Give what it says: yes, or why not."""
    answer = interlock.may_feed(QUESTION)
    assert answer.feed is not bool(answer.reason)
    return answer.reason + (" and stop" if answer.stop_station else "") if answer.reason else "yes"


def says(interlock: NutInterlock, what: str) -> None:
    wait_for(lambda: said(interlock) == what)


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def make(clock: LeapingClock, tmp_path: Path) -> Iterator[MakeInterlock]:
    made: list[NutInterlock] = []

    def make(port: int, **settings: Any) -> NutInterlock:  # noqa: ANN401 - whatever NutSettings takes
        # On a busy machine an answer must not grow old by itself.
        settings = {"ups": "office", "port": port, "poll": 0.1, "stale_after": 600.0, **settings}
        context = PluginContext(name="mains", clock=clock, folder=tmp_path, photos=tmp_path)
        made.append(NutInterlock(NutSettings(**settings), context))
        return made[-1]

    yield make
    for interlock in made:
        interlock.close()


def watchers() -> int:
    return sum(thread.name == "nut-mains" for thread in threading.enumerate())


def test_the_plugin_announces_its_interlock() -> None:
    (entry,) = cardprint_interlocks()
    assert entry.name == "nut"
    assert CARDPRINT_API == API_VERSION


def test_what_the_ups_says_is_what_counts(
    make: MakeInterlock, ups: PowerSupply, caplog: pytest.LogCaptureFixture
) -> None:
    interlock = make(ups.port)
    for status, what in {
        "OL": "yes",
        "OB DISCHRG": "x-on-battery",
        "OB DISCHRG LB": "x-battery-low and stop",
        "FSD OB LB": "x-ups-shutdown and stop",
        "OL CHRG LB": "yes",
        "COMMBAD": "x-ups-stale",
        "ALARM OL RB": "yes",
    }.items():
        ups.say(status)
        says(interlock, what)
    assert [record.getMessage() for record in caplog.records if "mains" in record.getMessage()] == [
        f"mains: {power.sentence}"
        for power in (Power.BATTERY, Power.LOW, Power.SHUTDOWN, Power.MAINS, Power.STALE, Power.MAINS)
    ]


def test_printers_that_hang_on_the_ups_go_on_until_its_battery_is_low(
    make: MakeInterlock, ups: PowerSupply, caplog: pytest.LogCaptureFixture
) -> None:
    interlock = make(ups.port, on_battery="feed")
    says(interlock, "yes")
    ups.say("OB")
    wait_for(lambda: Power.BATTERY.sentence in caplog.text)
    assert said(interlock) == "yes"
    ups.say("OB LB")
    says(interlock, "x-battery-low and stop")


def test_a_flicker_of_the_lights_stops_nothing(
    make: MakeInterlock, ups: PowerSupply, clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    patient = make(ups.port, grace=100.0)
    says(patient, "yes")
    ups.say("OB")
    wait_for(lambda: Power.BATTERY.sentence in caplog.text)
    assert said(patient) == "yes"
    clock.ahead = 100.0
    says(patient, "x-on-battery")
    answered = patient._known.at
    wait_for(lambda: patient._known.at > answered)
    assert said(patient) == "x-on-battery"
    ups.say("OL")
    says(patient, "yes")


@pytest.mark.parametrize(("unknown", "what"), [("wait", "x-ups-unreachable"), ("feed", "yes")])
def test_before_the_first_answer_nobody_knows(make: MakeInterlock, unknown: str, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        interlock = make(mute.getsockname()[1], poll=60.0, unknown=unknown)
        assert watchers() == 0
        answer = interlock.may_feed(QUESTION)
    assert (answer.reason or "yes") == what
    assert answer.retry_after is not None
    assert answer.retry_after < 1


def test_an_upsd_that_dies_is_missed_once_its_last_answer_is_old(
    make: MakeInterlock, ups: PowerSupply, clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    waits, feeds = make(ups.port), make(ups.port, unknown="feed")
    says(waits, "yes")
    says(feeds, "yes")
    ups.kill("upsd")
    wait_for(lambda: caplog.text.count("does not answer") == 2)
    assert said(waits) == "yes"
    clock.ahead = HOURS
    assert said(waits) == "x-ups-unreachable"
    assert said(feeds) == "yes"
    ups.start_all()
    says(waits, "yes")
    assert caplog.text.count("Mains power is there") >= 1


def test_what_was_on_battery_when_upsd_fell_silent_stays_so(
    make: MakeInterlock, ups: PowerSupply, clock: LeapingClock, caplog: pytest.LogCaptureFixture
) -> None:
    interlock = make(ups.port, unknown="feed")
    says(interlock, "yes")
    ups.say("OB DISCHRG")
    says(interlock, "x-on-battery")
    ups.kill("upsd")
    wait_for(lambda: "does not answer" in caplog.text)
    clock.ahead = HOURS
    assert said(interlock) == "x-ups-unreachable"
    ups.say("OL")
    says(interlock, "yes")


def test_a_driver_that_dies_is_missed_at_once(make: MakeInterlock, ups: PowerSupply) -> None:
    waits, feeds = make(ups.port), make(ups.port, unknown="feed")
    says(waits, "yes")
    ups.kill("dummy-ups")
    says(waits, "x-ups-stale")
    says(feeds, "yes")
    ups.start_all()
    says(waits, "yes")


def test_a_name_that_upsd_does_not_know_is_said_with_those_that_it_knows(
    make: MakeInterlock, ups: PowerSupply, caplog: pytest.LogCaptureFixture
) -> None:
    interlock = make(ups.port, ups="offce")
    says(interlock, "x-ups-refused")
    assert "refuses to tell of offce: UNKNOWN-UPS. It names office. Check `ups`." in caplog.text


def password_file(folder: Path, password: str, mode: int = 0o600) -> Path:
    path = folder / "ups.password"
    path.write_text(password + "\n", "utf-8")
    path.chmod(mode)
    return path


def test_a_wrong_password_is_said_and_not_shown(
    make: MakeInterlock, ups: PowerSupply, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    password_file(tmp_path, "another word")
    interlock = make(ups.port, username="station", password_file=Path("ups.password"))
    says(interlock, "x-ups-refused")
    assert "ACCESS-DENIED. Check username and password_file" in caplog.text
    assert "another word" not in caplog.text


def test_whoever_logs_in_is_waited_for_until_it_hangs_up(make: MakeInterlock, ups: PowerSupply, tmp_path: Path) -> None:
    password_file(tmp_path, PASSWORD)
    interlock = make(ups.port, username="station", password_file=Path("ups.password"))
    says(interlock, "yes")
    assert ups.ask("GET NUMLOGINS office") == "NUMLOGINS office 1"
    interlock.close()
    wait_for(lambda: ups.ask("GET NUMLOGINS office") == "NUMLOGINS office 0")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"poll": 10.0, "stale_after": 10.0}, "`stale_after` is not longer than `poll`"),
        ({"username": "station"}, "go together"),
        ({"password_file": Path("ups.password")}, "go together"),
        ({"username": "station", "password_file": Path("nothing")}, "cannot be read"),
    ],
)
def test_settings_that_cannot_be_are_refused(make: MakeInterlock, settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        make(3493, **settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ups": ""},
        {"ups": "a\nb"},
        {"ups": "a b"},
        {"port": 0},
        {"poll": 0.0},
        {"grace": float("nan")},
        {"username": "a b"},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NutSettings(**{"ups": "office", **wrong})


def test_it_waits_for_nothing_and_ends_though_upsd_hangs(make: MakeInterlock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardprint_nut.interlock._TIMEOUT", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        interlock = make(mute.getsockname()[1])
        assert said(interlock) == "x-ups-unreachable"
        there, _ = mute.accept()
        with there:
            assert there.recv(100) == b"GET VAR office ups.status\n"
            assert said(interlock) == "x-ups-unreachable"
            assert watchers() == 1
            interlock.close()
            wait_for(lambda: watchers() == 0)
    said(interlock)
    assert watchers() == 0


moments = st.floats(0, 1e6)
settings_of_any_kind = st.builds(
    NutSettings,
    ups=st.just("office"),
    stale_after=st.floats(1, 600),
    grace=st.floats(0, 3600),
    on_battery=st.sampled_from(["wait", "feed"]),
    unknown=st.sampled_from(["wait", "feed"]),
)
known_of_any_kind = st.builds(
    Known,
    power=st.sampled_from([None, Power.MAINS, Power.BATTERY, Power.LOW, Power.SHUTDOWN]),
    at=moments,
    since=moments,
    fault=st.sampled_from([None, Power.STALE, Power.REFUSED, Power.UNREACHABLE]),
)


@given(known=known_of_any_kind, settings=settings_of_any_kind, now=moments)
def test_a_card_is_fed_only_for_a_reason(known: Known, settings: NutSettings, now: float) -> None:
    power, feed = judge(known, settings, now)
    fresh = known.power is not None and now - known.at <= settings.stale_after
    if power.fault:
        assert not fresh or known.fault in {Power.STALE, Power.REFUSED}
        assert not feed or settings.unknown == "feed"
    else:
        assert fresh
        assert power is known.power
    if known.power is Power.BATTERY and not power.fault:
        assert feed is (settings.on_battery == "feed" or now - known.since < settings.grace)
    elif known.power is Power.BATTERY:
        assert not feed or settings.on_battery == "feed" or now - known.since < settings.grace
    assert not (feed and power.stops)
    assert feed or power is not Power.MAINS
