"""The formats of a workbook's cells, brought down to what makes a number a date."""

from __future__ import annotations

import html
import zipfile

from cardprint.builtin.file.sheets.parts import Parts

__all__ = ["plain_styles"]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FORMATS = 65_536
_FORMAT_CHARACTERS = 255


def plain_styles(parts: Parts, info: zipfile.ZipInfo | None) -> str:
    """Give a styles part with the number format of each cell format and nothing else (ECMA-376 part 1, 18.8.10).

    Colours, fonts and borders, of which some programs write what others cannot read, decide nothing here.
    """
    codes: dict[str, str] = {}
    used: list[str] = []
    if info is not None:
        root = parts.tree(info)
        for each in root.iterfind(f"{{{_MAIN}}}numFmts/{{{_MAIN}}}numFmt"):
            codes[_number(each.get("numFmtId"))] = each.get("formatCode", "")[:_FORMAT_CHARACTERS]
        used = [_number(each.get("numFmtId")) for each in root.iterfind(f"{{{_MAIN}}}cellXfs/{{{_MAIN}}}xf")]
    if len(used) > _FORMATS or len(codes) > _FORMATS:
        raise parts.broken("it has more formats of cells than a workbook can have")
    kept = {number: codes[number] for number in {*used} & {*codes}}
    numbers = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{html.escape(code)}"/>' for number, code in sorted(kept.items())
    )
    formats = "".join(f'<xf numFmtId="{number}" xfId="0"/>' for number in used or ["0"])
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{numbers}</numFmts><fonts><font/></fonts>'
        "<fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        f'<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs>{formats}</cellXfs>'
        '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _number(text: str | None) -> str:
    return str(int(text)) if text and text.isascii() and text.isdecimal() and len(text) < len("100000") else "0"
