"""Workbooks put together from XML, so that a test decides over every byte; those of openpyxl are in the tests."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

__all__ = ["DATES", "MAIN", "Cell", "rows_xml", "sheet_xml", "workbook"]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Cell = str | int | float | None
"""A text, a number, or nothing; a text that begins with ``<`` is the cell's XML itself."""

DATES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/></numFmts>'
    '<fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/>'
    '<xf numFmtId="164"/><xf numFmtId="46"/></cellXfs></styleSheet>'
)
"""Formats: 1 is a date, 2 a date and a time, 3 a duration."""


def _letters(place: int) -> str:
    return (chr(64 + (place - 1) // 26) if place > 26 else "") + chr(65 + (place - 1) % 26)


def _cell(value: Cell, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith("<"):
            return value.replace("<c", f'<c r="{place}"', 1)
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def rows_xml(rows: Iterable[Sequence[Cell]], first: int = 1) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(_cell(value, f"{_letters(place)}{number}") for place, value in enumerate(row, 1))
        + "</row>"
        for number, row in enumerate(rows, first)
    )


def sheet_xml(rows: str, *, before: str = "", after: str = "") -> str:
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def workbook(
    path: Path,
    sheets: Mapping[str, str | bytes],
    *,
    states: Mapping[str, str] | None = None,
    strings: str = "",
    styles: str = DATES,
    properties: str = "",
    others: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write a workbook with sheets by name, each given as its XML; ``others`` are further parts, or other ones."""
    tabs = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" state="{(states or {}).get(name, "visible")}"'
        f' r:id="s{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    kinds = {f"s{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number, _ in enumerate(sheets, 1)}
    kinds |= {"styles": ("styles", "styles.xml")}
    kinds |= {"strings": ("sharedStrings", "sharedStrings.xml")} if strings else {}
    relations = "".join(
        f'<Relationship Id="{key}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for key, (kind, target) in kinds.items()
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="w" '
            f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{_DOCUMENT}">{properties}<sheets>{tabs}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        "xl/styles.xml": styles,
        **({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'} if strings else {}),
        **{f"xl/worksheets/sheet{number}.xml": xml for number, xml in enumerate(sheets.values(), 1)},
        **(others or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path
