"""A device's exchanges are recorded and played back, byte for byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.testing.exchanges import Address, Exchange, read_exchanges, record, replay
from cardprint.testing.rules import RuleBrokenError

TALKS = st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40)), max_size=5)


@contextmanager
def echo(talk: Sequence[tuple[bytes, bytes]]) -> Iterator[Address]:
    """Be a device that knows what is asked, on every connection."""

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection):
                for question, answer in talk:
                    heard = b""
                    while len(heard) < len(question):
                        heard += connection.recv(1)
                    connection.sendall(answer)

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[:2]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def say(address: Address, talk: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Be a driver: ask one after another, and give the answers."""
    answers = []
    with closing(socket.create_connection(address, timeout=10.0)) as line:
        for question, answer in talk:
            line.sendall(question)
            heard = b""
            while len(heard) < len(answer) and (data := line.recv(len(answer) - len(heard))):
                heard += data
            answers.append(heard)
    return answers


@given(talks=st.lists(TALKS, min_size=1, max_size=3))
def test_what_was_recorded_is_played_back(
    talks: list[list[tuple[bytes, bytes]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("exchanges") / "device.jsonl"
    (first, *_) = talks
    with echo(first) as device, record(device, file) as address:
        assert [say(address, first) for _ in talks] == [[answer for _, answer in first]] * len(talks)
    with replay(file) as address:
        assert [say(address, first) for _ in talks] == [[answer for _, answer in first]] * len(talks)


def test_a_recording_holds_who_said_what(tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    with echo([(b"ready?", b"yes"), (b"print", b"done")]) as device, record(device, file) as address:
        say(address, [(b"ready?", b"yes"), (b"print", b"done")])
    said = [(b"ready?", "driver"), (b"yes", "device"), (b"print", "driver"), (b"done", "device")]
    assert read_exchanges(file) == tuple(Exchange(connection=1, by=by, data=data) for data, by in said)


def test_a_driver_that_says_something_else_is_told_where(tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    with echo([(b"print 1 copy", b"done")]) as device, record(device, file) as address:
        say(address, [(b"print 1 copy", b"done")])
    with (
        pytest.raises(RuleBrokenError, match=r"connection 1, exchange 1: .* from byte 6 on"),
        replay(file) as address,
    ):
        assert say(address, [(b"print 2 copy", b"done")]) == [b""]


def test_what_differs_each_time_is_masked(tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    with echo([(b"time=0815;print", b"done")]) as device, record(device, file) as address:
        say(address, [(b"time=0815;print", b"done")])
    with replay(file, mask=lambda said: said[:5] + b"????" + said[9:]) as address:
        assert say(address, [(b"time=2359;print", b"done")]) == [b"done"]


def test_a_driver_that_connects_once_too_often_is_told(tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    with echo([(b"a", b"b")]) as device, record(device, file) as address:
        say(address, [(b"a", b"b")])
    with pytest.raises(RuleBrokenError, match="opened connection 2"), replay(file) as address:
        assert [say(address, [(b"a", b"b")]) for _ in range(2)] == [[b"b"], [b""]]
