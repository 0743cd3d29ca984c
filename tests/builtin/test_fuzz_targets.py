"""The fuzzer's targets hold for what it begins with, and for what it has found."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.fuzzing import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_holds_for_its_seeds_whole_and_cut(tmp_path: Path, name: str) -> None:
    for seed in seeds(name, tmp_path):
        for cut in range(1, len(seed) + 1, max(1, len(seed) // 40)):
            TARGETS[name](tmp_path, seed[:cut])
        TARGETS[name](tmp_path, seed)
