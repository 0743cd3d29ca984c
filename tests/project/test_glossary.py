"""The glossary knows every state, fate, type, account and position that the model has."""

from __future__ import annotations

import enum
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from cardprint import model
from cardprint.model import (
    AccountKind,
    AttemptState,
    CardFate,
    CardPosition,
    ErrorClass,
    JobState,
    PrinterState,
    Receipt,
    RequestType,
    StepKind,
    Verdict,
)
from cardprint.model.jobs import JobEvent
from cardprint.model.ledger import MovementKind

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def rows(section: str) -> list[tuple[str, str]]:
    """Give word and meaning of a section's table."""
    text = re.split(r"^## ", GLOSSARY, flags=re.MULTILINE)
    body = next(part for part in text if part.startswith(f"{section}\n"))
    return re.findall(r"^\| ([^|]+) \| (.+) \|$", body, flags=re.MULTILINE)[1:]


EXPLAINED: list[tuple[str, type[enum.Enum]]] = [
    ("Requests", RequestType),
    ("Requests", Verdict),
    ("Requests", Receipt),
    ("Jobs", JobState),
    ("Attempts", AttemptState),
    ("Attempts", CardFate),
    ("Attempts", StepKind),
    ("Printers", PrinterState),
    ("Printers", CardPosition),
    ("Blanks", AccountKind),
    ("Blanks", MovementKind),
    ("Failures", ErrorClass),
]
NEVER_SHOWN = {JobEvent}
"""What moves a job from state to state inside the engine; people and plugins see the states."""


def test_no_kind_of_the_model_is_left_out() -> None:
    modules = [
        importlib.import_module(f"cardprint.model.{found.name}") for found in pkgutil.iter_modules(model.__path__)
    ]
    kinds = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__.startswith("cardprint.")
    }
    assert kinds == {kind for _, kind in EXPLAINED} | NEVER_SHOWN


@pytest.mark.parametrize(("section", "kind"), EXPLAINED)
def test_every_member_is_explained_where_its_kind_is(section: str, kind: type[enum.Enum]) -> None:
    words = [word for word, _ in rows(section)]
    meanings = " ".join(meaning for _, meaning in rows(section))
    if kind is not MovementKind:
        assert f"`{kind.__name__}`" in meanings
    assert [member.value for member in kind if f"`{member.value}`" not in words] == []


def test_no_word_of_a_section_is_explained_twice_alike() -> None:
    for section in ("Requests", "Jobs", "Attempts", "Printers", "Blanks", "Failures"):
        found = [word for word, _ in rows(section)]
        assert sorted(found) == sorted(set(found)), section
