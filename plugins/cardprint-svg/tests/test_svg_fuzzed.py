"""Sound input, damaged: whatever it becomes, it is drawn or refused. ``tests/fuzz/fuzz_svg.py`` tries harder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.svg_fuzzing import TARGETS, WORDS, seeds


@pytest.mark.parametrize("name", ["drawing", "design", "text", "photo"])
def test_damaged_input_is_drawn_or_refused(name: str, tmp_path: Path) -> None:
    sound = list(seeds(name))
    pieces = st.sampled_from([word.encode() for word in WORDS[name]]) | st.binary(max_size=6)

    @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sampled_from(sound), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), pieces), max_size=4))
    def _check(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
        for where, gone, piece in changes:
            at = round(where * len(data))
            data = data[:at] + piece + data[at + gone :]
        TARGETS[name](tmp_path, data)

    _check()
