"""Every built-in policy, as it is without settings, against the rules that all policies must keep."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.builtin import entries
from cardprint.plugin import AllocationPolicy, PolicyEntry
from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context


def found(path: str) -> Callable[..., AllocationPolicy]:
    module, _, name = path.partition(":")
    made: Callable[..., AllocationPolicy] = getattr(importlib.import_module(module), name)
    return made


@pytest.mark.parametrize("entry", entries.cardprint_allocation_policies(), ids=lambda entry: entry.name)
class TestBuiltIn(AllocationPolicySuite):
    @pytest.fixture
    def make_policy(self, entry: PolicyEntry, tmp_path: Path) -> Callable[[], AllocationPolicy]:
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        settings = found(entry.settings)() if entry.settings else None
        return lambda: found(entry.factory)(settings, context)
