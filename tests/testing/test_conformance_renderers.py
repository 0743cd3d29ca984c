"""Each rule for renderers lets a good renderer pass and catches a bad one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.rules import rule_of, rules_of
from support.conformance import outcomes
from support.toy_renderer import BAD_RENDERERS

pytest_plugins = ["pytester"]

SUITE = """
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from cardprint.testing.renderers import CardRendererSuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context
from support.toy_renderer import BAD_RENDERERS, ToyRenderer


class TestToy(CardRendererSuite):
    @pytest.fixture
    def make_renderer(self, tmp_path):
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: {kind}(None, context)
"""


@pytest.fixture(autouse=True)
def _few_examples() -> Iterator[None]:
    """Try little, and shrink nothing: a rule that catches its bad renderer does so early."""
    before = settings.get_current_profile_name()
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("few", deadline=None, max_examples=5, derandomize=True, database=None, phases=phases)
    settings.load_profile("few")
    yield
    settings.load_profile(before)


def test_a_good_renderer_passes_every_rule(pytester: pytest.Pytester) -> None:
    found = outcomes(pytester, SUITE.format(kind="ToyRenderer"))
    assert found == {rule.number: "passed" for rule in rules_of(CardRendererSuite)}


@pytest.mark.parametrize(
    ("number", "index"), [(number, index) for number, bad in BAD_RENDERERS.items() for index in range(len(bad))]
)
def test_a_bad_renderer_breaks_its_rule(pytester: pytest.Pytester, number: str, index: int) -> None:
    # The rule alone: many examples of all the others would take long and say nothing of it.
    (test,) = [
        name for name, member in vars(CardRendererSuite).items() if getattr(rule_of(member), "number", "") == number
    ]
    suite = SUITE.format(kind=f"BAD_RENDERERS[{number!r}][{index}]")
    assert outcomes(pytester, suite, "-k", test) == {number: "failed"}


def test_every_rule_has_a_bad_renderer() -> None:
    assert list(BAD_RENDERERS) == [rule.number for rule in rules_of(CardRendererSuite)]
