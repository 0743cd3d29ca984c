from __future__ import annotations

import json
import os
import random
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardprint.builtin.file import FileLimits
from cardprint.errors import InputError
from cardprint.model import Item
from support.files import GOOD, SECRET, as_csv, open_source, read, read_text, refusal, refused, zipped
from support.source_suite import made_up_rows, portrait

FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


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

    @pytest.mark.parametrize("content", [GOOD + "2,a\0b\n", "\0" * 100, "nik,nama\n1,a".encode("utf-32-le")])
    def test_nul(self, tmp_path: Path, content: str | bytes) -> None:
        assert "NUL" in refused(tmp_path, content).message

    def test_bytes_of_another_encoding(self, tmp_path: Path) -> None:
        error = refused(tmp_path, GOOD.encode() + f"2,{SECRET} \xe9\n".encode("latin-1"))
        assert "line 3" in error.message
        assert "--set encoding=cp1252" in error.cure

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
    def test_unicode_cut_in_the_middle_of_a_character(self, tmp_path: Path, encoding: str) -> None:
        assert "line 3" in refused(tmp_path, (GOOD + "2,x").encode(encoding)[:-1]).message

    def test_encoded_surrogates(self, tmp_path: Path) -> None:
        refused(tmp_path, GOOD.encode() + b"2,\xed\xa0\x80\n")
        error = refused(tmp_path, GOOD.encode("utf-16-le", "strict").join([b"\xff\xfe", b"\x00\xd8\n\0"]))
        assert "line 3" in error.message

    def test_bytes_that_are_not_utf_8_in_json(self, tmp_path: Path) -> None:
        assert "line 2" in refused(tmp_path, b'{"nik": "1"}\n{"nik": "\xe9"}\n').message

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
