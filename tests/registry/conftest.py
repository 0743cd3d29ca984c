from __future__ import annotations

from pathlib import Path

import pytest

from cardprint.plugin import PluginContext
from support.distributions import install

__all__ = ["context", "install"]


class StillClock:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        pass


@pytest.fixture
def context(tmp_path: Path) -> PluginContext:
    return PluginContext(name="P1", clock=StillClock(), folder=tmp_path, photos=tmp_path / "photos")
