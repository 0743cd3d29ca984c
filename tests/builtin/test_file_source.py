from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from cardprint.builtin.file import FileLimits, FileSource
from cardprint.model import Cursor, Item, New, Receipt, Rejected, RequestType
from support.files import as_csv, open_source, read_text
from support.source_suite import DataSourceSuite, Origin, Row, made_up_rows, portrait, report


def names(items: Sequence[Item]) -> list[str]:
    return [item.request.fields["name"] for item in items if isinstance(item, New)]


class FileOrigin(Origin):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "requests"

    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        named = [
            {**row, "photo": f"photos/{row['request_id']}.png"} if photos and row["request_id"] in photos else row
            for row in rows
        ]
        self.write(named, {f"photos/{name}.png": content for name, content in (photos or {}).items()})

    def write(self, rows: Sequence[Row], photos: Mapping[str, bytes]) -> None:
        self.path.write_text(self.text(rows), newline="", encoding="utf-8")
        for name, content in photos.items():
            photo = self.folder / name
            photo.parent.mkdir(exist_ok=True)
            photo.write_bytes(content)

    def text(self, rows: Sequence[Row]) -> str:
        return as_csv(rows)

    def source(self) -> FileSource:
        return open_source(self.path)

    def outcomes(self) -> list[tuple[str, str, str]]:
        path = self.folder / "requests.outcomes.csv"
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as stream:
            return [(row["key"], row["request_id"], row["outcome"]) for row in csv.DictReader(stream)]


class JsonLinesOrigin(FileOrigin):
    def text(self, rows: Sequence[Row]) -> str:
        return "".join(json.dumps(row) + "\n" for row in rows)


class ZipOrigin(FileOrigin):
    def write(self, rows: Sequence[Row], photos: Mapping[str, bytes]) -> None:
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("export/requests.csv", as_csv(rows))
            for name, content in photos.items():
                archive.writestr(f"export/{name}", content)


class SheetOrigin(FileOrigin):
    def write(self, rows: Sequence[Row], photos: Mapping[str, bytes]) -> None:
        made = openpyxl.Workbook()
        table = made.active
        columns = [*made_up_rows(1)[0], "photo"]
        table.append(columns)
        for row in rows:
            table.append([row.get(column) for column in columns])
        made.save(self.path)
        for name, content in photos.items():
            photo = self.folder / name
            photo.parent.mkdir(exist_ok=True)
            photo.write_bytes(content)


class TestCsv(DataSourceSuite):
    @pytest.fixture
    def origin(self, tmp_path: Path) -> Origin:
        return FileOrigin(tmp_path)


class TestJsonLines(DataSourceSuite):
    @pytest.fixture
    def origin(self, tmp_path: Path) -> Origin:
        return JsonLinesOrigin(tmp_path)


class TestZip(DataSourceSuite):
    @pytest.fixture
    def origin(self, tmp_path: Path) -> Origin:
        return ZipOrigin(tmp_path)


