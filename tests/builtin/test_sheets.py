from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardprint.builtin.file import FileLimits
from cardprint.model import Item, New, Rejected
from support.files import SECRET, only_rejected, open_source, read, refusal
from support.sheets import MAIN, Cell, rows_xml, sheet_xml, workbook
from support.source_suite import portrait

HEADER = ("NIK", "Nama")
ROW_BY_ROW = FileLimits(sheet_cells=0)
BOTH = pytest.mark.parametrize("limits", [FileLimits(), ROW_BY_ROW], ids=["at once", "row by row"])
FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def sheet(folder: Path, rows: Sequence[Sequence[Cell]], **how: Any) -> Path:  # noqa: ANN401 - whatever `workbook` takes
    return workbook(folder / "requests.xlsx", {"Data": sheet_xml(rows_xml(rows))}, **how)


def fields(item: Item) -> dict[str, str]:
    assert isinstance(item, New), item
    return dict(item.request.fields)


def subjects(items: Sequence[Item]) -> list[str]:
    return [item.request.subject_id for item in items if isinstance(item, New)]


def rejection(items: Sequence[Item]) -> Rejected:
    (found,) = [item for item in items if isinstance(item, Rejected)]
    assert SECRET not in repr(found)
    return found


class TestAtOnceOrRowByRow:
    @BOTH
    def test_a_number_is_its_digits(self, tmp_path: Path, limits: FileLimits) -> None:
        path = sheet(tmp_path, [["nik", "a", "b", "c", "d"], [327601010190001, 12, 12.5, 0.1 + 0.2, "0012"]])
        (item,) = read(path, limits=limits)
        assert subjects([item]) == ["327601010190001"]
        assert fields(item) == {"a": "12", "b": "12.5", "c": "0.3", "d": "0012"}

    @BOTH
    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            ('<c s="1"><v>45292</v></c>', "2024-01-01"),
            ('<c s="2"><v>45292.5</v></c>', "2024-01-01 12:00:00"),
            ('<c t="b"><v>1</v></c>', "TRUE"),
            ('<c t="str"><v>text</v></c>', "text"),
            ('<c t="s"><v>1</v></c>', "shared, and rich"),
            ('<c t="inlineStr"><is><t xml:space="preserve"> a &amp; b </t></is></c>', " a & b "),
            ('<c s="1"/>', ""),
            ("<c/>", ""),
        ],
        ids=range(8),
    )
    def test_a_cell_is_what_it_shows(self, tmp_path: Path, cell: str, text: str, limits: FileLimits) -> None:
        rich = '<r><t xml:space="preserve">shared, </t></r><r><rPr><b/></rPr><t>and rich</t></r>'
        strings = f"<si><t>x</t></si><si>{rich}</si>"
        path = sheet(tmp_path, [["nik", "a"], ["1", cell]], strings=strings)
        (item,) = read(path, limits=limits)
        assert fields(item) == {"a": text}

    @BOTH
    def test_days_are_counted_from_1904_where_the_workbook_says_so(self, tmp_path: Path, limits: FileLimits) -> None:
        path = sheet(tmp_path, [["nik", "a"], ["1", '<c s="1"><v>1</v></c>']], properties='<workbookPr date1904="1"/>')
        (item,) = read(path, limits=limits)
        assert fields(item) == {"a": "1904-01-02"}

    @BOTH
    @pytest.mark.parametrize(
        ("cell", "rule"),
        [
            ("<c><f>1+1</f><v>2</v></c>", "x-formula"),
            ('<c t="str"><f t="shared" si="0"/><v>Orang Rahasia</v></c>', "x-formula"),
            ("<c><f/></c>", "x-formula"),
            ('<c t="e"><v>#REF!</v></c>', "x-cell-error"),
            ('<c t="inlineStr"><is><t>#N/A</t></is></c>', "x-cell-error"),
            ("<c><v>3276010101900001</v></c>", "x-rounded-number"),
            ("<c><v>3.27601E+15</v></c>", "x-rounded-number"),
            ("<c><v>-1E300</v></c>", "x-rounded-number"),
            ('<c t="inlineStr"><is><t>3,27601E+15</t></is></c>', "x-rounded-number"),
            ('<c s="1"><v>1</v></c>', "x-not-a-date"),
            ('<c s="1"><v>60</v></c>', "x-not-a-date"),
            ('<c s="1"><v>0.5</v></c>', "x-not-text"),
            ('<c s="3"><v>1.5</v></c>', "x-not-text"),
        ],
        ids=range(13),
    )
    def test_a_cell_that_is_not_what_it_shows_is_named(
        self, tmp_path: Path, cell: str, rule: str, limits: FileLimits
    ) -> None:
        path = sheet(tmp_path, [["nik", "x", "nama"], ["1", "", SECRET], ["2", "", cell], ["3", "", "b"]])
        items = read(path, limits=limits)
        found = rejection(items)
        assert (found.line, found.column, found.rule) == (3, "name", rule)
        assert found.shape.startswith("sheet 'Data', cell C3: ")
        assert subjects(items) == ["1", "3"]

    @BOTH
    def test_a_rounded_number_is_told_what_to_do(self, tmp_path: Path, limits: FileLimits) -> None:
        path = sheet(tmp_path, [HEADER, [3276010101900001, SECRET]])
        found = rejection(read(path, limits=limits))
        assert (found.column, found.rule) == ("subject_id", "x-rounded-number")
        assert found.shape == (
            "sheet 'Data', cell A2: the spreadsheet rounded this number; format the column as text and type it again"
        )

    @BOTH
    def test_empty_rows_and_columns_are_passed_over(self, tmp_path: Path, limits: FileLimits) -> None:
        rows: list[list[Cell]] = [
            [None, "nik", None, "nama"],
            [None, None, None, None],
            [None, "1", None, "a"],
            [],
            [None, "2", "", ""],
        ]
        path = sheet(tmp_path, rows)
        items = read(path, limits=limits)
        assert [getattr(item, "line", 0) for item in items] == [3, 5]
        assert [fields(item) for item in items] == [{"name": "a"}, {"name": ""}]

    @BOTH
    def test_a_title_above_the_header_is_passed_over(self, tmp_path: Path, limits: FileLimits) -> None:
        path = sheet(tmp_path, [["Daftar permohonan"], [], ["Contoh", 2026], HEADER, ["1", "a"]])
        assert subjects(read(path, limits=limits)) == ["1"]

    @BOTH
    def test_a_value_without_a_header_is_refused(self, tmp_path: Path, limits: FileLimits) -> None:
        items = read(sheet(tmp_path, [HEADER, ["1", "a", SECRET], ["2", "b"]]), limits=limits)
        assert only_rejected(items) == (2, "", "x-ragged-row")
        assert "cell C2" in rejection(items).shape

    @BOTH
    def test_a_formula_in_a_column_that_is_not_read_is_no_fault(self, tmp_path: Path, limits: FileLimits) -> None:
        path = sheet(tmp_path, [HEADER, ["1", "a", "<c><f>1+1</f></c>"]])
        assert subjects(read(path, limits=limits)) == ["1"]

    @BOTH
    def test_a_row_that_is_hidden_or_filtered_out_is_refused(self, tmp_path: Path, limits: FileLimits) -> None:
        rows = rows_xml([HEADER, ["1", "a"], ["2", "b"]]).replace('<row r="2">', '<row r="2" hidden="1">')
        path = workbook(tmp_path / "requests.xlsx", {"Data": sheet_xml(rows)})
        items = read(path, limits=limits)
        assert only_rejected(items) == (2, "", "x-hidden-row")
        assert subjects(items) == ["2"]

    @BOTH
    def test_cells_merged_with_one_above_are_refused(self, tmp_path: Path, limits: FileLimits) -> None:
        rows = rows_xml([["nik", "nama", "desa"], ["1", "a", "Contoh"], ["2", "b"], ["3", "c"], ["4", "d", "Lain"]])
        merges = '<mergeCells count="2"><mergeCell ref="C2:C4"/><mergeCell ref="A5:B5"/></mergeCells>'
        path = workbook(tmp_path / "requests.xlsx", {"Data": sheet_xml(rows, after=merges)})
        items = read(path, limits=limits)
        assert [(item.line, item.column, item.rule) for item in items if isinstance(item, Rejected)] == [
            (3, "village", "x-merged-cell"),
            (4, "village", "x-merged-cell"),
        ]
        assert subjects(items) == ["1", "4"]

    @BOTH
    def test_cells_that_do_not_say_where_they_are_follow_each_other(self, tmp_path: Path, limits: FileLimits) -> None:
        rows = "".join(
            f"<row>{cells}</row>"
            for cells in (
                '<c t="str"><v>nik</v></c><c t="str"><v>nama</v></c>',
                '<c t="str"><v>1</v></c><c t="str"><v>a</v></c>',
                "<c><v>2</v></c><c><f>A1</f><v>3</v></c>",
            )
        )
        path = workbook(tmp_path / "requests.xlsx", {"Data": sheet_xml(rows)})
        items = read(path, limits=limits)
        assert subjects(items) == ["1"]
        assert "cell B3" in rejection(items).shape

    @BOTH
    def test_tags_may_have_a_prefix(self, tmp_path: Path, limits: FileLimits) -> None:
        inner = rows_xml([HEADER, ["1", "a"], ["2", "<c><f>1</f></c>"]])
        rows = inner.replace("<", "<x:").replace("<x:/", "</x:")
        xml = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
        path = workbook(tmp_path / "requests.xlsx", {"Data": xml})
        items = read(path, limits=limits)
        assert (subjects(items), rejection(items).rule) == (["1"], "x-formula")


