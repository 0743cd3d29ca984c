"""What a fuzzer feeds to the file source, and what must hold whatever it feeds."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cardprint.builtin.file import FileLimits
from cardprint.errors import InputError
from cardprint.model import Page
from support.files import open_source
from support.sheets import rows_xml, sheet_xml, workbook
from support.source_suite import portrait

__all__ = ["TARGETS", "WORDS", "seeds"]

_LIMITS = FileLimits(unpacked_bytes=8_000_000, shared_texts=10_000, shared_bytes=1_000_000)
_AT_ONCE, _ROW_BY_ROW = 1, 2
_CSV = 'nik,nama,tanggal permohonan,prioritas\r\n1,"Contoh, A",2026-01-31,"5,0"\r\n2,3.27E+15,#REF!,\r\n'
_JSON = '{"nik": "1", "nama": "Contoh", "prioritas": 5}\n{"nik": 2, "fields": {"a": "b"}, "needs": ["chip"]}\n'
_ROWS = rows_xml(
    [
        ["nik", "nama", "tanggal permohonan"],
        ["1", "Contoh", '<c s="1"><v>45292</v></c>'],
        [2, '<c t="s"><v>0</v></c>', "<c><f>1+1</f><v>2</v></c>"],
        [3276010101900001, '<c t="e"><v>#REF!</v></c>', '<c s="2"/>'],
    ]
)
_SHEET = sheet_xml(_ROWS, after='<mergeCells><mergeCell ref="A2:A4"/></mergeCells>')
_STRINGS = "<si><t>a</t></si><si><r><t>b</t></r></si>"
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "_rels/.rels",
)


def _whole(path: Path, limits: FileLimits = _LIMITS) -> None:
    """Read a file to its end: what is refused as a whole is refused before its first page, and by no other error."""
    pages: list[Page] = []
    try:
        pages.extend(open_source(path, limits=limits).pull(None))
    except InputError as error:
        if pages or not error.cure:
            raise AssertionError from error


def _text(folder: Path, data: bytes) -> None:
    path = folder / "requests"
    path.write_bytes(data)
    _whole(path)


def _spreadsheet(folder: Path, data: bytes) -> None:
    """Take the first byte as which part is changed and how the workbook is read, the rest as the part."""
    how, content = data[:1] or b"\0", data[1:]
    part = PARTS[(how[0] >> 2) % len(PARTS)]
    path = workbook(folder / "requests", {"Data": _SHEET}, strings=_STRINGS, others={part: content})
    if how[0] & _AT_ONCE:
        _whole(path)
    if how[0] & _ROW_BY_ROW:
        _whole(path, FileLimits(sheet_cells=0, shared_texts=10_000, shared_bytes=1_000_000))


TARGETS: Mapping[str, Callable[[Path, bytes], None]] = {
    "csv": _text,
    "jsonl": _text,
    "zip": _text,
    "xlsx": _spreadsheet,
}
"""What is fuzzed, by name."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "csv": ("nik", "nama", "foto", '"', '""', "\r\n", ";", "\t", "|", "sep=;", "E+15", "#REF!", "\ufeff", "\0"),
    "jsonl": ("nik", "fields", "needs", "null", "true", '{"', '":', "\\u0000", "\\ud800", "1e999", "[", "]"),
    "zip": ("PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "../", "mimetype", "a.png"),
    "xlsx": (
        *("<c ", "<c/>", "</c>", "<row ", "</row>", "<f>", "<f/>", "</f>", "<v>", "</v>", "<is><t>", "</t></is>"),
        *(
            ' r="',
            "XFD1048576",
            ' t="s"',
            ' t="e"',
            ' t="inlineStr"',
            ' s="1"',
            ' hidden="1"',
            "<!DOCTYPE",
            "<![CDATA[",
        ),
        *(
            "<sheetData>",
            "</sheetData>",
            "<mergeCell ref=",
            "<si>",
            "<t/>",
            "&amp;",
            "x:",
            "xmlns:x=",
            "1E+300",
            "_x000D_",
        ),
    ),
}
"""Words that a fuzzer puts in, by target."""


def seeds(name: str, folder: Path) -> Iterator[bytes]:
    """Give sound files to begin with."""
    if name == "csv":
        for text in (_CSV, _CSV.replace(",", ";"), "sep=|\nnik|nama\n1|a\n", "nik\n1\n"):
            yield text.encode()
        yield _CSV.encode("utf-16")
        yield _CSV.encode("utf-16-le")
    elif name == "jsonl":
        yield _JSON.encode()
        yield b'{"nik": 1, "a": 1.5, "b": true, "c": null, "d": ["x"]}\n\n{"nik": "2", "NIK": "3"}\n'
    elif name == "zip":
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            path = folder / "seed"
            with zipfile.ZipFile(path, "w", method) as archive:
                archive.writestr("export/requests.csv", "nik,foto\n1,a.png\n2,b.png\n")
                archive.writestr("export/a.png", portrait(1)[:200])
            yield path.read_bytes()
        yield workbook(folder / "seed", {"Data": _SHEET}, strings=_STRINGS).read_bytes()
    else:
        with zipfile.ZipFile(workbook(folder / "seed", {"Data": _SHEET}, strings=_STRINGS)) as archive:
            for number, part in enumerate(PARTS):
                for how in (_AT_ONCE, _ROW_BY_ROW):
                    yield bytes([number << 2 | how]) + archive.read(part)
