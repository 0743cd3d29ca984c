"""Questions to the printer and its answers; pure functions.

An answer is eight bytes, the value and ``1C 03``. What the eight bytes say is not known: Gutenprint looks at none of
them, and nor does this. So an answer that comes late cannot be told from the next question's, and whoever asks must see
for himself that question and answer go together.
"""

from __future__ import annotations

import re

__all__ = ["ANSWER_MAX", "COUNT_KEY", "KEYS", "PANELS_KEY", "SERIAL_KEY", "answer_in", "count_in", "question"]

SERIAL_KEY = "MSR"
COUNT_KEY = "TCQ"
PANELS_KEY = "DFR"
KEYS = {
    SERIAL_KEY: "serial number",
    "VRS": "firmware",
    COUNT_KEY: "cards printed",
    "TCP": "cards on this head",
    "TPQ": "panels printed",
    PANELS_KEY: "panels remaining",
    "TCN": "cleanings",
    "CCQ": "cards since cleaning",
    "CCP": "cards between cleanings",
}
"""Keys that are asked for, with what Gutenprint calls them; that they count so is not proven."""

ANSWER_MAX = 256
"""Bytes that no answer exceeds: Gutenprint takes no more."""
_LEAD = 8
_END = b"\x1c\x03"
_KEY = re.compile(r"[A-Z]{3}")
_COUNT = re.compile(r"\d{1,10}")


def question(key: str) -> bytes:
    """Give the bytes that ask for a key; raise ValueError for what is none."""
    if not _KEY.fullmatch(key):
        raise ValueError("a key is three capital letters")
    return b"\x05" * 9 + b"\x01REQ,STA," + key.encode("ascii") + b"," + _END


def answer_in(heard: bytes) -> str | None:
    """Give the value of an answer, None where it has not ended yet; raise ValueError for what can be none.

    More than one answer is none: it would leave the next question with this one's.
    """
    if len(heard) > ANSWER_MAX:
        raise ValueError("an answer does not end")
    if not heard.endswith(_END):
        if _END in heard:
            raise ValueError("an answer is followed by another")
        return None
    value = heard[_LEAD : -len(_END)]
    if len(heard) < _LEAD + len(_END) or _END in value:
        raise ValueError("an answer is too short, or two")
    text = value.decode("ascii", "replace").strip(" \0\r\n")
    if not text.isprintable() or not text.isascii():
        raise ValueError("an answer is no text")
    return text


def count_in(value: str) -> int | None:
    """Give the number that a value is; None where it is none, or too long to be believed."""
    return int(value) if _COUNT.fullmatch(value) else None
