"""The built-in renderer against the rules that all renderers must keep."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.builtin.portrait import PortraitRenderer
from cardprint.plugin import CardRenderer
from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context


class TestPortrait(CardRendererSuite):
    @pytest.fixture
    def make_renderer(self, tmp_path: Path) -> Callable[[], CardRenderer]:
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: PortraitRenderer(None, context)
