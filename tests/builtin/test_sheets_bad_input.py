"""Spreadsheets that are broken, hostile, or of another program: one clear error, and nothing let in."""

from __future__ import annotations

import itertools
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardprint.builtin.file import FileLimits
from cardprint.errors import InputError
from support.bounded import read_bounded
from support.files import SECRET, read, refusal, refused
from support.sheets import MAIN, rows_xml, sheet_xml, workbook
from support.stations import Bench

HEADER = ["nik", "nama"]
GOOD = rows_xml([HEADER, ["1", "a"], ["2", SECRET]])
FOLDER_IS_SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
BILLION_LAUGHS = '<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise("abcdefghij")
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'


PARTS = {
    "workbook": "xl/workbook.xml",
    "relations": "xl/_rels/workbook.xml.rels",
    "root": "_rels/.rels",
    "strings": "xl/sharedStrings.xml",
    "sheet": "xl/worksheets/sheet1.xml",
    "styles": "xl/styles.xml",
}


def made(
    folder: Path, rows: str = GOOD, *, others: Mapping[str, str | bytes] | None = None, **parts: str | bytes
) -> Path:
    """Write a workbook; parts are named as above, others by their whole names."""
    changed = {**{PARTS[name]: content for name, content in parts.items()}, **(others or {})}
    strings = "<si><t>x</t></si>" if PARTS["strings"] in changed else ""
    return workbook(folder / "requests.xlsx", {"Data": sheet_xml(rows)}, others=changed, strings=strings)


class TestFilesOfOtherPrograms:
    def test_an_old_spreadsheet(self, tmp_path: Path) -> None:
        error = refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
        assert "XLS" in error.message
        assert "XLSX" in error.cure

    def test_a_workbook_with_a_password(self, tmp_path: Path) -> None:
        content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_048_570) + "EncryptedPackage".encode("utf-16-le")
        assert "password" in refused(tmp_path, content).cure

    def test_an_open_document(self, tmp_path: Path) -> None:
        path = tmp_path / "requests.ods"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr("content.xml", "<x/>")
        assert "ODS" in refusal(path).message

    def test_a_binary_spreadsheet(self, tmp_path: Path) -> None:
        relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        relations += '<Relationship Id="w" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>'
        assert "XLSB" in refusal(made(tmp_path, root=relations, others={"xl/workbook.bin": b"\0"})).message

    def test_a_document(self, tmp_path: Path) -> None:
        assert "document" in refusal(made(tmp_path, workbook="<document/>")).message

    def test_a_strict_one(self, tmp_path: Path) -> None:
        xml = '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
        assert "Strict" in refusal(made(tmp_path, workbook=xml)).message

    @pytest.mark.parametrize("content", ["<html><table>", '\ufeff<?xml version="1.0"?><Workbook/>', "\n <TABLE>"])
    def test_a_web_page_that_is_called_a_spreadsheet(self, tmp_path: Path, content: str) -> None:
        assert "web page" in refused(tmp_path, content).message


