"""The driver against the rules that every printer driver must keep, on a printer that is not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cardprint.model import DeviceUri
from cardprint.testing.drivers import Bench, DriverSuite
from cardprint_magicard.driver import MagicardDriver

if TYPE_CHECKING:
    from conftest import MakeDriver, Port, SocketPort, TerminalPort


# No word for an empty hopper is known, so the bench cannot empty it: what it would prove is not known of any Magicard.
class MagicardBench(Bench):
    def __init__(self, port: Port, nowhere: str) -> None:
        self._port = port
        self._nowhere = nowhere

    @property
    def device(self) -> DeviceUri:
        return self._port.device

    def unreachable(self) -> DeviceUri:
        return DeviceUri(self._nowhere)

    def used(self) -> int:
        return self._port.printer.used

    def good(self) -> int:
        return self._port.printer.good

    def jam_next(self) -> None:
        self._port.printer.faults.add("jam")

    def spoil_next(self) -> None:
        self._port.printer.faults.add("spoil")

    def silence(self) -> None:
        self._port.printer.faults.add("mute")

    def speak(self) -> None:
        self._port.printer.faults.discard("mute")

    def cut_power(self) -> None:
        self._port.unplug()

    def restore_power(self) -> None:
        self._port.printer.switch_on()
        self._port.plug()


class TestOnADeviceFile(DriverSuite):
    @pytest.fixture
    def make_driver(self, make_magicard: MakeDriver) -> Callable[[], MagicardDriver]:
        return make_magicard

    @pytest.fixture
    def bench(self, terminal: TerminalPort) -> Bench:
        return MagicardBench(terminal, "file:///dev/usb/lp-nowhere")


class TestOnUsb(DriverSuite):
    @pytest.fixture
    def make_driver(self, make_magicard: MakeDriver, standin: Path) -> Callable[[], MagicardDriver]:
        return lambda: make_magicard(model="", libusb=str(standin))

    @pytest.fixture
    def bench(self, usb: SocketPort) -> Bench:
        return MagicardBench(usb, "usb://0c1f:4800?serial=nowhere")
