from __future__ import annotations

import json
import os
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardprint.builtin.file import FileLimits
from cardprint.errors import InputError
from cardprint.model import Cursor, Item, New, Page, Rejected
from support.files import as_csv, open_source, read, read_text
from support.source_suite import made_up_rows, portrait

GOOD = "nik,nama\n1,Orang Contoh\n"
SECRET = "Orang Rahasia"
FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def refusal(path: Path, **how: object) -> InputError:
    """Read a file that must be refused before its first page, and give the error."""
    pages: list[Page] = []
    with pytest.raises(InputError) as caught:
        pages.extend(open_source(path, **how).pull(None))
    assert pages == []
    error = caught.value
    assert str(path) in error.message
    assert "Nothing of it was let in" in error.message
    assert error.cure
    assert SECRET not in str(error)
    return error


def refused(tmp_path: Path, content: str | bytes, **how: object) -> InputError:
    path = tmp_path / "requests"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return refusal(path, **how)


def zipped(tmp_path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> Path:
    path = tmp_path / "requests"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def only_rejected(items: list[Item]) -> tuple[int, str, str]:
    (found,) = [item for item in items if isinstance(item, Rejected)]
    assert SECRET not in repr(found)
    return found.line, found.column, found.rule


class TestAFaultOfTheFileLetsNothingIn:
    @pytest.mark.parametrize("content", [b"", b"\n", b"  \r\n\n", b"\xef\xbb\xbf"])
    def test_empty(self, tmp_path: Path, content: bytes) -> None:
        assert "empty" in refused(tmp_path, content).message

    def test_missing(self, tmp_path: Path) -> None:
        refusal(tmp_path / "missing")

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "no regular file" in refusal(tmp_path).message

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        assert "no regular file" in refusal(tmp_path / "pipe").message

    def test_without_a_header_its_first_person_is_not_named(self, tmp_path: Path) -> None:
        error = refused(tmp_path, f"9900000000000001,{SECRET}\n")
        assert "nik" in error.message
        assert "99000" not in str(error)

    @pytest.mark.parametrize("header", ["nik,nama,nik", "nik,NIK", "nik,subject_id", "nik,nama,Nama Lengkap", "nik,,x"])
    def test_columns_that_are_doubled_or_nameless(self, tmp_path: Path, header: str) -> None:
        assert "column" in refused(tmp_path, f"{header}\n1,2,3\n").message

    def test_thousands_of_columns(self, tmp_path: Path) -> None:
        assert "columns" in refused(tmp_path, ",".join(f"c{number}" for number in range(1000))).message

    @pytest.mark.parametrize(
        "row",
        [f'2,"{SECRET}\n3,x\n', f'2,"{SECRET}" x\n', f'2,"{SECRET}'],
        ids=["never closed", "in the middle", "at the end"],
    )
    def test_a_quote_out_of_place(self, tmp_path: Path, row: str) -> None:
        assert "line 3" in refused(tmp_path, GOOD + row).message

    def test_a_quote_that_swallows_the_rest(self, tmp_path: Path) -> None:
        error = refused(tmp_path, GOOD + '2,"open\n' + "3,x\n" * 100_000)
        assert "line 3" in error.message
        assert "quote" in error.cure

    @pytest.mark.parametrize("content", [GOOD + "2,a\0b\n", "\0" * 100, "nik,nama\n1,a".encode("utf-16-le")])
    def test_nul(self, tmp_path: Path, content: str | bytes) -> None:
        assert "NUL" in refused(tmp_path, content).message

    def test_bytes_of_another_encoding(self, tmp_path: Path) -> None:
        error = refused(tmp_path, GOOD.encode() + f"2,{SECRET} \xe9\n".encode("latin-1"))
        assert "line 3" in error.message
        assert "cp1252" in error.cure

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_unicode_cut_in_the_middle_of_a_character(self, tmp_path: Path, encoding: str) -> None:
        assert "line 3" in refused(tmp_path, (GOOD + "2,x").encode(encoding)[:-1]).message

    def test_encoded_surrogates(self, tmp_path: Path) -> None:
        refused(tmp_path, GOOD.encode() + b"2,\xed\xa0\x80\n")
        refused(tmp_path, GOOD.encode("utf-16") + b"\x00\xd8\n\0")

    def test_a_json_array(self, tmp_path: Path) -> None:
        assert "JSON Lines" in refused(tmp_path, json.dumps(made_up_rows(2))).cure

    def test_carriage_returns_alone(self, tmp_path: Path) -> None:
        assert "LF" in refused(tmp_path, GOOD.replace("\n", "\r")).cure

    @pytest.mark.parametrize(
        "before", [b'nik,nama\n1,"', b"nik,nama\n1,", b"", b'{"nik": "'], ids=["quoted", "bare", "header", "json"]
    )
    def test_a_field_of_200_mb_costs_no_memory(self, tmp_path: Path, before: bytes) -> None:
        path = tmp_path / "requests"
        with path.open("wb") as stream:
            stream.write(before)
            for _ in range(200):
                stream.write(b"x" * 1_000_000)
        tracemalloc.start()
        try:
            error = refusal(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert "longer than 131,072 bytes" in error.message
        assert peak < 20_000_000

    def test_a_file_that_changes_while_it_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "requests"
        path.write_text(as_csv(made_up_rows(20)))
        pull = open_source(path).pull(None)
        next(pull)
        path.write_text(as_csv(made_up_rows(21)))
        with pytest.raises(InputError, match="changed"):
            next(pull)

    def test_the_process_keeps_its_own_bound_on_fields(self, tmp_path: Path) -> None:
        import csv

        before = csv.field_size_limit()
        read_text(tmp_path, GOOD)
        assert csv.field_size_limit() == before


class TestABrokenOrHostileZip:
    @pytest.mark.parametrize(
        "name",
        ["../requests.csv", "/etc/requests.csv", "a/../../b.csv", "..\\requests.csv", "C:\\requests.csv", "a\nb.csv"],
    )
    def test_a_name_that_leads_out(self, tmp_path: Path, name: str) -> None:
        assert "leads out" in refusal(zipped(tmp_path, [("requests.csv", GOOD), (name, b"x")])).message

    def test_a_link(self, tmp_path: Path) -> None:
        link = zipfile.ZipInfo("a.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        assert "link" in refusal(zipped(tmp_path, [("requests.csv", GOOD), (link, "/etc/passwd")])).message

    def test_cut_anywhere(self, tmp_path: Path) -> None:
        whole = zipped(tmp_path, [("requests.csv", as_csv(made_up_rows(30))), ("a.png", portrait(1))]).read_bytes()
        for cut in range(1, len(whole), 7):
            refused(tmp_path, whole[:cut])

    def test_bytes_changed_inside(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("requests.csv", as_csv(made_up_rows(300)))])
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        refused(tmp_path, bytes(content))

    @pytest.mark.parametrize("members", [[], [("a.csv", GOOD), ("b.csv", GOOD)], [("a.png", portrait(1))]])
    def test_not_one_file_of_records(self, tmp_path: Path, members: list[tuple[str, str]]) -> None:
        assert "must hold one" in refusal(zipped(tmp_path, members)).message

    def test_two_members_of_one_name(self, tmp_path: Path) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            path = zipped(tmp_path, [("a.csv", GOOD), ("a.csv", GOOD)])
        assert "one name" in refusal(path).message

    def test_a_zip_in_a_zip(self, tmp_path: Path) -> None:
        inner = zipped(tmp_path, [("requests.csv", GOOD)]).read_bytes()
        assert "another ZIP" in refusal(zipped(tmp_path, [("inner.zip", inner)])).message

    def test_a_spreadsheet(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<workbook/>")])
        assert "CSV" in refusal(path).cure

    def test_encrypted(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("requests.csv", GOOD)])
        content = bytearray(path.read_bytes())
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
        assert "encrypted" in refused(tmp_path, bytes(content)).message

    def test_packed_by_another_method(self, tmp_path: Path) -> None:
        path = tmp_path / "requests"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("requests.csv", GOOD)
        assert "deflate" in refusal(path).message

    @pytest.mark.parametrize("name", ["requests.csv", "a.png"])
    def test_a_bomb_that_says_its_size(self, tmp_path: Path, name: str) -> None:
        path = zipped(tmp_path, [("other.csv", GOOD), (name, bytes(50_000_000))])
        assert "200 times" in refusal(path).message

    def test_a_bomb_that_lies_about_its_size(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("requests.csv", GOOD * 3_000_000)])
        content = bytearray(path.read_bytes())
        for place in (22, content.index(b"PK\x01\x02") + 24):
            content[place : place + 4] = struct.pack("<I", 500_000)
        path.write_bytes(content)
        tracemalloc.start()
        try:
            refusal(path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 20_000_000

    def test_too_much_in_all(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("requests.csv", GOOD), *((f"{number}.png", bytes(1000)) for number in range(10))])
        assert "unpacks" in refusal(path, limits=FileLimits(unpacked_bytes=5000)).message
        assert "members" in refusal(path, limits=FileLimits(members=10)).message

    def test_a_directory_longer_than_it_may_be_is_not_read(self, tmp_path: Path) -> None:
        path = zipped(
            tmp_path, [("requests.csv", GOOD), *((f"{'n' * 60_000}{number}.png", b"") for number in range(100))]
        )
        assert "broken" in refusal(path, limits=FileLimits(members=100)).message

    def test_members_that_overlap(self, tmp_path: Path) -> None:
        path = zipped(tmp_path, [("requests.csv", random.Random(1).randbytes(400).hex()), ("a.png", b"")])
        content = bytearray(path.read_bytes())
        first = content.index(b"PK\x01\x02")
        second = content.index(b"PK\x01\x02", first + 1)
        content[second + 20 : second + 28] = struct.pack("<II", 10_000, 10_000)
        assert "overlap" in refused(tmp_path, bytes(content)).message


class TestAFaultOfARowLetsTheOthersIn:
    @pytest.mark.parametrize("row", ["2", f"2,{SECRET},3", "2,a,b,c,d"])
    def test_a_ragged_row(self, tmp_path: Path, row: str) -> None:
        items = read_text(tmp_path, f"{GOOD}{row}\n3,Orang Contoh\n")
        assert only_rejected(items) == (3, "", "x-ragged-row")
        assert len(items) == 3

    @pytest.mark.parametrize(
        ("column", "value", "rule"),
        [
            ("waiting_since", "2024-02-30", "x-not-a-date"),
            ("waiting_since", "31-12-2024", "x-not-a-date"),
            ("waiting_since", "20241231", "x-not-a-date"),
            ("waiting_since", "2024-W01-1", "x-not-a-date"),
            ("waiting_since", "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0661", "x-not-a-date"),
            ("priority", "high", "x-not-a-number"),
            ("priority", "²", "x-not-a-number"),
            ("priority", "9" * 5000, "x-not-a-number"),
            ("priority", "-1", "x-not-a-number"),
            ("request_type", SECRET, "x-unknown-keyword"),
            ("verdict", SECRET, "x-unknown-keyword"),
        ],
    )
    def test_a_value_of_another_kind(self, tmp_path: Path, column: str, value: str, rule: str) -> None:
        for content in (
            f"{GOOD[:8]},{column}\n1,x,\n2,{SECRET},{value}\n",
            '{"nik": "1"}\n' + json.dumps({"nik": 2, column: value}) + "\n",
        ):
            items = read_text(tmp_path, content)
            assert only_rejected(items)[1:] == (column, rule)
            assert len(items) == 2

    @pytest.mark.parametrize("row", [f",{SECRET}", f"  ,{SECRET}"])
    def test_nobody(self, tmp_path: Path, row: str) -> None:
        assert only_rejected(read_text(tmp_path, GOOD + row)) == (3, "subject_id", "x-missing")

    def test_an_id_that_comes_again_with_other_content(self, tmp_path: Path) -> None:
        rows = made_up_rows(40)
        rows[30] = {**rows[3], "name": SECRET}
        rows[35] = rows[4]
        items = read_text(tmp_path, as_csv(rows))
        assert only_rejected(items) == (32, "request_id", "x-duplicate-id")
        assert sum(isinstance(item, New) for item in items) == 39

    def test_an_id_that_comes_again_after_the_page_of_the_first(self, tmp_path: Path) -> None:
        rows = made_up_rows(40)
        rows[30] = {**rows[3], "name": SECRET}
        path = tmp_path / "requests"
        path.write_text(as_csv(rows))
        first = next(open_source(path).pull(None))
        rest = [item for page in open_source(path).pull(first.cursor) for item in page.items]
        assert only_rejected(rest) == (32, "request_id", "x-duplicate-id")

    def test_more_doubled_ids_than_a_file_may_have(self, tmp_path: Path) -> None:
        rows = made_up_rows(20)
        path = tmp_path / "requests"
        path.write_text(as_csv([*rows, *rows]))
        assert "columns.request_id" in refusal(path, limits=FileLimits(repeated_ids=19)).cure

    @pytest.mark.parametrize(
        "line",
        [
            "{",
            f'{{"nik": "{SECRET}"',
            '"text"',
            "[1]",
            "null",
            '{"nik": {"a": {"b": 1}}}',
            '{"a": ' + "[" * 50_000,
            '{"nik": "\\ud800"}',
            '{"nik": 1e999}',
            '{"nik": ' + "9" * 5000 + "}",
        ],
        ids=range(10),
    )
    def test_a_line_that_is_no_object(self, tmp_path: Path, line: str) -> None:
        items = read_text(tmp_path, f'{{"nik": "1"}}\n{line}\n{{"nik": "2"}}\n')
        assert only_rejected(items) == (2, "", "x-bad-json")
        assert len(items) == 3

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"nik": True}, ("subject_id", "x-not-text")),
            ({"nik": "2", "nama": 1.5}, ("name", "x-not-text")),
            ({"nik": "2", "nama": ["a"]}, ("name", "x-not-text")),
            ({"nik": "2", "nama": {"a": "b"}}, ("name", "x-not-text")),
            ({"nik": "2", "nama": "a", "name": "b"}, ("name", "x-duplicate-column")),
            ({"nik": "2", "nama": "a", "fields": {"name": "b"}}, ("name", "x-duplicate-column")),
            ({"nik": "2", "fields": "text", "x": 1.0}, ("x", "x-not-text")),
            ({"nama": "a"}, ("subject_id", "x-missing")),
            ({"nik": None}, ("subject_id", "x-missing")),
        ],
        ids=range(9),
    )
    def test_an_object_that_is_no_record(self, tmp_path: Path, value: object, expected: tuple[str, str]) -> None:
        items = read_text(tmp_path, '{"nik": "1"}\n' + json.dumps(value))
        assert only_rejected(items)[1:] == expected

    def test_control_characters_reach_the_station_whose_rule_it_is(self, tmp_path: Path) -> None:
        (item,) = read_text(tmp_path, '{"nik": "1\\n", "nama": "a\\u0000\\u202e"}\n')
        assert isinstance(item, New)
        assert (item.request.subject_id, item.request.fields["name"]) == ("1\n", "a\0\u202e")


