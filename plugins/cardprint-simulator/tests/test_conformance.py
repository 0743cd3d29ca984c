"""The driver against the rules that every printer driver must keep."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cardprint.model import AttemptId, DeviceUri
from cardprint.testing.drivers import Bench, DriverSuite
from cardprint.testing.surroundings import plugin_context
from cardprint_simulator.driver import SimulatorDriver
from cardprint_simulator.settings import SimulatorSettings

if TYPE_CHECKING:
    from conftest import DeviceProcess, StartDevice


# The bench: what a hand before the printer could do.
class SimulatorBench(Bench):
    def __init__(self, process: DeviceProcess, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def device(self) -> DeviceUri:
        return self._process.uri

    def encoding(self) -> Mapping[str, str]:
        return {"file": "made up"}

    def unreachable(self) -> DeviceUri:
        return DeviceUri("sim://nowhere")

    def used(self) -> int:
        places: dict[str, int] = self._process.ask("world")["places"]
        return sum(count for place, count in places.items() if not place.startswith("hopper:"))

    def good(self) -> int:
        return sum(self._process.good_cards().values())

    def faces(self, attempt_id: AttemptId) -> Sequence[str]:
        world = json.loads((self._folder / "printer" / "world.json").read_text("utf-8"))
        prints = [made for card in world["world"]["cards"] for made in card["prints"]]
        return next(made["faces"] for made in prints if made["attempt_id"] == attempt_id)

    def jam_next(self) -> None:
        self._process.fault("jam", "feed")

    def spoil_next(self) -> None:
        self._process.fault("spoil", "print")

    def empty_hopper(self) -> None:
        self._process.fault("empty", "feed")

    def cut_power(self) -> None:
        self._process.kill()

    def restore_power(self) -> None:
        self._process.start()

    def silence(self) -> None:
        self._process.signal(signal.SIGSTOP)

    def speak(self) -> None:
        self._process.signal(signal.SIGCONT)


# The suite: two fixtures.
class TestSimulator(DriverSuite):
    @pytest.fixture
    def make_driver(self, tmp_path: Path) -> Callable[[], SimulatorDriver]:
        return lambda: SimulatorDriver(SimulatorSettings(answer_timeout=2.0), plugin_context(tmp_path))

    @pytest.fixture
    def bench(self, start_device: StartDevice, tmp_path: Path) -> Bench:
        return SimulatorBench(start_device("--tier", "T3"), tmp_path)
