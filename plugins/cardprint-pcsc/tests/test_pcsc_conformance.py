"""The encoder against the rules that every chip encoder must keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.testing.chips import ChipBench, SimulatedChips
from cardprint.testing.encoders import EncoderSuite
from cardprint.testing.surroundings import plugin_context
from cardprint_pcsc.encoder import PlanEncoder
from cardprint_pcsc.settings import PcscSettings
from support.chip_layout import PERSON, prepare


class TestPlanEncoder(EncoderSuite):
    @pytest.fixture
    def make_encoder(self, tmp_path: Path) -> Callable[[], PlanEncoder]:
        prepare(tmp_path)
        return lambda: PlanEncoder(PcscSettings(layout="office.toml"), plugin_context(tmp_path))

    @pytest.fixture
    def bench(self) -> ChipBench:
        return SimulatedChips(PERSON)