class TestWhichSheet:
    FILLED = sheet_xml(rows_xml([HEADER, ["1", "a"]]))
    EMPTY = sheet_xml("", after='<extLst><ext><xm:f xmlns:xm="x">Data!A1</xm:f></ext></extLst>')

    def test_the_only_one_that_is_shown_and_filled(self, tmp_path: Path) -> None:
        sheets = {"Blank": self.EMPTY, "Lists": self.FILLED, "Data": self.FILLED}
        path = workbook(tmp_path / "requests.xlsx", sheets, states={"Lists": "hidden"})
        assert subjects(read(path)) == ["1"]

    def test_several_are_refused_with_their_names(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "requests.xlsx", {"Mei": self.FILLED, "Juni": self.FILLED, "Kosong": self.EMPTY})
        error = refusal(path)
        assert "'Mei', 'Juni'" in error.message
        assert "Kosong" not in error.message
        assert 'sheet = "Mei"' in error.cure
        assert "--set sheet=Mei " in error.cure

    @pytest.mark.parametrize(("wanted", "subject"), [("Juni", "2"), ("2", "2"), ("1", "1"), ("Lists", "3"), ("3", "3")])
    def test_one_is_named_or_numbered(self, tmp_path: Path, wanted: str, subject: str) -> None:
        sheets = {
            name: sheet_xml(rows_xml([HEADER, [number, "a"]]))
            for name, number in (("Mei", "1"), ("Juni", "2"), ("Lists", "3"))
        }
        path = workbook(tmp_path / "requests.xlsx", sheets, states={"Lists": "veryHidden"})
        assert subjects(read(path, sheet=wanted)) == [subject]

    @pytest.mark.parametrize("wanted", ["Juli", "0", "9", "9" * 5000, "²"])
    def test_one_that_is_not_there(self, tmp_path: Path, wanted: str) -> None:
        path = workbook(tmp_path / "requests.xlsx", {"Mei": self.FILLED})
        assert "'Mei'" in refusal(path, sheet=wanted).message

    def test_hidden_ones_alone(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "requests.xlsx", {"Mei": self.FILLED}, states={"Mei": "hidden"})
        assert "hidden" in refusal(path).message

    def test_none_filled(self, tmp_path: Path) -> None:
        assert "empty" in refusal(workbook(tmp_path / "requests.xlsx", {"Mei": self.EMPTY})).message
        assert "empty" in refusal(workbook(tmp_path / "requests.xlsx", {"Mei": self.EMPTY}), sheet="Mei").message

    def test_another_sheet_is_another_file(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "requests.xlsx", {"Mei": self.FILLED, "Juni": self.FILLED})
        (page,) = open_source(path, sheet="1").pull(None)
        assert list(open_source(path, sheet="1").pull(page.cursor)) == []
        assert len(list(open_source(path, sheet="2").pull(page.cursor))) == 1


