"""The check of the NIK, on numbers of people who do not exist: no regency has the code 99."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cardprint_indonesia
from cardprint.model import CardRequest
from cardprint.model.text import shape_of
from cardprint.plugin import Finding
from cardprint_indonesia.nik import PROVINCES, fault_of, read_nik
from cardprint_indonesia.settings import NikSettings
from cardprint_indonesia.validator import NikValidator

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who was made up."""

    province: str
    district: int
    born: date
    female: bool
    serial: int

    @property
    def nik(self) -> str:
        day = self.born.day + 40 * self.female
        return f"{self.province}99{self.district:02}{day:02}{self.born:%m%y}{self.serial:04}"

    def request(self, **fields: str) -> CardRequest:
        return CardRequest(request_id="r1", subject_id=self.nik, fields=fields)


persons = st.builds(
    Person,
    province=st.sampled_from(sorted(PROVINCES)),
    district=st.integers(1, 99),
    born=st.dates(date(1920, 1, 1), date(2019, 12, 31)),
    female=st.booleans(),
    serial=st.integers(1, 9999),
)
ORSIH = Person(province="32", district=1, born=date(1999, 2, 3), female=True, serial=7)


def rules(request: CardRequest, settings: NikSettings | None = None) -> list[tuple[str, bool]]:
    return [(finding.rule, finding.refuse) for finding in NikValidator(settings).check(request)]


def with_number(number: str) -> CardRequest:
    return CardRequest(request_id="r1", subject_id=number)


@given(person=persons)
def test_a_number_says_what_it_was_made_of(person: Person) -> None:
    nik = read_nik(person.nik)
    assert nik is not None
    assert fault_of(nik) == ""
    assert (nik.province, nik.female, nik.serial) == (person.province, person.female, person.serial)
    assert (nik.day, nik.month, nik.year) == (person.born.day, person.born.month, person.born.year % 100)


@given(person=persons, form=st.sampled_from(NikSettings().date_formats), words=st.booleans())
def test_a_record_that_agrees_with_its_number_has_nothing_odd(person: Person, form: str, *, words: bool) -> None:
    sex = ("perempuan" if person.female else "Laki-laki") if words else "P" if person.female else "L"
    region = f"{person.province}.99.{person.district:02}"
    assert rules(person.request(birth_date=person.born.strftime(form), sex=sex, region=region)) == []


@given(person=persons, other=persons)
def test_what_differs_is_a_warning_and_never_a_refusal(person: Person, other: Person) -> None:
    fields = {"birth_date": f"{other.born}", "sex": "F" if other.female else "M", "region": other.province}
    one, two = ((each.born.day, each.born.month, each.born.year % 100) for each in (person, other))
    expected = [("x-nik-birth-date-differs", False)] * (one != two)
    expected += [("x-nik-sex-differs", False)] * (person.female != other.female)
    expected += [("x-nik-region-differs", False)] * (person.province != other.province)
    assert rules(person.request(**fields)) == expected


@given(text=st.text(max_size=20) | st.from_regex(r"[0-9]{14,18}", fullmatch=True))
def test_whatever_is_no_sixteen_ascii_digits_is_refused_by_its_shape(text: str) -> None:
    findings = NikValidator().check(with_number(text))
    if re.fullmatch(r"[0-9]{16}", text) is None:
        assert [(each.rule, each.refuse) for each in findings] == [("x-nik-form", True)]
        assert [each.shape for each in findings] == [shape_of(text)]


@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("329901430299000", "x-nik-form"),
        ("32990143029900071", "x-nik-form"),
        ("3299014302990OO7", "x-nik-form"),
        ("٣٢٩٩٠١٤٣٠٢٩٩٠٠٠٧", "x-nik-form"),
        ("0299014302990007", "x-nik-region"),
        ("3099014302990007", "x-nik-region"),
        ("3200014302990007", "x-nik-region"),
        ("3299004302990007", "x-nik-region"),
        ("3299010002990007", "x-nik-birth-date"),
        ("3299014002990007", "x-nik-birth-date"),
        ("3299013202990007", "x-nik-birth-date"),
        ("3299017202990007", "x-nik-birth-date"),
        ("3299017102990007", "x-nik-birth-date"),
        ("3299014300990007", "x-nik-birth-date"),
        ("3299014313990007", "x-nik-birth-date"),
        ("3299012902990007", "x-nik-birth-date"),
        ("3299014302990000", "x-nik-serial"),
    ],
)
def test_a_number_that_nobody_can_have_is_refused(number: str, rule: str) -> None:
    assert rules(with_number(number)) == [(rule, True)]


@pytest.mark.parametrize("number", ["3299012902960001", "3299016902000001", "3299013112999999"])
def test_a_number_of_any_day_that_there_was_is_taken(number: str) -> None:
    assert rules(with_number(number)) == []


def test_a_province_that_is_not_known_yet_is_a_warning() -> None:
    assert rules(attrs.evolve(ORSIH, province="97").request()) == [("x-nik-province-unknown", False)]


def test_what_cannot_be_read_or_is_not_there_is_not_compared() -> None:
    assert rules(ORSIH.request(birth_date="3 Feb", sex="?", region="Bandung")) == []
    assert rules(ORSIH.request()) == []


def test_fields_go_by_the_names_that_the_station_gives() -> None:
    settings = NikSettings(number_field="nik", birth_date_field="", sex_field="jk", region_field="")
    request = CardRequest(
        request_id="r1",
        subject_id="x",
        fields={"nik": ORSIH.nik, "jk": "L", "birth_date": "1990-01-01", "region": "11"},
    )
    assert NikValidator(settings).check(request) == (
        Finding(rule="x-nik-sex-differs", field="jk", shape="1 letter", refuse=False),
    )
    missing = NikValidator(settings).check(attrs.evolve(request, fields={}))
    assert missing == (Finding(rule="x-nik-form", field="nik", shape="empty"),)


def test_the_page_names_every_setting_and_every_rule() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", README, re.MULTILINE)
    assert [name for name, _ in rows] == [field.name for field in attrs.fields(NikSettings)]
    for name, default in rows:
        value = getattr(NikSettings(), name)
        written = default.strip("`").replace("empty", '""')
        assert json.loads(written) == (value if isinstance(value, str) else list(value))
    sources = Path(cardprint_indonesia.__file__).parent.glob("*.py")
    used = {rule for source in sources for rule in re.findall(r"x-nik-[a-z-]+", source.read_text("utf-8"))}
    assert used == set(re.findall(r"x-nik-[a-z-]+", README))
