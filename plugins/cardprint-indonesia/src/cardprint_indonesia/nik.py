"""The NIK: what its sixteen digits say. It never changes, so that nothing here corrects one."""

from __future__ import annotations

import re
from calendar import monthrange

import attrs

__all__ = ["PROVINCES", "Nik", "fault_of", "read_nik"]

PROVINCES = frozenset(
    [
        *("11", "12", "13", "14", "15", "16", "17", "18", "19", "21"),
        *("31", "32", "33", "34", "35", "36", "51", "52", "53"),
        *("61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76"),
        *("81", "82", "91", "92", "93", "94", "95", "96"),
    ],
)
"""Codes of the provinces in 2024 (codes of administrative regions, Ministry of Home Affairs)."""

_FORM = re.compile(r"[0-9]{16}")
_FEMALE = 40
_CENTURY = 2000
"""The one whose year 00 had a 29 February, as no other had whose people live."""


@attrs.frozen(kw_only=True)
class Nik:
    """Hold what a NIK says of the person's first registration."""

    region: str
    """Two digits each for province, regency and district."""
    female: bool
    """True for a woman."""
    day: int
    """The day of birth."""
    month: int
    """The month of birth."""
    year: int
    """The last two digits of the year of birth."""
    serial: int
    """The number among those with all else alike."""

    @property
    def province(self) -> str:
        """The province's code."""
        return self.region[:2]


def read_nik(text: str) -> Nik | None:
    """Take sixteen digits apart; None where there are not sixteen ASCII digits."""
    if not _FORM.fullmatch(text):
        return None
    day = int(text[6:8])
    return Nik(
        region=text[:6],
        female=day > _FEMALE,
        day=day - _FEMALE if day > _FEMALE else day,
        month=int(text[8:10]),
        year=int(text[10:12]),
        serial=int(text[12:]),
    )


def fault_of(nik: Nik) -> str:
    """Name the rule that sixteen digits break; empty where they may be a NIK."""
    if "0" in nik.province or "00" in {nik.region[2:4], nik.region[4:]}:
        return "x-nik-region"
    if not 1 <= nik.month <= 12 or not 1 <= nik.day <= _days(nik):  # noqa: PLR2004 - a year's months
        return "x-nik-birth-date"
    return "" if nik.serial else "x-nik-serial"


def _days(nik: Nik) -> int:
    """Count the days of the month of birth, in whatever century; 00 may be 2000, which had a 29 February."""
    return monthrange(_CENTURY + nik.year, nik.month)[1]
