"""Every keyword of the built-in policies has its sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cardprint import builtin, engine
from cardprint.engine.explain import sentence

SOURCES = [
    *(Path(builtin.__file__).parent / "quota").glob("*.py"),
    Path(builtin.__file__).parent / "policies.py",
    Path(engine.__file__).parent / "foresight.py",
]
KEYWORDS = sorted({word for source in SOURCES for word in re.findall(r'"(x-[a-z-]+)"', source.read_text("utf-8"))})
FIELDS = """
lane waiting effective weight of drawn cards floor kind left passed lanes rule type reason priority since
"""
VALUES = dict.fromkeys(re.findall(r"\w+", FIELDS), "7")


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_of_a_policy_has_a_sentence(keyword: str) -> None:
    assert not sentence(keyword, VALUES).startswith("Reason:")