class TestHeader:
    def test_none_in_the_first_rows(self, tmp_path: Path) -> None:
        error = refusal(sheet(tmp_path, [[SECRET, "x"]] * 21 + [list(HEADER)]))
        assert "nik" in error.message
        assert "'Data' in it, line 1" in error.message

    def test_two_columns_of_one_meaning(self, tmp_path: Path) -> None:
        assert "columns A and C" in refusal(sheet(tmp_path, [["nik", "nama", "NIK"], ["1", "a", "2"]])).message

    def test_a_formula_as_header(self, tmp_path: Path) -> None:
        rows: list[list[Cell]] = [["nik", '<c t="str"><f>A1</f><v>nama</v></c>'], ["1", "a"]]
        assert "column B" in refusal(sheet(tmp_path, rows)).message


def test_photos_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(portrait(1))
    items = read(sheet(tmp_path, [["nik", "foto"], ["1", "a.png"], ["2", "../b.png"]]))
    assert isinstance(items[0], New)
    assert items[0].photo_file == tmp_path / "a.png"
    assert only_rejected(items) == (3, "photo", "x-photo-outside")


def test_a_file_is_told_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    path = sheet(tmp_path, [HEADER, ["1", "a"]])
    assert subjects(read(path.rename(tmp_path / "requests.csv"))) == ["1"]


