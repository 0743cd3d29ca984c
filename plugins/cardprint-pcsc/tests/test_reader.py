"""Chips on a PC/SC reader: the real service and a virtual reader, with a virtual card that can be torn out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from cardprint.errors import EncodeError
from cardprint.simulation import SimulatedChip
from cardprint_pcsc.encoder import PlanEncoder
from support.chip_layout import PERSON
from support.virtual_reader import READER, TORN_READER, VirtualCard, wait_until

if TYPE_CHECKING:
    from conftest import MakeEncoder

pytestmark = pytest.mark.xdist_group("pcsc")
NUMBER = "0102030405060708"
PATIENCE = 60.0
"""Seconds after which a test gives up."""


class Desk:
    """Put cards into the reader, one after the other."""

    def __init__(self, port: int, reader: str = READER) -> None:
        self._port = port
        self._reader = reader
        self._card: VirtualCard | None = None

    def put(self, then: Callable[[], None] | None = None, **chip: object) -> SimulatedChip:
        self.clear()
        made = SimulatedChip(number=NUMBER)
        for name, value in chip.items():
            setattr(made, name, value)
        self._card = VirtualCard([made], self._port, then or (lambda: None))
        wait_until(self._reader, card=True)
        return made

    def clear(self) -> None:
        if self._card is not None:
            self._card.remove()
            wait_until(self._reader, card=False)
            self._card = None


@pytest.fixture
def desk(reader_port: int) -> Iterator[Desk]:
    desk = Desk(reader_port)
    yield desk
    desk.clear()


@pytest.fixture
def encoder(make: MakeEncoder) -> PlanEncoder:
    return make(reader=READER)


def encode(encoder: PlanEncoder) -> str:
    """Do what a station does."""
    encoder.check(PERSON)
    encoder.ready()
    with encoder.reader() as channel:
        number = encoder.identify(channel)
        encoder.write(PERSON, channel)
    return number


def test_a_good_chip_is_written_once(desk: Desk, encoder: PlanEncoder) -> None:
    chip = desk.put()
    assert encode(encoder) == NUMBER
    assert chip.locked
    assert bytes.fromhex(chip.data).rstrip(b"\0") == b"\x5f\x20\x109900000000000001\x5b\x0cOrang Contoh"
    with pytest.raises(EncodeError) as caught:
        encode(encoder)
    assert (caught.value.reason, caught.value.written) == ("x-chip-personalised", False)


@pytest.mark.parametrize(
    ("chip", "reason"),
    [
        ({"application": "F04F54484552"}, "x-chip-wrong"),
        ({"key": "FF" * 16}, "x-chip-wrong-key"),
        ({"data": "41" * 256}, "x-chip-personalised"),
    ],
)
def test_a_bad_chip_is_left_as_it_is(desk: Desk, encoder: PlanEncoder, chip: dict[str, str], reason: str) -> None:
    put = desk.put(None, **chip)
    before = put.data
    with pytest.raises(EncodeError) as caught:
        encode(encoder)
    assert (caught.value.reason, caught.value.written, put.data) == (reason, False, before)
    assert put.tries >= 2


def test_a_chip_that_is_torn_out_of_the_reader_is_told_as_it_is(make: MakeEncoder, reader_port: int) -> None:
    # After each single command: rule E6 of the suite.
    desk = Desk(reader_port + 1, TORN_READER)
    chip = desk.put(commands=9)
    with pytest.raises(EncodeError) as caught:
        encode(make(reader=TORN_READER))
    assert (caught.value.reason, caught.value.written, chip.used) == ("x-chip-failed", True, True)
    assert not re.search("Orang|9900|0011", str(caught.value))
    desk.clear()


def test_a_slow_chip_is_waited_for(desk: Desk, encoder: PlanEncoder) -> None:
    asked, answer = threading.Event(), threading.Event()

    def dawdle() -> None:
        asked.set()
        answer.wait(PATIENCE)

    chip = desk.put(dawdle)
    told: list[str] = []
    station = threading.Thread(target=lambda: told.append(encode(encoder)))
    station.start()
    assert asked.wait(PATIENCE)
    assert not told
    assert not chip.used
    answer.set()
    station.join(PATIENCE)
    assert told == [NUMBER]


def test_a_reader_without_a_chip_or_no_reader_at_all_is_told_apart(make: MakeEncoder, desk: Desk) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(make(reader=READER, patience=0.0))
    assert (caught.value.reason, caught.value.written) == ("x-chip-failed", False)
    with pytest.raises(EncodeError) as caught:
        make(reader="Another").ready()
    assert (caught.value.reason, caught.value.written) == ("x-no-reader", False)


def test_without_a_service_there_is_no_reader(reader_port: int) -> None:
    # In a process of its own, since the client's library keeps the service that it has found.
    asked = "from cardprint_pcsc.reader import find_reader; find_reader('Any')"
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": "/nonexistent/pcscd.comm"}
    ended = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE
    )
    assert "PC/SC does not answer" in ended.stderr.splitlines()[-1]
