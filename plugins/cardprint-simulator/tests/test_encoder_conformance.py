"""The encoder against the rules that every chip encoder must keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.testing.chips import ChipBench, SimulatedChips
from cardprint.testing.encoders import EncoderSuite
from cardprint.testing.surroundings import plugin_context
from cardprint_simulator.encoder import SimulatorEncoder
from cardprint_simulator.settings import EncoderSettings


class TestSimulatorEncoder(EncoderSuite):
    @pytest.fixture
    def make_encoder(self, tmp_path: Path) -> Callable[[], SimulatorEncoder]:
        return lambda: SimulatorEncoder(EncoderSettings(), plugin_context(tmp_path))

    @pytest.fixture
    def bench(self) -> ChipBench:
        return SimulatedChips({"subject_id": "9900000000000001", "name": "Orang Contoh"})
