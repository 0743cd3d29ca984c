"""What every suite has: exemptions that are written down with their reason."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from cardprint.testing.rules import RuleBrokenError, expect, rule_of, rules_of

__all__ = ["EXEMPTIONS", "Suite"]

EXEMPTIONS = "conformance.toml"
"""The file beside a suite's module that says which rules the plugin is known to break, and why."""


class Suite:
    """Be the base of the suites; a vendor subclasses one of them in a test module."""

    @pytest.fixture(autouse=True)
    def _exempt(self, request: pytest.FixtureRequest) -> None:
        exemptions = _exemptions(request.path.with_name(EXEMPTIONS), type(self).__name__)
        unknown = set(exemptions) - {each.number for each in rules_of(type(self))}
        expect(not unknown, f"{EXEMPTIONS} names rules that there are not: {', '.join(sorted(unknown))}")
        proved = rule_of(request.function)
        if proved is not None and proved.number in exemptions:
            reason = f"exempt: {exemptions[proved.number]}"
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


def _exemptions(file: Path, suite: str) -> Mapping[str, str]:
    """Give reason by number of the rules that a suite is exempt from; once one is no longer broken, its test fails."""
    try:
        tables = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise RuleBrokenError(f"{file} cannot be read: {error}") from error
    table: Mapping[str, str] = tables.get(suite, {})
    sound = isinstance(table, dict) and all(isinstance(reason, str) and reason.strip() for reason in table.values())
    expect(sound, f'{file}: [{suite}] holds lines such as D15 = "the reason"')
    return table
