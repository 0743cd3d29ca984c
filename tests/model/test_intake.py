from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.model import CardRequest
from cardprint.model.intake import check_request
from cardprint.model.text import flaw_of, shape_of

SIXTEEN_DIGITS = re.compile(r"[0-9]{16}")
GOOD = CardRequest(request_id="R-1", subject_id="3171014501900001", fields={"name": "Wayan Contoh"})


def rules(request: CardRequest) -> set[tuple[str, str]]:
    return {(fault.column, fault.rule) for fault in check_request(request, SIXTEEN_DIGITS)}


def test_a_good_request_has_no_faults() -> None:
    assert rules(GOOD) == set()


@pytest.mark.parametrize(
    "subject_id",
    [
        "3171014501900001\n",
        "٣١٧١٠١٤٥٠١٩٠٠٠٠١",
        "317101450190000",
        " 3171014501900001",
        "317101450190000x",
        "",
        "3" * 500,
        "317101450190000\0",
    ],
)
def test_a_subject_id_that_does_not_match_whole_is_a_fault(subject_id: str) -> None:
    assert {column for column, _ in rules(attrs.evolve(GOOD, subject_id=subject_id))} == {"subject_id"}


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("Wayan\nContoh", "x-control-character"),
        ("Wayan\0Contoh", "x-control-character"),
        ("Wayan\x85Contoh", "x-control-character"),
        ("Wayan\u2028Contoh", "x-control-character"),
        ("Wayan\ud800", "x-surrogate"),
        ("Wayan\u202eContoh", "x-bidi-control"),
        ("Wayan\u2066Contoh", "x-bidi-control"),
        ("Wayan\u200fContoh", "x-bidi-control"),
        ("Wayan\u061cContoh", "x-bidi-control"),
        ("Wayan\ufeffContoh", "x-unprintable-character"),
        ("W" * 4097, "x-too-long"),
    ],
)
def test_a_field_that_cannot_stand_on_a_card_is_a_fault(value: str, rule: str) -> None:
    assert rules(attrs.evolve(GOOD, fields={"name": value})) == {("name", rule)}


@pytest.mark.parametrize("value", ["", "Ni Ketut", "ꦱꦸꦫꦏꦂꦠ", "\u0645\u06cc\u200c\u062e\u0648", "Jl.\u00a0Contoh 1"])
def test_texts_of_any_script_pass(value: str) -> None:
    assert rules(attrs.evolve(GOOD, fields={"name": value})) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"request_id": ""}, ("request_id", "x-missing")),
        ({"request_id": "R" * 129}, ("request_id", "x-too-long")),
        ({"request_id": "R\r"}, ("request_id", "x-control-character")),
        ({"priority": 10}, ("priority", "x-out-of-range")),
        ({"priority": -1}, ("priority", "x-out-of-range")),
        ({"reason": "Lost Card"}, ("reason", "x-keyword")),
        ({"kind": ""}, ("kind", "x-missing")),
        ({"needs": frozenset({"two sided"})}, ("needs", "x-keyword")),
        ({"design": "../other"}, ("design", "x-design-name")),
        ({"photo": "portrait.jpg"}, ("photo", "x-photo-digest")),
        ({"fields": {"": "x"}}, ("fields", "x-field-name")),
        ({"fields": {"n" * 65: "x"}}, ("fields", "x-field-name")),
        ({"fields": {f"n{number}": "" for number in range(257)}}, ("", "x-too-many-fields")),
        ({"fields": {f"n{number}": "x" * 4000 for number in range(17)}}, ("", "x-too-long")),
        ({"fields": {"name": 7}}, ("fields", "x-not-text")),
    ],
)
def test_each_rule_names_its_column(change: dict[str, object], expected: tuple[str, str]) -> None:
    request = CardRequest(**{**attrs.asdict(GOOD, recurse=False), **change})
    assert rules(request) == {expected}


@given(
    place=st.integers(0, 11),
    flaw=st.sampled_from("\n\0\x85\u202e\ufeff\ud800"),
    before=st.text(alphabet="abc ", max_size=3),
)
def test_a_flaw_is_found_in_whichever_text_it_stands(place: int, flaw: str, before: str) -> None:
    texts = [f"text {number}" for number in range(12)]
    texts[place] = f"{before}{flaw}"
    request_id, subject_id, *others = texts
    fields = dict(zip(others[:5], others[5:], strict=True))
    request = CardRequest(request_id=request_id, subject_id=subject_id, fields=fields)
    column = ["request_id", "subject_id", *["fields"] * 5, *others[:5]][place]
    assert {fault.column for fault in check_request(request, re.compile(".*"))} == {column}


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("", "empty"),
        ("317101450190000", "15 digits"),
        ("1", "1 digit"),
        ("٣١٧١", "4 digits of another script"),
        ("Wayan", "5 letters"),
        ("R2", "2 letters and digits"),
        ("  ", "2 spaces"),
        ("Wayan Contoh", "12 characters"),
        ("31\n", "3 characters with a control character"),
        ("a\u202e", "2 characters with a bidi control"),
        ("a\ud800", "2 characters with a lone surrogate"),
    ],
)
def test_a_shape_tells_the_kind_and_the_length(value: str, shape: str) -> None:
    assert shape_of(value) == shape


@given(st.text(alphabet=st.characters(exclude_characters="abcdefghijklmnopqrstuvwxyz 0123456789"), min_size=1))
def test_a_shape_never_gives_the_value_away(value: str) -> None:
    assert not set(shape_of(value)) & set(value)


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_text_without_a_flaw_can_be_written_as_utf_8_on_one_line(value: str) -> None:
    if not flaw_of(value):
        assert len(value.encode("utf-8").decode("utf-8").splitlines()) <= 1