def test_reading_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    path = sheet(tmp_path, [HEADER, *([str(number), SECRET] for number in range(30))])
    read(path, limits=ROW_BY_ROW)
    assert [each.name for each in tmp_path.iterdir()] == ["requests.xlsx"]


def test_no_library_of_spreadsheets_is_loaded_before_one_is_read() -> None:
    code = (
        "import sys; import cardprint.builtin.file, cardprint.cli; "
        "print({'openpyxl', 'python_calamine'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "set()"


CELLS = st.one_of(
    st.none(),
    st.text(alphabet="aé1 #.<&\"'>\t", max_size=6).map(lambda text: text.strip() or None),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda number: round(number, 6)),
    st.booleans(),
    st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2100, 1, 1)).map(lambda time: time.replace(microsecond=0)),  # noqa: DTZ001 - cells know no zone
)


@FOLDER_IS_SHARED
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8), gap=st.integers(1, 3))
def test_both_ways_of_reading_give_the_same(tmp_path: Path, rows: list[list[Any]], gap: int) -> None:
    made = openpyxl.Workbook()
    table = made.active
    for place, header in enumerate(("nik", "a", "b", "c"), gap):
        table.cell(gap, place, header)
    for number, row in enumerate(rows, gap + 1):
        for place, value in enumerate([f"N{number}", *row], gap):
            table.cell(number, place, value)
    made.save(tmp_path / "requests.xlsx")
    at_once, by_row = (read(tmp_path / "requests.xlsx", limits=limits) for limits in (FileLimits(), ROW_BY_ROW))
    assert at_once == by_row
    assert len(at_once) == len(rows)


def test_a_workbook_of_a_spreadsheet_program_is_read_through_its_own_relationships(tmp_path: Path) -> None:
    """Parts may have any name and any capitals; only relationships say where they are."""
    made = openpyxl.Workbook()
    made.active.append(HEADER)
    made.active.append(["1", "a"])
    content = io.BytesIO()
    made.save(content)
    path = tmp_path / "requests.xlsx"
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).replace(b"/xl/worksheets/sheet1.xml", b"/xl/Tables/first%20one.xml")
            new.writestr(name.replace("xl/worksheets/sheet1.xml", "XL/tables/First one.XML"), text)
    assert subjects(read(path)) == ["1"]