class TestBrokenOnes:
    def test_cut_anywhere(self, tmp_path: Path) -> None:
        whole = made(tmp_path).read_bytes()
        for cut in range(1, len(whole), 11):
            refused(tmp_path, whole[:cut])

    @pytest.mark.parametrize(
        "missing",
        ["_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"],
    )
    def test_a_part_is_missing(self, tmp_path: Path, missing: str) -> None:
        path = tmp_path / "requests"
        with zipfile.ZipFile(made(tmp_path)) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                if name != missing:
                    new.writestr(name, old.read(name))
        refusal(path)

    def test_two_parts_of_one_name_but_for_capitals(self, tmp_path: Path) -> None:
        assert "one name" in refusal(made(tmp_path, others={"XL/Workbook.xml": "<x/>"})).message

    @pytest.mark.parametrize("part", ["workbook", "relations", "root", "styles"])
    @pytest.mark.parametrize("content", ["", "<", "<a>", "text", "\0", "<a>" * 100_000, b"<a>\xff</a>"])
    def test_a_part_that_is_no_xml(self, tmp_path: Path, part: str, content: str | bytes) -> None:
        refusal(made(tmp_path, others={PARTS[part]: content}))

    @pytest.mark.parametrize("part", ["workbook", "relations", "root", "strings", "sheet", "styles"])
    @pytest.mark.parametrize("dtd", [BILLION_LAUGHS + "]>", OUTSIDE, '<!DOCTYPE x SYSTEM "http://localhost/x">'])
    def test_entities(self, tmp_path: Path, part: str, dtd: str) -> None:
        error = refusal(made(tmp_path, others={PARTS[part]: f"{' ' * 262_140}{dtd}<sheetData>&j;</sheetData>"}))
        assert "DTD" in error.message

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-7", "cp037"])
    def test_another_encoding_hides_nothing(self, tmp_path: Path, encoding: str) -> None:
        xml = f'<?xml version="1.0" encoding="{encoding}"?>{OUTSIDE}<worksheet><sheetData/></worksheet>'
        refusal(made(tmp_path, sheet=xml.encode(encoding)))
        refusal(made(tmp_path, sheet=xml.encode("ascii")))

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_a_workbook_in_another_encoding_is_refused_before_it_is_read(self, tmp_path: Path, encoding: str) -> None:
        with zipfile.ZipFile(made(tmp_path)) as archive:
            xml = archive.read("xl/workbook.xml").decode()
        hidden = '<!DOCTYPE x [<!ENTITY n "Data">]>' + xml.replace('"Data"', '"&n;"')
        assert "UTF-8" in refusal(made(tmp_path, workbook=hidden.encode(encoding))).message

    @pytest.mark.parametrize(
        "rows",
        [
            GOOD.replace("</row>", "<!-- <f/> --></row>", 1),
            GOOD.replace("<t>a</t>", "<t><![CDATA[<f>]]></t>"),
            GOOD.replace("</row>", "<?x ?></row>", 1),
            GOOD.replace("</row>", '<y:c r="C1"><y:v>1</y:v></y:c></row>', 1),
            GOOD.replace('<row r="2">', '<row r="9">'),
            GOOD.replace('<row r="3">', '<row r="2">'),
            GOOD.replace('r="B2"', 'r="B1048576"'),
            GOOD + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>',
            GOOD + '<row r="9999999"/>',
            GOOD + '<row r="99999999"><c r="A99999999"><v>1</v></c></row>',
            GOOD + '<row><c x=">" r="XFD1048576"><v>1</v></c></row>',
            GOOD + "<row><c x='>' r='XFD1048576'><v>1</v></c></row>",
            GOOD + '<row x=">" r="1048576"><c><v>1</v></c></row>',
            GOOD + '<row><c r="xfd1048576"><v>1</v></c></row>',
            GOOD + '<row><c r="&#88;FD1048576"><v>1</v></c></row>',
            GOOD + '<row><c\nr="$XFD$1048576"><v>1</v></c></row>',
            GOOD + "</sheetData><sheetData>" + GOOD,
        ],
        ids=range(17),
    )
    def test_a_sheet_that_no_program_writes(self, tmp_path: Path, rows: str) -> None:
        assert "broken" in refusal(made(tmp_path, rows)).message

    def test_a_sheet_that_does_not_end(self, tmp_path: Path) -> None:
        assert "does not end" in refusal(made(tmp_path, sheet=sheet_xml(GOOD)[:-40])).message

    def test_texts_that_do_not_end(self, tmp_path: Path) -> None:
        assert "do not end" in refusal(made(tmp_path, strings=f'<sst xmlns="{MAIN}"><si><t>x</t></si>')).message

    def test_a_text_that_is_not_there(self, tmp_path: Path) -> None:
        rows = GOOD.replace("</row>", '</row><row r="4"><c r="A4" t="s"><v>7</v></c></row>', 1)
        refusal(made(tmp_path, rows.replace('<row r="2">', '<row r="5">')))

    @pytest.mark.parametrize(
        "target", ["../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://localhost/x", "workbook.xml", ""]
    )
    @pytest.mark.parametrize("mode", ["Internal", "External"])
    def test_a_relationship_that_leads_elsewhere(self, tmp_path: Path, target: str, mode: str) -> None:
        relations = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s1" '
            f'Type="x/worksheet" TargetMode="{mode}" Target="{target}"/></Relationships>'
        )
        error = refusal(made(tmp_path, relations=relations))
        assert "root:" not in error.message

    def test_a_sheet_that_is_said_to_be_outside_is_not_read(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(made(tmp_path)) as archive:
            relations = archive.read(PARTS["relations"]).decode()
        outside = relations.replace('Target="work', 'TargetMode="External" Target="work')
        assert "empty" in refusal(made(tmp_path, relations=outside)).message

    def test_links_to_other_files_are_not_followed(self, tmp_path: Path) -> None:
        path = made(tmp_path, others={"xl/externalLinks/externalLink1.xml": OUTSIDE})
        assert len(read(path)) == 2

    def test_bytes_that_are_not_utf_8_in_a_cell(self, tmp_path: Path) -> None:
        content = sheet_xml(GOOD).encode().replace(b"<t>a</t>", b"<t>\xe9</t>")
        for limits in (FileLimits(), FileLimits(sheet_cells=0)):
            refusal(made(tmp_path, sheet=content), limits=limits)

    def test_a_directory_that_lies_about_a_size(self, tmp_path: Path) -> None:
        """A reader that trusts the packed bytes would go on where ours ended."""
        path = made(tmp_path, rows_xml([HEADER, *([str(number), "a"] for number in range(1000))]))
        content = bytearray(path.read_bytes())
        entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
        content[entry + 24 : entry + 28] = struct.pack("<I", 3000)
        refused(tmp_path, bytes(content))


class TestTooMuch:
    def test_a_value_in_a_column_far_away(self, tmp_path: Path) -> None:
        rows = GOOD.replace("</row>", '<c r="XFD1"><v>1</v></c></row>', 1)
        assert "column XFD" in refusal(made(tmp_path, rows)).message

    def test_a_column_far_away_that_is_only_coloured(self, tmp_path: Path) -> None:
        rows = GOOD.replace("</row>", '<c r="XFD1" s="1"/></row>', 1)
        assert len(read(made(tmp_path, rows))) == 2

    def test_more_merged_cells_than_may_be(self, tmp_path: Path) -> None:
        merges = "".join(f'<mergeCell ref="A{number}:A{number + 1}"/>' for number in range(2, 20_006, 2))
        path = workbook(tmp_path / "requests.xlsx", {"Data": sheet_xml(GOOD, after=merges)})
        assert "merged" in refusal(path).message

    def test_more_formulas_than_may_be(self, tmp_path: Path) -> None:
        rows = GOOD + "".join(f'<row r="{n}"><c r="A{n}"><f/></c></row>' for n in range(4, 200_010))
        assert "formulas" in refusal(made(tmp_path, rows)).message

    def test_texts_beyond_their_bounds(self, tmp_path: Path) -> None:
        texts = f'<sst xmlns="{MAIN}">' + "<si/>" * 1001 + "</sst>"
        assert "1,000" in refusal(made(tmp_path, strings=texts), limits=FileLimits(shared_texts=1000)).message
        assert len(read(made(tmp_path, strings=texts), limits=FileLimits(shared_texts=1001))) == 2
        texts = texts.replace("<si/>", "<si/>" * 200)
        limits = FileLimits(shared_texts=200_199, ratio=2000)
        assert "200,199" in refusal(made(tmp_path, strings=texts), limits=limits).message
        assert len(read(made(tmp_path, strings=texts), limits=attrs.evolve(limits, shared_texts=200_200))) == 2
        texts = f'<sst xmlns="{MAIN}">' + "<si/>" * 1001 + "</sst>"
        assert "4,000 bytes" in refusal(made(tmp_path, strings=texts), limits=FileLimits(shared_bytes=4000)).message

    def test_a_text_longer_than_a_cell_holds(self, tmp_path: Path) -> None:
        texts = f'<sst xmlns="{MAIN}"><si><t>{"x" * 1_200_000}</t></si></sst>'
        assert "longer" in refusal(made(tmp_path, strings=texts), limits=FileLimits(ratio=2000)).message

    def test_formats_without_end(self, tmp_path: Path) -> None:
        formats = f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 70_000}</cellXfs></styleSheet>'
        limits = FileLimits(ratio=2000)
        assert "formats" in refusal(made(tmp_path, styles=formats), limits=limits).message
        assert "larger" in refusal(made(tmp_path, styles=formats + " " * 4_200_000), limits=limits).message

    def test_a_member_for_each_of_a_million(self, tmp_path: Path) -> None:
        path = tmp_path / "requests"
        entry = b"PK\1\2" + bytes(24) + struct.pack("<HHH", 1, 0, 0) + bytes(12) + b"a"
        count = 1_000_000
        directory = entry * count
        end64 = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), 4)
        locator = struct.pack("<4sIQI", b"PK\6\7", 0, 4 + len(directory), 1)
        end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        path.write_bytes(b"PK\3\4" + directory + end64 + locator + end)
        refusal(path)


