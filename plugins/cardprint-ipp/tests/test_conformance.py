"""The driver against the rules that every printer driver must keep, on two printers that were written by others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from cardprint.model import DeviceUri
from cardprint.plugin import PrinterDriver
from cardprint.testing.drivers import Bench, DriverSuite
from support.ipp_servers import EvePrinter, IppServer, PapplPrinter, free_port

if TYPE_CHECKING:
    from conftest import Desk


class IppBench(Bench):
    """Count cards in the printer's folder; what it has no words for stays undone."""

    def __init__(self, printer: IppServer) -> None:
        self._printer = printer

    @property
    def device(self) -> DeviceUri:
        return DeviceUri(self._printer.uri)

    def unreachable(self) -> DeviceUri:
        return DeviceUri(f"ipp://localhost:{free_port()}/ipp/print")

    def used(self) -> int:
        return self._printer.begun()

    def good(self) -> int:
        return len(self._printer.cards())

    def silence(self) -> None:
        self._printer.freeze()

    def speak(self) -> None:
        self._printer.thaw()

    def cut_power(self) -> None:
        self._printer.kill()

    def restore_power(self) -> None:
        self._printer.start()


class EveBench(IppBench):
    def __init__(self, printer: EvePrinter) -> None:
        super().__init__(printer)
        self._eve = printer

    def empty_hopper(self) -> None:
        self._eve.set_hopper(empty=True)

    def jam_next(self) -> None:
        self._eve.put("say", "STATE: +media-jam-error\n")
        self._eve.put("fail")

    def spoil_next(self) -> None:
        self._eve.put("fail")


class TestEve(DriverSuite):
    @pytest.fixture
    def make_driver(self, desk: Desk) -> Callable[[], PrinterDriver]:
        return desk.driver

    @pytest.fixture
    def bench(self, eve: EvePrinter) -> Bench:
        return EveBench(eve)


class PapplBench(IppBench):
    def __init__(self, printer: PapplPrinter) -> None:
        super().__init__(printer)
        self._pappl = printer

    def empty_hopper(self) -> None:
        self._pappl.show("media-empty")


class TestPappl(DriverSuite):
    @pytest.fixture
    def make_driver(self, desk: Desk) -> Callable[[], PrinterDriver]:
        return desk.driver

    @pytest.fixture
    def bench(self, pappl: PapplPrinter) -> Bench:
        return PapplBench(pappl)
