"""Questions and answers as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint_magicard.status import ANSWER_MAX, answer_in, count_in, question

TEXTS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=200)


@given(lead=st.binary(min_size=8, max_size=8).filter(lambda lead: b"\x1c\x03" not in lead), value=TEXTS)
def test_an_answer_is_read_whatever_its_first_eight_bytes_are(lead: bytes, value: str) -> None:
    whole = lead + value.encode() + b"\x1c\x03"
    assert answer_in(whole) == value
    assert all(answer_in(whole[:cut]) is None for cut in range(len(whole)))


@given(st.binary(max_size=300))
def test_nothing_that_is_heard_gives_anything_but_a_text_nothing_yet_or_a_refusal(heard: bytes) -> None:
    try:
        value = answer_in(heard)
    except ValueError:
        return
    assert value is None or (value.isascii() and value.isprintable())


@pytest.mark.parametrize(
    "heard",
    [
        b"short\x1c\x03",
        b"12345678one\x1c\x0312345678two\x1c\x03",
        b"12345678one\x1c\x03rest",
        b"12345678\xff\x1c\x03",
        b"12345678\x07\x1c\x03",
        b"x" * (ANSWER_MAX + 1),
    ],
)
def test_what_can_be_no_answer_is_refused(heard: bytes) -> None:
    with pytest.raises(ValueError, match="answer"):
        answer_in(heard)


@pytest.mark.parametrize("key", ["", "AB", "ABCD", "abc", "A,B", "A\x1cB"])
def test_what_is_no_key_is_not_asked_for(key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        question(key)


@pytest.mark.parametrize(
    ("value", "count"), [("0", 0), ("00041", 41), ("", None), ("-1", None), ("12a", None), ("9" * 11, None)]
)
def test_a_count_is_a_number_or_nothing(value: str, count: int | None) -> None:
    assert count_in(value) == count
