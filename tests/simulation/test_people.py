"""People who do not exist."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardprint.simulation.people import made_up_people, made_up_requests, write_dataset


@given(seed=st.integers(), count=st.integers(0, 50))
def test_numbers_are_well_formed_and_of_no_province(seed: int, count: int) -> None:
    for person in made_up_people(count, seed):
        number = person.request.subject_id
        assert re.fullmatch(r"99[0-9]{14}", number)
        day = int(number[6:8])
        assert 1 <= day - (40 if person.woman else 0) <= 31
        assert person.request.fields["birth_date"][5:7] == number[8:10]


def test_the_same_seed_makes_the_same_people() -> None:
    assert made_up_requests(30, 7) == made_up_requests(30, 7)
    assert made_up_requests(30, 7) != made_up_requests(30, 8)


def test_a_dataset_holds_a_row_and_a_portrait_of_each(tmp_path: Path) -> None:
    write_dataset(tmp_path / "a.zip", count=5, seed=3)
    write_dataset(tmp_path / "b.zip", count=5, seed=3)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("requests.csv").decode())))
        assert len(rows) == 5
        pictures = {archive.read(row["photo"]) for row in rows}
    assert len(pictures) == 5
    assert {Image.open(io.BytesIO(data)).size for data in pictures} == {(360, 480)}
