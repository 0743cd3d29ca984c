"""Refuse what is no NIK; wonder about one that differs from the rest of the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from cardprint.model import CardRequest
from cardprint.model.text import shape_of
from cardprint.plugin import Finding, PluginContext, RequestValidator
from cardprint_indonesia.nik import PROVINCES, Nik, fault_of, read_nik
from cardprint_indonesia.settings import NikSettings

__all__ = ["NikValidator"]

_SHORTEST_REGION, _LONGEST_REGION = 2, 6


class NikValidator(RequestValidator):
    """Check the person's number."""

    def __init__(self, settings: NikSettings | None = None, context: PluginContext | None = None) -> None:
        self._settings = settings or NikSettings()

    def check(self, request: CardRequest) -> Sequence[Finding]:
        """Refuse by form alone; what differs from other fields is a warning, since a NIK is never corrected."""
        field = self._settings.number_field
        text = request.fields.get(field, "") if field else request.subject_id
        nik = read_nik(text)
        fault = "x-nik-form" if nik is None else fault_of(nik)
        if nik is None or fault:
            return (Finding(rule=fault, field=field or "subject_id", shape=shape_of(text)),)
        return tuple(self._differences(nik, request, field or "subject_id"))

    def _differences(self, nik: Nik, request: CardRequest, number: str) -> Iterator[Finding]:
        settings = self._settings
        if nik.province not in PROVINCES:
            yield Finding(rule="x-nik-province-unknown", field=number, refuse=False)
        born = self._date(request.fields.get(settings.birth_date_field, ""))
        if born is not None and (born.day, born.month, born.year % 100) != (nik.day, nik.month, nik.year):
            yield _odd("x-nik-birth-date-differs", settings.birth_date_field, request)
        female = self._female(request.fields.get(settings.sex_field, ""))
        if female is not None and female is not nik.female:
            yield _odd("x-nik-sex-differs", settings.sex_field, request)
        region = request.fields.get(settings.region_field, "").replace(".", "")
        if _is_region(region) and not nik.region.startswith(region):
            yield _odd("x-nik-region-differs", settings.region_field, request)

    def _date(self, text: str) -> date | None:
        for form in self._settings.date_formats:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date of birth has no time zone
            except ValueError:
                continue
        return None

    def _female(self, text: str) -> bool | None:
        word = text.strip().upper()
        if word in {each.upper() for each in self._settings.female}:
            return True
        return False if word in {each.upper() for each in self._settings.male} else None


def _is_region(text: str) -> bool:
    return text.isascii() and text.isdigit() and _SHORTEST_REGION <= len(text) <= _LONGEST_REGION


def _odd(rule: str, field: str, request: CardRequest) -> Finding:
    return Finding(rule=rule, field=field, shape=shape_of(request.fields[field]), refuse=False)