class TestSpreadsheet(DataSourceSuite):
    @pytest.fixture
    def origin(self, tmp_path: Path) -> Origin:
        return SheetOrigin(tmp_path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_what_the_header_then_means(tmp_path: Path, delimiter: str) -> None:
    assert len(read_text(tmp_path, as_csv(made_up_rows(3), delimiter))) == 3
    assert names(read_text(tmp_path, as_csv(made_up_rows(1), delimiter))) == ["Orang Contoh, 1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_as_its_mark_says(tmp_path: Path, encoding: str) -> None:
    text = "nik,nama\n1,Né ꦱ\n"
    assert names(read_text(tmp_path, text.encode(encoding))) == ["Né ꦱ"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["nik,nama\n1,Né ꦱ\n", '{"nik": "1", "nama": "Né ꦱ"}\n'])
def test_utf_16_without_a_mark_is_known_by_its_nuls(tmp_path: Path, encoding: str, text: str) -> None:
    assert names(read_text(tmp_path, text.encode(encoding))) == ["Né ꦱ"]


@pytest.mark.parametrize("first", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_excels_line_that_names_the_delimiter_is_followed(tmp_path: Path, first: str) -> None:
    items = read_text(tmp_path, f"{first}nama;nik\nContoh, A;1\nx\n")
    assert names(items) == ["Contoh, A"]
    assert [getattr(item, "line", 0) for item in items] == [3, 4]


def test_excels_line_is_passed_over_where_a_delimiter_is_set(tmp_path: Path) -> None:
    assert names(read_text(tmp_path, "sep=;\nnama|nik\nContoh|1\n", delimiter="|")) == ["Contoh"]


@pytest.mark.parametrize("value", ["5", "5.0", "5,00", " 5 "])
def test_a_whole_number_may_have_the_decimals_of_a_spreadsheet(tmp_path: Path, value: str) -> None:
    (item,) = read_text(tmp_path, f"nik;prioritas\n1;{value}\n")
    assert isinstance(item, New)
    assert item.request.priority == 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
def test_an_encoding_can_be_named(tmp_path: Path, encoding: str) -> None:
    text = "nik,nama\n1,Né\n"
    assert names(read_text(tmp_path, text.encode(encoding), encoding=encoding)) == ["Né"]


def test_headers_are_known_in_english_and_indonesian(tmp_path: Path) -> None:
    (item,) = read_text(tmp_path, "No. Permohonan;NIK;Nama Lengkap;Tgl Lahir;Warna\r\nP-1;1;Contoh;1990-01-01;biru\r\n")
    assert isinstance(item, New)
    assert (item.request.request_id, item.request.subject_id) == ("P-1", "1")
    assert item.request.fields == {"name": "Contoh", "birth_date": "1990-01-01", "warna": "biru"}
    assert item.line == 2


def test_configured_headers_replace_those_built_in(tmp_path: Path) -> None:
    content = "kartu,nik\n1,2\n"
    (item,) = read_text(tmp_path, content, columns={"subject_id": ("Kartu",)})
    assert isinstance(item, New)
    assert item.request.subject_id == "1"
    assert item.request.fields == {"nik": "2"}


def test_a_file_without_ids_derives_them_from_subject_and_type(tmp_path: Path) -> None:
    items = read_text(tmp_path, "nik,type\n1,\n2,FIRST_ISSUANCE\n1,penggantian\n1,first-issuance\n")
    ids = [item.request.request_id for item in items if isinstance(item, New)]
    assert len(set(ids)) == 3
    assert all(len(identifier) == 32 for identifier in ids)
    again = read_text(tmp_path, "type;nik\nnew;1\n")
    assert isinstance(again[0], New)
    assert again[0].request.request_id == ids[0]


def test_lines_of_records_count_the_lines_inside_fields(tmp_path: Path) -> None:
    items = read_text(tmp_path, 'nik,alamat\n1,"Jl. Contoh\nNo. 1"\n\n2,x\n3\n')
    assert [getattr(item, "line", None) for item in items] == [2, 5, 6]


def test_lines_of_json_count_the_empty_ones(tmp_path: Path) -> None:
    lines = [f'{{"nik": "{number}"}}' if number % 7 else " " for number in range(1, 3000)]
    items = read_text(tmp_path, "\n".join(lines))
    found = [(item.line, item.request.subject_id) for item in items if isinstance(item, New)]
    assert found == [(number, str(number)) for number in range(1, 3000) if number % 7]


def test_empty_rows_at_the_end_of_an_export_are_no_records(tmp_path: Path) -> None:
    assert len(read_text(tmp_path, "nik,nama\n1,Contoh\n,\n\n,\n")) == 1


def test_a_photo_that_is_put_right_makes_the_file_another_one(tmp_path: Path) -> None:
    origin = FileOrigin(tmp_path)
    origin.write([{**made_up_rows(1)[0], "photo": "a.png"}], {})
    (page,) = origin.source().pull(None)
    assert page.items == (Rejected(line=2, column="photo", rule="x-photo-missing"),)
    (tmp_path / "a.png").write_bytes(portrait(1))
    (page,) = origin.source().pull(page.cursor)
    assert isinstance(page.items[0], New)


def test_another_way_of_reading_reads_the_file_anew(tmp_path: Path) -> None:
    path = tmp_path / "requests"
    path.write_text("nik,nama\n1,Contoh\n")
    (page,) = open_source(path).pull(None)
    assert list(open_source(path).pull(page.cursor)) == []
    assert len(list(open_source(path, columns={"holder": ("nama",)}).pull(page.cursor))) == 1


def test_a_cursor_of_something_else_reads_the_file_from_its_beginning(tmp_path: Path) -> None:
    origin = FileOrigin(tmp_path)
    origin.put(made_up_rows(3))
    for cursor in ("", "x", "::", "a" * 64 + ":2", "\u0663"):
        assert len(list(origin.source().pull(Cursor(cursor)))) == 1


def test_photos_end_a_page_before_they_fill_the_memory(tmp_path: Path) -> None:
    origin = ZipOrigin(tmp_path)
    origin.put(made_up_rows(6), {f"R-{number}": portrait(number) for number in range(1, 7)})
    limits = FileLimits(page_bytes=2 * len(portrait(1)))
    pages = list(open_source(origin.path, limits=limits).pull(None))
    assert [len(page.items) for page in pages] == [2, 2, 2]


def test_outcomes_are_mended_where_a_crash_tore_their_end_off(tmp_path: Path) -> None:
    origin = FileOrigin(tmp_path)
    origin.source().acknowledge([report(1), report(2)])
    path = tmp_path / "requests.outcomes.csv"
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert origin.source().acknowledge([report(1), report(2)]) == [Receipt.ACCEPTED] * 2
        assert path.read_bytes().replace(b"\r\n", b"\n") == whole.replace(b"\r\n", b"\n"), cut


def test_outcomes_that_another_program_wrote_to_are_seen(tmp_path: Path) -> None:
    origin = FileOrigin(tmp_path)
    source = origin.source()
    source.acknowledge([report(1)])
    path = tmp_path / "requests.outcomes.csv"
    path.write_text(path.read_text().rstrip("\n") + "\nother:1,R-9,printed,A-9,,2024-05-02")
    source.acknowledge([report(2)])
    assert [key for key, _, _ in origin.outcomes()] == ["station:1", "other:1", "station:2"]


def test_outcomes_wait_where_they_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "requests.outcomes.csv").mkdir()
    assert open_source(tmp_path / "requests").acknowledge([report(1), report(2)]) == [Receipt.LATER] * 2
    assert open_source(tmp_path / "no" / "requests").acknowledge([report(1)]) == [Receipt.LATER]


def test_a_file_that_is_not_ours_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "requests.outcomes.csv"
    for content in ("a letter\n", "a letter"):
        path.write_text(content)
        assert open_source(tmp_path / "requests").acknowledge([report(1)]) == [Receipt.LATER]
        assert path.read_text() == content


MEMORY = """
import csv, resource, sys
from pathlib import Path
from cardprint.builtin.file import FileSettings, FileSource
from cardprint.plugin import PluginContext
path = Path(sys.argv[1])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def source(path):
    context = PluginContext(name="file", clock=None, folder=path.parent, photos=path.parent)
    return FileSource(FileSettings(path=path), context)
def write(path, count):
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["request_id", "nik", "nama", *(f"field_{number}" for number in range(16))])
        for number in range(count):
            row = [f"R-{number}", 9900000000000000 + number, "Orang Contoh", *(["a value of some length"] * 16)]
            writer.writerow(row)
write(path, 10)
list(source(path).pull(None))
write(path, 362_600)
before = peak()
print(sum(len(page.items) for page in source(path).pull(None)), peak() - before)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="getrusage is POSIX")
def test_362_600_rows_add_at_most_20_mb(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "requests.csv")],
        check=True,
        capture_output=True,
        text=True,
    )
    records, added = map(int, result.stdout.split())
    assert records == 362_600
    assert added * (1 if sys.platform == "darwin" else 1024) <= 20_000_000


@pytest.mark.parametrize(
    ("word", "reason", "meant"),
    [
        ("Hilang", "", "lost"),
        ("RUSAK", "", "damaged"),
        ("Perubahan Data", "", "data-change"),
        ("Penggantian", "Hilang", "lost"),
        ("Penggantian", "Perubahan Data", "data-change"),
        ("REPLACEMENT", "Bencana", "bencana"),
        ("Hilang", "Bencana", "bencana"),
    ],
)
def test_the_words_of_an_office_are_read(tmp_path: Path, word: str, reason: str, meant: str) -> None:
    (item,) = read_text(tmp_path, f"nik,jenis permohonan,alasan\n1,{word},{reason}\n")
    assert isinstance(item, New)
    assert (item.request.request_type, item.request.reason) == (RequestType.REPLACEMENT, meant)
