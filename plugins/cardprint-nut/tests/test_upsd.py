"""The language of upsd, spoken with whatever answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cardprint_nut.power import Power, power_of
from cardprint_nut.upsd import LINE_MAX, Upsd, UpsdError, quoted, status_in, words_of
from support.clocks import LateClock, RealClock

T = TypeVar("T")
ANSWER = b'VAR office ups.status "OL CHRG"\n'
WORDS = ["OL", "OB", "LB", "FSD", "DISCHRG", "CHRG", "RB", "BYPASS", "OFF", "COMMBAD", "NOCOMM", "WAIT", "TRIM", "X"]


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def answers(listener: socket.socket, said: bytes, clock: RealClock | None = None, *, hangs_up: bool = True) -> Power:
    """Ask whoever says this whatever is asked."""
    host, port = listener.getsockname()
    upsd = Upsd(host, port, clock=clock or RealClock(), timeout=5.0)
    there, _ = listener.accept()
    with there:
        there.sendall(said)
        if hangs_up:
            there.shutdown(socket.SHUT_WR)
        try:
            return upsd.power("office")
        finally:
            upsd.close()


def given_or_refused(ask: Callable[[], T]) -> T | UpsdError:
    """Give the one error that there may be in place of a result."""
    try:
        return ask()
    except UpsdError as error:
        return error


@given(line=st.binary(max_size=2 * LINE_MAX))
@example(line=b"")
@example(line=b'"')
@example(line=b"\\")
@example(line=b"x" * (LINE_MAX + 1))
def test_a_line_is_parted_into_words_or_refused(line: bytes) -> None:
    words = given_or_refused(lambda: words_of(line))
    if isinstance(words, UpsdError):
        assert words.power is Power.UNREACHABLE
    else:
        assert words
        assert len(line) <= LINE_MAX
        assert sum(map(len, words)) <= len(line)


def test_only_double_quotes_and_backslashes_are_special() -> None:
    words = ("UPS", "Sari's", "#1", "a 'b' # \"c\" \\d", "e f")
    assert words_of(rb"""UPS Sari's #1 "a 'b' # \"c\" \\d" e\ f""") == words


@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1, max_size=8))
def test_words_that_werequoted_come_back(words: list[str]) -> None:
    line = " ".join(map(quoted, words)).encode()
    if len(line) <= LINE_MAX:
        assert words_of(line) == tuple(words)


@given(words=st.lists(st.text(max_size=10) | st.sampled_from(["VAR", "office", "ups.status", "OL"]), max_size=6))
@example(words=["VAR", "office", "ups.status", "OL"])
def test_no_answer_but_the_one_to_the_question_is_a_status(words: list[str]) -> None:
    status = given_or_refused(lambda: status_in(tuple(words), "office"))
    if not isinstance(status, UpsdError):
        assert words[:3] == ["VAR", "office", "ups.status"]
        assert status == set(words[3].split())


@given(said=st.binary(max_size=3 * LINE_MAX) | st.binary(max_size=40).map(lambda tail: b"ERR " + tail + b"\n"))
@example(said=ANSWER)
@example(said=ANSWER * 2)
@example(said=ANSWER[:-1])
@example(said=b"\n")
@example(said=b"ERR\n")
@example(said=b"ERR UNKNOWN-UPS\n")
@example(said=b"ERR UNKNOWN-UPS\nBEGIN LIST UPS\nUPS\nEND LIST UPS\n")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_answers_gives_a_power_or_one_error(listening: socket.socket, said: bytes) -> None:
    power = given_or_refused(lambda: answers(listening, said))
    if isinstance(power, UpsdError):
        assert power.power in {Power.UNREACHABLE, Power.REFUSED}
        assert len(str(power)) < 4 * LINE_MAX


def test_an_answer_is_taken(listening: socket.socket) -> None:
    assert answers(listening, ANSWER) is Power.MAINS
    assert answers(listening, b"ERR DATA-STALE\n") is Power.STALE


def test_a_line_that_never_ends_is_not_listened_to_for_ever(listening: socket.socket) -> None:
    with pytest.raises(UpsdError, match="does not speak its language"):
        answers(listening, b"x" * 2 * LINE_MAX, hangs_up=False)


def test_a_list_that_never_ends_is_not_listened_to_for_ever(listening: socket.socket) -> None:
    host, port = listening.getsockname()
    upsd = Upsd(host, port, clock=RealClock(), timeout=60.0)
    there, _ = listening.accept()

    def talk() -> None:
        for said in (b"ERR UNKNOWN-UPS\n", b"BEGIN LIST UPS\n" + b'UPS cellar "not office"\n' * 1000):
            there.recv(LINE_MAX)
            there.sendall(said)

    talker = threading.Thread(target=talk)
    talker.start()
    with pytest.raises(UpsdError, match=r"UNKNOWN-UPS\. It names cellar, cellar") as caught:
        upsd.power("office")
    upsd.close()
    talker.join()
    there.close()
    assert caught.value.power is Power.REFUSED


def test_an_answer_that_comes_too_slowly_is_none(listening: socket.socket) -> None:
    with pytest.raises(UpsdError, match="it takes too long") as caught:
        answers(listening, b"VAR off", LateClock(), hangs_up=False)
    assert caught.value.power is Power.UNREACHABLE


def test_an_answer_to_no_question_is_not_taken_for_the_next_one(listening: socket.socket) -> None:
    host, port = listening.getsockname()
    upsd = Upsd(host, port, clock=RealClock(), timeout=5.0)
    there, _ = listening.accept()
    with there:
        there.sendall(ANSWER * 2)
        assert upsd.power("office") is Power.MAINS
        with pytest.raises(UpsdError):
            upsd.power("office")
    upsd.close()


def test_nobody_there_is_said(listening: socket.socket) -> None:
    host, port = listening.getsockname()
    listening.close()
    for place in ((host, port), ("no..host", port)):
        with pytest.raises(UpsdError, match="does not answer") as caught:
            Upsd(*place, clock=RealClock(), timeout=5.0)
        assert caught.value.power is Power.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "power"),
    [
        ("OL", Power.MAINS),
        ("OL CHRG LB RB", Power.MAINS),
        ("ALARM OL TRIM", Power.MAINS),
        ("BYPASS", Power.MAINS),
        ("OB DISCHRG", Power.BATTERY),
        ("OB OL", Power.BATTERY),
        ("OB LB DISCHRG", Power.LOW),
        ("FSD OL", Power.SHUTDOWN),
        ("FSD OB LB", Power.SHUTDOWN),
        ("WAIT", Power.STALE),
        ("OL COMMBAD", Power.STALE),
        ("OFF", Power.STALE),
        ("", Power.STALE),
        ("OLD OBSOLETE", Power.STALE),
    ],
)
def test_the_words_of_a_status_are_a_set(status: str, power: Power) -> None:
    assert power_of(frozenset(status.split())) is power


@given(st.sets(st.sampled_from(WORDS)))
def test_no_card_is_fed_on_a_status_with_ob_and_none_without_a_word_for_mains(status: set[str]) -> None:
    power = power_of(status)
    assert power is not Power.MAINS or (status & {"OL", "BYPASS"} and not status & {"OB", "FSD"})
    assert power.stops is bool("FSD" in status or {"OB", "LB"} <= status)
    assert power.sentence
