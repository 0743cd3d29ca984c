"""Each rule for policies lets a good policy pass and catches a bad one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.rules import rule_of, rules_of
from support.conformance import outcomes
from support.toy_policy import BAD_POLICIES

pytest_plugins = ["pytester"]

SUITE = """
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from cardprint.testing.policies import AllocationPolicySuite
from cardprint.testing.surroundings import ForbiddenClock, plugin_context
from support.toy_policy import BAD_POLICIES, ToyPolicy


class TestToy(AllocationPolicySuite):
    @pytest.fixture
    def make_policy(self, tmp_path):
        context = plugin_context(tmp_path, clock=ForbiddenClock())
        return lambda: {kind}(None, context)
"""


@pytest.fixture(autouse=True)
def _few_examples() -> Iterator[None]:
    """Try little, and shrink nothing: a rule that catches its bad policy does so early."""
    before = settings.get_current_profile_name()
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("few", deadline=None, max_examples=40, derandomize=True, database=None, phases=phases)
    settings.load_profile("few")
    yield
    settings.load_profile(before)


def test_a_good_policy_passes_every_rule(pytester: pytest.Pytester) -> None:
    found = outcomes(pytester, SUITE.format(kind="ToyPolicy"))
    assert found == {rule.number: "passed" for rule in rules_of(AllocationPolicySuite)}


@pytest.mark.parametrize(
    ("number", "index"), [(number, index) for number, bad in BAD_POLICIES.items() for index in range(len(bad))]
)
def test_a_bad_policy_breaks_its_rule(pytester: pytest.Pytester, number: str, index: int) -> None:
    # The rule alone: many examples of all the others would take long and say nothing of it.
    (test,) = [
        name for name, member in vars(AllocationPolicySuite).items() if getattr(rule_of(member), "number", "") == number
    ]
    suite = SUITE.format(kind=f"BAD_POLICIES[{number!r}][{index}]")
    assert outcomes(pytester, suite, "-k", test) == {number: "failed"}


def test_every_rule_has_a_bad_policy() -> None:
    assert list(BAD_POLICIES) == [rule.number for rule in rules_of(AllocationPolicySuite)]