def _claims(folder: Path) -> Path:
    return workbook(folder / "r.xlsx", {"Data": sheet_xml(GOOD, before='<dimension ref="A1:XFD1048576"/>')})


def _far_apart(folder: Path) -> Path:
    row = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>9</t></is></c><c r="SR1048576"><v>1</v></c></row>'
    return made(folder, GOOD + row)


def _one_text_a_million_times(folder: Path) -> Path:
    texts = f'<sst xmlns="{MAIN}"><si><t>nik</t></si><si><t>{"x" * 32_000}</t></si></sst>'
    row = '<c t="s"><v>1</v></c>' * 10
    rows = '<row><c t="s"><v>0</v></c></row>' + f"<row>{row}</row>" * 10_000
    return made(folder, rows, strings=texts)


def _row_of_100_mb(folder: Path) -> Path:
    return _long(folder, "<row>" + "<c><v>1</v></c>" * 7_000_000)


def _cell_of_100_mb(folder: Path) -> Path:
    return _long(folder, '<row><c t="inlineStr"><is><t>' + "x" * 100_000_000)


def _deep(folder: Path) -> Path:
    return _long(folder, "<row><c><is>" + "<r>" * 30_000_000)


def _rows_that_are_empty(folder: Path) -> Path:
    return _long(folder, "<row/>" * 300_000 + "<row><c><v>1</v></c></row></sheetData></worksheet>")


