"""What sheets a workbook has, and which of them is meant."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import attrs

from cardprint.builtin.file.faults import FileName, how_to_set
from cardprint.builtin.file.sheets.parts import SAVE_AGAIN, Parts

__all__ = ["SheetPart", "Workbook", "choose_sheet", "read_workbook"]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SHEETS = 1024
_VALUE = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|is|f)[\s>]|</(?:[^\s<>/:]+:)?sheetData")
_OVERLAP = 64


@attrs.frozen(kw_only=True)
class SheetPart:
    """Name a sheet of cells and the part it is in."""

    name: str
    """As its tab says."""
    part: zipfile.ZipInfo = attrs.field(eq=False)
    """Where its cells are."""
    hidden: bool
    """Whether the spreadsheet program shows no tab for it."""


@attrs.frozen(kw_only=True)
class Workbook:
    """Hold what of a workbook is needed to read one of its sheets."""

    sheets: tuple[SheetPart, ...]
    """In the order of their tabs."""
    from_1904: bool
    """Whether days are counted from 1904, as some spreadsheets of Macintosh computers do."""
    strings: zipfile.ZipInfo | None
    """The texts that cells share."""
    styles: zipfile.ZipInfo | None
    """The formats of cells: by them a number is a date."""


def read_workbook(parts: Parts, name: FileName) -> Workbook:
    """Follow the package's relationships to its sheets (ECMA-376 part 1, 12.3); raise InputError for another file."""
    targets = _relations(parts, "", "_rels/.rels")
    main = next((target for kind, target in targets.values() if kind == "officeDocument"), "")
    info = parts.find(main)
    if info is None:
        raise parts.broken("it names no workbook")
    if main.endswith(".bin"):
        raise name.fault("it is a binary spreadsheet (XLSB), which is not read", SAVE_AGAIN)
    root = parts.tree(info)
    if root.tag.startswith(_STRICT):
        raise name.fault("it was saved as Strict Open XML, which is not read", SAVE_AGAIN)
    if root.tag != f"{_MAIN}workbook":
        raise name.fault("it is a document, not a spreadsheet", "Name an XLSX, a CSV or a JSON Lines file.")
    folder = posixpath.dirname(main)
    targets = _relations(parts, folder, f"{folder}/_rels/{posixpath.basename(main)}.rels")
    by_kind = {kind: parts.find(target) for kind, target in targets.values()}
    sheets: list[SheetPart] = []
    for sheet in root.iterfind(f"{_MAIN}sheets/{_MAIN}sheet"):
        kind, target = targets.get(sheet.get(_ID, ""), ("", ""))
        if kind != "worksheet":
            # A sheet that is a chart, a dialog or a macro has no cells.
            continue
        part = parts.find(target)
        if part is None or len(sheets) == _SHEETS:
            raise parts.broken("it names a sheet that is not there, or too many")
        hidden = sheet.get("state", "visible") != "visible"
        sheets.append(SheetPart(name=sheet.get("name", ""), part=part, hidden=hidden))
    properties = root.find(f"{_MAIN}workbookPr")
    from_1904 = properties is not None and properties.get("date1904", "0") in {"1", "true"}
    return Workbook(
        sheets=tuple(sheets),
        from_1904=from_1904,
        strings=by_kind.get("sharedStrings"),
        styles=by_kind.get("styles"),
    )


def _relations(parts: Parts, folder: str, path: str) -> Mapping[str, tuple[str, str]]:
    """Give kind and target of each relationship by its id; one that leads out of the package is not followed."""
    info = parts.find(path.removeprefix("/"))
    if info is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for each in parts.tree(info).iter(_RELATION):
        if each.get("TargetMode") == "External":
            continue
        # A target begins at the package's top or beside the part that names it; nothing is above the top.
        target = posixpath.normpath(posixpath.join("/", folder, unquote(each.get("Target", "")))).lstrip("/")
        found[each.get("Id", "")] = (each.get("Type", "").rpartition("/")[2], target)
    return found


def choose_sheet(parts: Parts, workbook: Workbook, wanted: str, name: FileName) -> SheetPart:
    """Give the sheet that a setting names, or the only one that is shown and not empty.

    Raises InputError, with the sheets' names, where there is none, or more than one and no setting.
    """
    if wanted:
        named = [sheet for sheet in workbook.sheets if sheet.name == wanted]
        if not named and wanted.isdecimal() and 0 < int(wanted[:9]) <= len(workbook.sheets):
            named = [workbook.sheets[int(wanted[:9]) - 1]]
        if len(named) != 1:
            raise name.fault(
                f"it has no sheet {wanted!r}; it has {_listed(workbook.sheets)}",
                "Give one of these names, or its number from 1: " + how_to_set("sheet", "NAME"),
            )
        return named[0]
    filled = [sheet for sheet in workbook.sheets if not sheet.hidden and _has_cells(parts, sheet)]
    if len(filled) > 1:
        raise name.fault(
            f"more than one of its sheets is filled: {_listed(filled)}",
            "Say which one is read, by its name or its number from 1, for example: "
            + how_to_set("sheet", filled[0].name[:64]),
        )
    if not filled:
        hidden = [sheet for sheet in workbook.sheets if sheet.hidden]
        raise name.fault(
            "all its sheets are empty"
            if not hidden
            else f"all sheets but the hidden ones are empty: {_listed(hidden)}",
            "Export it again, or name a hidden sheet: " + how_to_set("sheet", "NAME"),
        )
    return filled[0]


def _listed(sheets: Sequence[SheetPart]) -> str:
    shown = ", ".join(repr(sheet.name[:64]) for sheet in sheets[:20])
    return shown + (f" and {len(sheets) - 20} more" if len(sheets) > 20 else "") or "none"  # noqa: PLR2004 - as above


def _has_cells(parts: Parts, sheet: SheetPart) -> bool:
    before = b""
    for chunk in parts.chunks(sheet.part):
        found = _VALUE.search(before + chunk)
        if found:
            return not found[0].startswith(b"</")
        before = chunk[-_OVERLAP:]
    return False
