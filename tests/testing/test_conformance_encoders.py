"""Each rule for encoders lets a good encoder pass and catches a bad one."""

from __future__ import annotations

import inspect

import pytest

from cardprint.testing.chips import SimulatedChips
from cardprint.testing.encoders import EncoderSuite
from cardprint.testing.rules import RuleBrokenError, rule_of, rules_of
from support.toy_encoder import BAD_ENCODERS, ToyEncoder

PERSON = {"subject_id": "9900000000000001", "name": "Orang Contoh"}
TESTS = {
    stated.number: test
    for _, test in inspect.getmembers(EncoderSuite, inspect.isfunction)
    if (stated := rule_of(test)) is not None
}


def prove(number: str, kind: type[ToyEncoder], request: pytest.FixtureRequest) -> None:
    """Do what pytest does with the test of a rule."""
    own = {"make_encoder": kind, "encoder": kind(), "bench": SimulatedChips(PERSON)}
    wanted = list(inspect.signature(TESTS[number]).parameters)[1:]
    given = {name: own[name] if name in own else request.getfixturevalue(name) for name in wanted}
    TESTS[number](EncoderSuite(), **given)


@pytest.mark.parametrize("number", TESTS)
def test_a_good_encoder_passes_every_rule(request: pytest.FixtureRequest, number: str) -> None:
    prove(number, ToyEncoder, request)


@pytest.mark.parametrize(("number", "kind"), [(number, kind) for number, bad in BAD_ENCODERS.items() for kind in bad])
def test_a_bad_encoder_breaks_its_rule(request: pytest.FixtureRequest, number: str, kind: type[ToyEncoder]) -> None:
    with pytest.raises(RuleBrokenError):
        prove(number, kind, request)


def test_every_rule_has_a_bad_encoder() -> None:
    assert list(BAD_ENCODERS) == [rule.number for rule in rules_of(EncoderSuite)]
