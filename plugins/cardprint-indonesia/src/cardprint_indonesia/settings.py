"""What a station's configuration can set for the validator."""

from __future__ import annotations

import attrs

__all__ = ["NikSettings"]


@attrs.frozen(kw_only=True)
class NikSettings:
    """Name the fields that a NIK is compared with, and how they are written."""

    number_field: str = ""
    """The field that holds the NIK; empty: the subject id."""
    birth_date_field: str = "birth_date"
    """The field with the date of birth; empty: it is not compared."""
    date_formats: tuple[str, ...] = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y")
    """How dates are written; others are not compared."""
    sex_field: str = "sex"
    """The field with the sex; empty: it is not compared."""
    female: tuple[str, ...] = ("F", "P", "PEREMPUAN", "FEMALE")
    """Words for a woman, in any case."""
    male: tuple[str, ...] = ("M", "L", "LAKI-LAKI", "MALE")
    """Words for a man; others are not compared."""
    region_field: str = "region"
    """The field with the code of the region, two to six digits with or without dots; empty: it is not compared."""
