"""The folder against the rules that every printer driver must keep."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cardprint.builtin.folder import FolderDriver
from cardprint.model import AttemptId, DeviceUri
from cardprint.testing.drivers import Bench, DriverSuite
from cardprint.testing.surroundings import plugin_context


class FolderBench(Bench):
    """Its power is the disk, which can be pulled out; it has no hopper and no path in which a card could be stuck."""

    def __init__(self, folder: Path) -> None:
        self._tray = folder / "station" / "out"
        self._pulled = folder / "pulled"

    @property
    def device(self) -> DeviceUri:
        return DeviceUri("folder:out")

    def unreachable(self) -> DeviceUri:
        return DeviceUri(f"folder:{self._pulled / 'nowhere' / 'cards'}")

    def used(self) -> int:
        record = self._tray / ".cardprint" / "picks"
        return len(record.read_bytes().splitlines()) if record.exists() else 0

    def good(self) -> int:
        return len(list(self._tray.glob("*/card.json")))

    def faces(self, attempt_id: AttemptId) -> Sequence[str]:
        sides = [self._tray / attempt_id / name for name in ("front.png", "back.png")]
        return [hashlib.sha256(side.read_bytes()).hexdigest() for side in sides]

    def cut_power(self) -> None:
        self._tray.rename(self._pulled)

    def restore_power(self) -> None:
        self._pulled.rename(self._tray)


class TestFolder(DriverSuite):
    @pytest.fixture
    def make_driver(self, tmp_path: Path) -> Callable[[], FolderDriver]:
        return lambda: FolderDriver(None, plugin_context(tmp_path / "station"))

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Bench:
        (tmp_path / "station").mkdir()
        return FolderBench(tmp_path)
