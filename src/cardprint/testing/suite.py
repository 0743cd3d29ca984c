"""What every suite has: exemptions that are written down with their reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from cardprint.testing.rules import expect, rule_of, rules_of

__all__ = ["Suite"]


class Suite:
    """Be the base of the suites; a vendor subclasses one of them in a test module."""

    exemptions: ClassVar[Mapping[str, str]] = {}
    """Reason by number of a rule that the plugin is known to break; once it no longer does, the test fails."""

    @pytest.fixture(autouse=True)
    def _exempt(self, request: pytest.FixtureRequest) -> None:
        unknown = set(self.exemptions) - {each.number for each in rules_of(type(self))}
        expect(not unknown, f"exemptions name rules that there are not: {', '.join(sorted(unknown))}")
        proved = rule_of(request.function)
        if proved is not None and proved.number in self.exemptions:
            reason = f"exempt: {self.exemptions[proved.number]}"
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
