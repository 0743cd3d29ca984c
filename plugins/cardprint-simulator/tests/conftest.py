from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cardprint.model import DeviceUri
from cardprint.plugin import PluginContext
from cardprint_simulator.driver import SimulatorDriver, SimulatorSession
from cardprint_simulator.wire import Line


class SystemClock:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("the driver waits for its device, not for time")


class DeviceProcess:
    """Be the power switch of a device, and the hand that stands before it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.address = ("127.0.0.1", 0)
        self.uri = DeviceUri("sim://printer")

    def start(self) -> None:
        world = self._folder / "printer" / "world.json"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cardprint_simulator.device", "--world", str(world), *self._options],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        assert ready.startswith("listening on "), ready
        host, _, port = ready.removeprefix("listening on ").strip().rpartition(":")
        self.address = (host, int(port))

    def signal(self, number: int) -> None:
        """Stop it in its tracks, or let it go on."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """Cut its power: SIGKILL, where there are signals."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def ask(self, question: str, **more: object) -> Any:  # noqa: ANN401 - JSON
        with Line(self.address, connect_timeout=5.0, timeout=10.0) as line:
            line.say({"ask": question, **more})
            return line.hear()["answer"]

    def fault(self, kind: str, phase: str, lasts: float | None = None, commands: int = 0) -> None:
        self.ask("fault", fault={"kind": kind, "phase": phase, "lasts": lasts, "commands": commands})

    def places(self) -> dict[str, int]:
        places: dict[str, int] = self.ask("world")["places"]
        return {place: count for place, count in places.items() if count}

    def chips(self) -> dict[str, dict[str, Any]]:
        """Give the chips that were touched, by number."""
        chips: dict[str, dict[str, Any]] = self.ask("world")["chips"]
        return chips

    def good_cards(self) -> dict[str, int]:
        cards: dict[str, int] = self.ask("world")["good_cards"]
        return cards

    def session(self, uri: str = "") -> SimulatorSession:
        return self._driver().open(DeviceUri(uri or self.uri))

    def find(self) -> list[str]:
        """Find what answers in the folder."""
        return list(self._driver().discover())

    def _driver(self) -> SimulatorDriver:
        context = PluginContext(name="P1", clock=SystemClock(), folder=self._folder, photos=self._folder)
        return SimulatorDriver(None, context)


StartDevice = Callable[..., DeviceProcess]


@pytest.fixture
def start_device(tmp_path: Path) -> Iterator[StartDevice]:
    devices: list[DeviceProcess] = []

    def start(*options: str) -> DeviceProcess:
        device = DeviceProcess(tmp_path, "--blanks", "5", "--seconds-per-card", "0.1", *options)
        devices.append(device)
        device.start()
        return device

    yield start
    for device in devices:
        device.kill()