def _missing(_: Path) -> str:
    return "missing.png"


def _no_image(folder: Path) -> str:
    (folder / "a.png").write_bytes(b"GIF89a" * 10)
    return "a.png"


def _too_large(folder: Path) -> str:
    (folder / "a.png").write_bytes(portrait(1) * 10)
    return "a.png"


def _folder(folder: Path) -> str:
    (folder / "a.png").mkdir()
    return "a.png"


def _link_outside(folder: Path) -> str:
    (folder.parent / "outside.png").write_bytes(portrait(1))
    (folder / "a.png").symlink_to(folder.parent / "outside.png")
    return "a.png"


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (_missing, "x-photo-missing"),
        (_folder, "x-photo-missing"),
        (_no_image, "x-photo-unreadable"),
        (_too_large, "x-photo-too-large"),
        (_link_outside, "x-photo-outside"),
        (lambda _: "../outside.png", "x-photo-outside"),
        (lambda _: "a/../../outside.png", "x-photo-outside"),
        (lambda _: "/etc/passwd", "x-photo-outside"),
        (lambda _: "..\\outside.png", "x-photo-outside"),
        (lambda _: "C:outside.png", "x-photo-outside"),
        (lambda _: "n" * 5000, "x-photo-unreadable"),
    ],
)
def test_a_photo_that_cannot_be_taken(tmp_path: Path, make: Callable[[Path], str], rule: str) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    path = folder / "requests.csv"
    path.write_text(f"nik,foto\n1,\n2,{make(folder)}\n")
    items = read(path, limits=FileLimits(photo_bytes=2000))
    assert only_rejected(items) == (3, "photo", rule)
    assert len(items) == 2


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("b.png", portrait(1), "x-photo-missing"),
        ("a.png", b"GIF89a" * 10, "x-photo-unreadable"),
        ("a.png", portrait(1) * 10, "x-photo-too-large"),
    ],
)
def test_a_photo_in_a_zip_that_cannot_be_taken(tmp_path: Path, name: str, content: bytes, rule: str) -> None:
    path = zipped(tmp_path, [("requests.csv", "nik,foto\n1,\n2,a.png\n"), (name, content)])
    items = read(path, limits=FileLimits(photo_bytes=2000))
    assert only_rejected(items) == (3, "photo", rule)


