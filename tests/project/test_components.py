"""A missing part of a test is said, and fails where all parts are promised."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.components import require

MISSING = "no-such-program-of-cardprint"


def test_a_program_on_the_path_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Path(sys.executable)
    monkeypatch.setenv("PATH", str(program.parent))
    assert require(program.name, "python3") == program


def test_a_file_that_is_there_is_given() -> None:
    assert require(__file__, "none") == Path(__file__)


@pytest.mark.parametrize("component", [MISSING, str(Path(__file__).with_name(MISSING))])
def test_a_missing_component_skips_and_names_the_package(component: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARDPRINT_REQUIRE_COMPONENTS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install cups"):
        require(component, "cups")


def test_a_missing_component_fails_where_all_are_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDPRINT_REQUIRE_COMPONENTS", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install cups"):
        require(MISSING, "cups")
