"""A numbered rule of the conformance kit, kept beside the test that proves it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

import attrs

__all__ = ["Rule", "RuleBrokenError", "expect", "rule", "rule_of", "rules_of"]

_Test = TypeVar("_Test", bound=Callable[..., None])
_ATTRIBUTE = "cardprint_rule"


class RuleBrokenError(AssertionError):
    """Tell what was seen where a rule asks for something else."""


@attrs.frozen(kw_only=True)
class Rule:
    """State one rule; its number is never given to another."""

    number: str
    """A letter for the kind of plugin (D driver, S source, P policy, R renderer) and a number."""
    sentence: str
    """What must hold."""
    why: str
    """What goes wrong in an office where it does not."""
    example: str
    """How a plugin meets it, or breaks it."""
    exceptions: str
    """Where it does not apply, or what may be written down as an exemption."""
    needs: tuple[str, ...]
    """Capabilities without which it is skipped."""
    level: int
    """The level of a report that asks for it: 1 needs the plugin alone, 2 that cards are counted, 3 a hand that makes
    trouble."""


def rule(
    number: str,
    *,
    why: str,
    example: str,
    exceptions: str = "None.",
    needs: tuple[str, ...] = (),
    level: int = 1,
) -> Callable[[_Test], _Test]:
    """Make a test the proof of a rule; the first line of its docstring is the rule's sentence."""

    def decorate(test: _Test) -> _Test:
        sentence = (inspect.getdoc(test) or "").partition("\n")[0]
        stated = Rule(
            number=number,
            sentence=sentence,
            why=why,
            example=example,
            exceptions=exceptions,
            needs=needs,
            level=level,
        )
        setattr(test, _ATTRIBUTE, stated)
        return test

    return decorate


def rule_of(test: object) -> Rule | None:
    """Give the rule that a test proves, None where it proves none."""
    found = getattr(test, _ATTRIBUTE, None)
    return found if isinstance(found, Rule) else None


def rules_of(suite: type) -> tuple[Rule, ...]:
    """Give all rules of a suite, by number."""
    found = (rule_of(test) for _, test in inspect.getmembers(suite, inspect.isfunction))
    return tuple(sorted((each for each in found if each is not None), key=lambda each: int(each.number[1:])))


def expect(held: object, otherwise: str) -> None:
    """Raise RuleBrokenError, saying what was seen, unless it held."""
    if not held:
        raise RuleBrokenError(otherwise)