def test_a_photo_that_is_broken_in_the_zip_stops_only_its_own_request(tmp_path: Path) -> None:
    path = zipped(tmp_path, [("requests.csv", "nik,foto\n1,\n2,a.png\n"), ("a.png", portrait(1))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x03\x04", 4) + 30 + len("a.png") + 10] ^= 0xFF
    path.write_bytes(content)
    assert only_rejected(read(path)) == (3, "photo", "x-photo-unreadable")


def outcome_of(folder: Path, content: bytes) -> list[Item] | None:
    path = folder / "requests"
    path.write_bytes(content)
    try:
        return read(path)
    except InputError:
        return None


@FOLDER_IS_SHARED
@given(content=st.binary(max_size=2000))
def test_random_bytes_are_refused_or_read(tmp_path: Path, content: bytes) -> None:
    outcome_of(tmp_path, content)


@FOLDER_IS_SHARED
@given(
    content=st.text(alphabet=st.sampled_from('nik,nama;"\r\n\t{}[]:1 é\u202e\0|'), max_size=80),
    before=st.sampled_from(["", GOOD, '{"nik": "1"}\n', "nik;nama\n"]),
)
def test_random_text_is_refused_or_read(tmp_path: Path, content: str, before: str) -> None:
    outcome_of(tmp_path, (before + content).encode())


@FOLDER_IS_SHARED
@given(data=st.data())
def test_a_zip_with_any_bytes_changed_is_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(zipped(tmp_path, [("r.csv", as_csv(made_up_rows(3))), ("a.png", portrait(1))]).read_bytes())
    places = st.integers(min_value=4, max_value=len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        content[place] = byte
    outcome_of(tmp_path, bytes(content))


@FOLDER_IS_SHARED
@given(
    cells=st.lists(st.tuples(st.sampled_from("12345 "), st.text(max_size=5)), max_size=40),
    cuts=st.lists(st.integers(1, 4), max_size=40),
    size=st.integers(1, 9),
)
def test_reading_cut_at_any_pages_gives_the_same_items(
    tmp_path: Path, cells: list[tuple[str, str]], cuts: list[int], size: int
) -> None:
    path = tmp_path / "requests"
    lines = [json.dumps({"request_id": identifier, "nik": "1", "nama": name}) for identifier, name in cells]
    path.write_text("\n".join(['{"nik": "first"}', *lines]), encoding="utf-8")
    whole = read(path, page_size=size)
    items: list[Item] = []
    cursor: Cursor | None = None
    for cut in [*cuts, 1000]:
        for page, _ in zip(open_source(path, page_size=size).pull(cursor), range(cut), strict=False):
            items += page.items
            cursor = page.cursor
    assert items == whole
