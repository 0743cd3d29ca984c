"""Files through the station: cut, twice, corrected, and bad ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint import Station
from cardprint.errors import InputError, PluginError
from cardprint.model import JobState
from cardprint.model.syncing import IntakeReport
from cardprint.simulation.people import write_dataset
from support.stations import Bench, station_config

HEADER = "request_id,subject_id,name\n"


def rows(count: int) -> str:
    return HEADER + "".join(f"r{n},99{n:014d},Nobody\n" for n in range(count))


class CutError(Exception):
    """The power fails."""


def cut_after(pages: int) -> Callable[[IntakeReport], None]:
    def tell(report: IntakeReport) -> None:
        if report.pages >= pages:
            raise CutError

    return tell


@given(count=st.integers(0, 40), page=st.integers(1, 12), cuts=st.lists(st.integers(1, 4), max_size=6))
@settings(max_examples=30)
def test_an_import_cut_anywhere_lets_every_row_in_once(
    count: int,
    page: int,
    cuts: list[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("import")
    file = folder / "people.csv"
    file.write_text(rows(count) + "bad,,row\n", encoding="utf-8")
    bench = Bench(folder / "station")
    for cut in cuts:
        with bench.open() as station:
            try:
                station.sources.import_file(file, settings={"page_size": page}, progress=cut_after(cut))
            except CutError:
                continue
    with bench.open() as station:
        station.sources.import_file(file, settings={"page_size": page})
        again = station.sources.import_file(file, settings={"page_size": page})
        assert (again.new, again.rejected) == (0, 0)
        found = [job.request_id for job in station.jobs.list(limit=100)]
        assert sorted(found) == sorted(f"r{n}" for n in range(count))
        assert len(station.sources.rejects()) == 1
        assert station.check().ok


def test_outcomes_are_written_beside_the_file_once(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(rows(2), encoding="utf-8")
    bench = Bench(tmp_path / "station")
    with bench.open() as station:
        station.sources.import_file(file)
        bench.stock(station, 1)
        bench.work(station)
        assert station.sources.deliver() == 1
        assert station.sources.deliver() == 0
        assert station.status().outbox == 0
    lines = (tmp_path / "people.csv.outcomes.csv").read_text("utf-8").splitlines()
    assert len(lines) == 2
    assert ",r0,printed," in lines[1]


def test_photos_of_a_zip_are_kept_by_their_content(tmp_path: Path) -> None:
    write_dataset(tmp_path / "people.zip", count=3)
    with Station.open(station_config(tmp_path / "station"), ports=lambda _: pytest.fail("opened")) as station:
        assert station.sources.import_file(tmp_path / "people.zip").new == 3
    photos = list((tmp_path / "station" / "photos").iterdir())
    assert len(photos) == 3
    assert {photo.stat().st_mode & 0o777 for photo in photos} == {0o600}


def traversing(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("requests.csv", rows(1))
        archive.writestr("../escape.jpg", b"\xff\xd8\xff")


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("requests.csv", HEADER + "x" * 40_000_000)


def large_field(path: Path) -> None:
    path.write_bytes(HEADER.encode() + b"r1,1," + b"x" * 200_000_000 + b"\n")


BAD: dict[str, bytes | Callable[[Path], None]] = {
    "empty": b"",
    "no rows of ours": b"colour,size\nred,1\n",
    "unterminated quote": (rows(3) + 'r9,9900000000000099,"Nobody\n').encode(),
    "field of 200 MB": large_field,
    "NUL": rows(2).encode() + b"r3,3,No\0body\n",
    "duplicate columns": b"request_id,subject_id,subject_id\nr1,1,1\n",
    "broken ZIP": b"PK\x03\x04 and nothing more",
    "path-traversing ZIP": traversing,
    "zip bomb": bomb,
    "not text": b"\xff\x00\x01\x02" * 50,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_lets_nothing_in_and_says_where(name: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.file"
    content = BAD[name]
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        content(file)
    with Station.open(station_config(tmp_path / "station"), ports=lambda _: pytest.fail("opened")) as station:
        with pytest.raises(InputError) as caught:
            station.sources.import_file(file)
        assert "bad.file" in str(caught.value)
        assert caught.value.cure
        assert station.jobs.count(JobState.PENDING) == 0
        assert station.sources.rejects() == []


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("r1,\u0661\u0662\u0663,Nobody", "subject_id", "x-subject-id-pattern"),
        ("r1,12,Nobody", "subject_id", "x-subject-id-pattern"),
        ('r1,"1234567890123456\n",Nobody', "subject_id", "x-control-character"),
        ("r1,1234567890123456,No\u202ebody", "name", "x-bidi-control"),
        ("r1,1234567890123456,Nobody,more", "", "x-ragged-row"),
        ("r1,1234567890123456", "", "x-ragged-row"),
    ],
)
def test_a_bad_row_is_rejected_by_line_and_rule_and_the_others_come_in(
    row: str,
    column: str,
    rule: str,
    tmp_path: Path,
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(HEADER + row + "\nr2,1234567890123457,Nobody\n", encoding="utf-8", newline="")
    config = station_config(tmp_path / "station").__class__(
        folder=tmp_path / "station",
        subject_pattern="[0-9]{16}",
    )
    with Station.open(config) as station:
        report = station.sources.import_file(file)
        assert (report.new, report.rejected) == (1, 1)
        assert not report.ok
        (reject,) = station.sources.rejects()
        assert (reject.line, reject.rule) == (2, rule)
        assert reject.column == column
        assert "Nobody" not in reject.shape
        assert station.sources.export_rejects(tmp_path / "rejects.csv") == 1
    assert "Nobody" not in (tmp_path / "rejects.csv").read_text("utf-8")


def test_an_unknown_plugin_is_refused_with_what_was_perhaps_meant(tmp_path: Path) -> None:
    config = station_config(tmp_path / "station")
    with pytest.raises(PluginError, match="simulated"):
        Station.open(config)


def test_a_header_of_ones_own_is_named_as_a_command_line_can(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Nomor Kartu,Nama\n990000000001,Nobody\n", encoding="utf-8")
    with Bench(tmp_path / "station").open() as station:
        with pytest.raises(InputError, match=r"no column is the subject id\. The header is the first line") as caught:
            station.sources.import_file(file)
        assert "--set columns.subject_id=HEADER" in caught.value.cure
        assert station.sources.import_file(file, settings={"columns.subject_id": "Nomor Kartu"}).new == 1
