"""The SVG renderer against the rules that all renderers must keep, with the design that has most."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardprint.plugin import CardRenderer
from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context
from cardprint_svg.renderer import SvgRenderer
from cardprint_svg.settings import SvgSettings


class TestSvg(CardRendererSuite):
    @pytest.fixture
    def make_renderer(self, tmp_path: Path) -> Callable[[], CardRenderer]:
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: SvgRenderer(SvgSettings(design="id-card"), context)