def _prologue_without_end(folder: Path) -> Path:
    return made(folder, sheet=b"<a>" * 30_000_000)


def _texts_without_end(folder: Path) -> Path:
    return made(folder, strings=(f'<sst xmlns="{MAIN}">' + "<si/>" * 18_000_000 + "</sst>").encode())


def _long(folder: Path, rows: str) -> Path:
    return made(folder, sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{rows}'.encode())


def _many_texts(folder: Path) -> Path:
    items = "<si><t>nik</t></si>" + "".join(f"<si><t>\U0001f600{number}</t></si>" for number in range(200_000))
    rows = '<row><c t="s"><v>0</v></c></row><row><c t="inlineStr"><is><t>1</t></is></c></row>'
    return made(folder, rows, strings=f'<sst xmlns="{MAIN}">{items}</sst>')


@pytest.mark.parametrize(
    ("make", "allowed", "outcome"),
    [
        (_claims, 100, "2 items"),
        (_far_apart, 100, "3 items"),
        (_one_text_a_million_times, 100, "10000 items"),
        (_row_of_100_mb, 100, "refused"),
        (_cell_of_100_mb, 100, "refused"),
        (_deep, 100, "refused"),
        (_rows_that_are_empty, 100, "refused"),
        (_prologue_without_end, 100, "refused"),
        (_texts_without_end, 100, "refused"),
        (_many_texts, 150, "1 items"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_memory_is_bounded(tmp_path: Path, make: Callable[[Path], Path], allowed: int, outcome: str) -> None:
    """A child with ``allowed`` MB more than it has after its imports reads the file; none of them packs this well."""
    assert read_bounded(make(tmp_path), allowed, ratio=100_000) == outcome


def test_the_ratio_alone_would_refuse_most_of_these(tmp_path: Path) -> None:
    assert "200 times" in refusal(_cell_of_100_mb(tmp_path)).message


def bad_workbooks(folder: Path) -> Iterator[Path]:
    whole = made(folder).read_bytes()
    yield made(folder, GOOD.replace("</row>", "<!-- --></row>", 1))
    yield made(folder, sheet=sheet_xml(GOOD)[:-40])
    yield made(folder, workbook=OUTSIDE)
    yield made(folder, rows_xml([["nama"], ["a"]]))
    path = folder / "cut.xlsx"
    path.write_bytes(whole[:-30])
    yield path


def test_nothing_of_a_bad_workbook_is_in_the_store(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    with bench.open() as station:
        for path in bad_workbooks(tmp_path):
            with pytest.raises(InputError, match="Nothing of it was let in"):
                station.sources.import_file(path)
        assert list(station.jobs.list(limit=10)) == []
        assert station.sources.rejects() == []
        report = station.sources.import_file(made(tmp_path, GOOD + rows_xml([["3", "<c><f>1</f></c>"]], 4)))
        assert (report.new, report.rejected) == (2, 1)
        (reject,) = station.sources.rejects()
        assert (reject.line, reject.rule) == (4, "x-formula")
        assert "cell B4" in reject.shape
        assert station.check().ok


@FOLDER_IS_SHARED
@given(data=st.data())
def test_a_workbook_with_any_bytes_changed_is_refused_or_read(tmp_path: Path, data: st.DataObject) -> None:
    rows = rows_xml([HEADER, ["1", "a"], [2, 3.5], ["3", '<c t="s"><v>0</v></c>']])
    changed = bytearray(made(tmp_path, rows, strings=f'<sst xmlns="{MAIN}"><si><t>x</t></si></sst>').read_bytes())
    places = st.integers(min_value=4, max_value=len(changed) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        changed[place] = byte
    path = tmp_path / "requests"
    path.write_bytes(bytes(changed))
    for limits in (FileLimits(), FileLimits(sheet_cells=0)):
        try:
            read(path, limits=limits)
        except InputError:
            continue
