from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardprint.builtin.file import FileLimits
from cardprint.model import Cursor, Item, New, Rejected
from support.files import GOOD, SECRET, as_csv, only_rejected, open_source, read, read_text, refusal, zipped
from support.source_suite import made_up_rows, portrait

FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


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
            ("priority", "5.5", "x-not-a-number"),
            ("priority", "5.000.000", "x-not-a-number"),
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

    @pytest.mark.parametrize(("column", "known"), [("request_type", "hilang"), ("verdict", "unverified")])
    def test_an_unknown_word_is_answered_with_those_that_are_known(
        self, tmp_path: Path, column: str, known: str
    ) -> None:
        (item,) = read_text(tmp_path, f"nik,{column}\n1,Kucing\n")
        assert isinstance(item, Rejected)
        assert item.shape.startswith("6 letters; known: ")
        assert known in item.shape

    @pytest.mark.parametrize("key", ["na\\u0000ma", 'na\\"ma', "na\\\\ma", "na\\u202ema"])
    def test_a_key_that_is_no_name(self, tmp_path: Path, key: str) -> None:
        """Found by fuzzing: such a key cannot be learned as part of the shape of an export."""
        items = read_text(tmp_path, f'{{"nik": "1", "{key}": "x"}}\n' * 3)
        assert len(items) == 3
        assert all(isinstance(item, New) for item in items)

    @pytest.mark.parametrize(
        ("row", "column", "rule"),
        [
            (f"3.27601E+15;{SECRET}", "subject_id", "x-rounded-number"),
            (f'"3,27601E+15";{SECRET}', "subject_id", "x-rounded-number"),
            ("2;1E+16", "name", "x-rounded-number"),
            ("2;#REF!", "name", "x-cell-error"),
            ("#N/A;x", "subject_id", "x-cell-error"),
        ],
    )
    def test_a_value_that_a_spreadsheet_has_spoilt(self, tmp_path: Path, row: str, column: str, rule: str) -> None:
        items = read_text(tmp_path, f"nik;nama\n1;Jl. Contoh E+1 #5\n{row}\n")
        assert only_rejected(items) == (3, column, rule)
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


VALUES = st.one_of(st.text(max_size=5), st.integers(-(2**70), 2**70), st.none(), st.booleans(), st.floats())


@FOLDER_IS_SHARED
@given(
    keys=st.lists(st.one_of(st.sampled_from(["nama", "Alamat", "fields", "a b", "class", "1"]), st.text(max_size=4))),
    rows=st.lists(st.lists(st.one_of(st.just("x"), st.just(7), VALUES), min_size=20, max_size=20), max_size=9),
)
def test_lines_that_are_decoded_together_are_read_as_each_by_itself(
    tmp_path: Path, keys: list[str], rows: list[list[object]]
) -> None:
    lines = [json.dumps({"nik": f"{n}", **dict(zip(keys, row, strict=False))}) for n, row in enumerate(rows)]
    first = '{"nik": "first"}'
    together = read_text(tmp_path, "\n".join([first, *lines, ""]))
    each = read_text(tmp_path, "\n\n".join([first, *lines, ""]))
    assert len(together) == len(each) == len(rows) + 1
    for item, other in zip(together, each, strict=True):
        if isinstance(item, New):
            assert isinstance(other, New)
            assert item.request == other.request
        else:
            assert isinstance(item, Rejected)
            assert isinstance(other, Rejected)
            assert (item.column, item.rule) == (other.column, other.rule)


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
