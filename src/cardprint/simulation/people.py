"""People who do not exist: names put together from syllables, well-formed numbers that belong to nobody, portraits.

A NIK begins with a province's code; 99 is no province, so that no number here can be anybody's.
"""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import attrs

from cardprint.model import CardRequest, RequestType

__all__ = ["Person", "made_up_people", "made_up_requests", "write_dataset"]

_PROVINCE_OF_NOBODY = 99
_WOMAN = 40
_STARTS = ("Ba", "Da", "Ge", "Ka", "La", "Ma", "Na", "Ra", "Sa", "Ta", "Wi", "Yu", "Ar", "El", "In", "Or")
_MIDDLES = ("da", "ga", "ka", "li", "ma", "ni", "ra", "ri", "sa", "ti", "wa", "yu", "nto", "mbe")
_ENDS_OF_MEN = ("no", "ndar", "ran", "wan", "do", "yo")
_ENDS_OF_WOMEN = ("ni", "wati", "sih", "rika", "la", "yani")
_PLACES = ("Tirtanala", "Wonokembar", "Batu Lintang", "Sungai Pelita", "Kota Randu", "Muara Selasih")
_STREETS = ("Jl. Kenanga Dua", "Jl. Batu Bata", "Gg. Melati Kering", "Jl. Layang-Layang", "Jl. Pasar Senin")
_FIELDS = ("request_id", "subject_id", "request_type", "reason", "priority", "waiting_since")
_DATA = ("name", "birth_place", "birth_date", "sex", "address", "photo")


@attrs.frozen(kw_only=True)
class Person:
    """Be nobody."""

    request: CardRequest
    """The request, with the person's data as its fields."""
    woman: bool
    """For the number and for the portrait."""
    seed: str
    """Of the portrait."""


def _name(chance: random.Random, *, woman: bool) -> str:
    ends = _ENDS_OF_WOMEN if woman else _ENDS_OF_MEN
    words = chance.choices([1, 2, 3], [2, 5, 2])[0]
    return " ".join(
        chance.choice(_STARTS) + "".join(chance.choices(_MIDDLES, k=chance.randint(0, 1))) + chance.choice(ends)
        for _ in range(words)
    )


def made_up_people(count: int, seed: int = 1) -> Iterator[Person]:
    """Make people up, the same ones for the same seed."""
    chance = random.Random(f"people/{seed}")
    for number in range(1, count + 1):
        woman = chance.random() < 0.5  # noqa: PLR2004 - a coin
        born = date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))
        day = born.day + (_WOMAN if woman else 0)
        area = f"{_PROVINCE_OF_NOBODY}{chance.randint(1, 79):02d}{chance.randint(1, 30):02d}"
        request_type = chance.choices([RequestType.FIRST_ISSUANCE, RequestType.REPLACEMENT], [5, 1])[0]
        yield Person(
            woman=woman,
            seed=f"{seed}/{number}",
            request=CardRequest(
                request_id=f"PRR-{seed:03d}-{number:05d}",
                subject_id=f"{area}{day:02d}{born:%m%y}{number % 10_000:04d}",
                request_type=request_type,
                reason=chance.choice(["lost", "damaged"]) if request_type is RequestType.REPLACEMENT else "",
                waiting_since=date(2025, 1, 1) + timedelta(days=chance.randrange(360)),
                fields={
                    "name": _name(chance, woman=woman),
                    "birth_place": chance.choice(_PLACES),
                    "birth_date": born.isoformat(),
                    "sex": "F" if woman else "M",
                    "address": f"{chance.choice(_STREETS)} {chance.randint(1, 199)}, {chance.choice(_PLACES)}",
                },
            ),
        )


def made_up_requests(count: int, seed: int = 1) -> list[CardRequest]:
    """Give the requests of made-up people, without photos."""
    return [person.request for person in made_up_people(count, seed)]


def write_dataset(path: Path, *, count: int, seed: int = 1) -> None:
    """Write a ZIP with ``requests.csv`` and a JPEG of each person below ``photos/``; same seed, same bytes."""
    from cardprint.simulation.portraits import draw_portrait  # noqa: PLC0415 - loads Pillow

    people = list(made_up_people(count, seed))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_FIELDS, *_DATA])
    writer.writerows(_row(person.request) for person in people)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "requests.csv", text.getvalue().encode())
        for person in people:
            _add(archive, f"photos/{person.request.request_id}.jpg", draw_portrait(person.seed, woman=person.woman))


def _row(request: CardRequest) -> Sequence[object]:
    since = request.waiting_since.isoformat() if request.waiting_since else ""
    identity = (request.request_id, request.subject_id, request.request_type.value, request.reason, request.priority)
    return [*identity, since, *(request.fields[name] for name in _DATA[:-1]), f"photos/{request.request_id}.jpg"]


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file with a fixed time, so that the archive depends on the seed alone."""
    archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 8, 0, 0)), data, zipfile.ZIP_DEFLATED)
