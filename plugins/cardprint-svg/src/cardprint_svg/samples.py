"""Made-up texts: one of each script, and the longest that a field allows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

__all__ = ["SCRIPTS", "longest"]

SCRIPTS: Mapping[str, str] = {
    "Latn": "Ngọc Åsa Łucja Œuvre",
    "Cyrl": "Никто Примеров",
    "Grek": "Κανένας Δείγμα",
    "Arab": "لا أحد مثال",
    "Hebr": "אף אחד",
    "Deva": "कोई नहीं",
    "Beng": "কেউ না",
    "Taml": "யாருமில்லை",
    "Thai": "ไม่มีใคร",
    "Khmr": "គ្មាននរណា",
    "Ethi": "ማንም የለም",
    "Geor": "არავინ",
    "Armn": "Ոչ ոք",  # noqa: RUF001 - it is Armenian
    "Java": "ꦲꦺꦴꦫꦲꦤ",
    "Bali": "ᬳᬦᬘᬭᬓ",
    "Sund": "ᮠᮔᮎᮛᮊ",
}
"""Nobody's name in each script (ISO 15924) that a design may claim."""
_WORDS = ("Wahyuningtyas", "Kusumawardhani", "Maximilian", "Purnamasari", "Montgomery", "Adiwidjaja", "Hutabarat")


def longest(length: int) -> str:
    """Give a name that nobody bears, of so many characters, in words as long as long names have."""
    text = ""
    for word in cycle(_WORDS):
        if len(text) >= length:
            return text[:length].strip().ljust(length, "m")
        text = f"{text} {word}".strip()
    return text
