"""A workbook of one sheet, made anew from the parts that were looked at.

The libraries that read values never see the file itself: neither its directory, which they may understand in another
way than we do, nor its links to other files, its drawings, its comments and whatever else may lie in it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import IO, Final

from cardprint.builtin.file.sheets.workbook import SheetPart, Workbook

__all__ = ["repack"]

_HEADER = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN: Final = "http://schemas.openxmlformats.org"
_MAIN = f"{_OPEN}/spreadsheetml/2006/main"
_DOCUMENT = f"{_OPEN}/officeDocument/2006/relationships"
_PACKAGE = f"{_OPEN}/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20
_CHUNK = 1024 * 1024


def repack(workbook: Workbook, sheet: SheetPart, styles: str, original: IO[bytes], target: IO[bytes]) -> None:
    """Write an XLSX with this sheet and its texts, packed as they are in the original, and with these formats."""
    kept = {"worksheet": sheet.part, "sharedStrings": workbook.strings}
    there = {kind: info for kind, info in kept.items() if info is not None}
    directory: list[bytes] = []
    frame = _frame([*there, "styles"], from_1904=workbook.from_1904)
    for name, text in {**frame, "xl/styles.xml": styles}.items():
        content = text.encode()
        begun = _begin(target, directory, name, (zipfile.ZIP_STORED, zlib.crc32(content), len(content), len(content)))
        begun.write(content)
    for kind, info in there.items():
        sizes = (info.compress_type, info.CRC, info.compress_size, info.file_size)
        begun = _begin(target, directory, f"xl/{kind}.xml", sizes)
        _copy(original, info, begun)
    start = target.tell()
    size = target.write(b"".join(directory))
    target.write(_END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), size, start, 0))


def _begin(target: IO[bytes], directory: list[bytes], name: str, sizes: tuple[int, int, int, int]) -> IO[bytes]:
    """Write a member's header and note its line of the directory (APPNOTE 4.3.7, 4.3.12); sizes are below 4 GiB."""
    method, crc, packed, unpacked = sizes
    raw, place = name.encode("ascii"), target.tell()
    target.write(_LOCAL.pack(b"PK\3\4", _VERSION, 0, method, 0, 0x21, crc, packed, unpacked, len(raw), 0) + raw)
    numbers = (_VERSION, _VERSION, 0, method, 0, 0x21, crc, packed, unpacked, len(raw), 0, 0, 0, 0, 0, place)
    directory.append(_CENTRAL.pack(b"PK\1\2", *numbers) + raw)
    return target


def _copy(original: IO[bytes], info: zipfile.ZipInfo, target: IO[bytes]) -> None:
    original.seek(info.header_offset)
    header = _LOCAL.unpack(original.read(_LOCAL.size))
    original.seek(header[-2] + header[-1], 1)
    left = info.compress_size
    while left > 0 and (chunk := original.read(min(left, _CHUNK))):
        left -= target.write(chunk)


def _frame(kinds: Sequence[str], *, from_1904: bool) -> dict[str, str]:
    """Write what holds the parts together (ECMA-376 part 2, 9 and 10; part 1, 12.3)."""
    overrides = "".join(
        f'<Override PartName="/xl/{kind}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for kind in ("workbook", *kinds)
    ).replace(".workbook+", ".sheet.main+")
    relations = "".join(f'<Relationship Id="{kind}" Type="{_DOCUMENT}/{kind}" Target="{kind}.xml"/>' for kind in kinds)
    return {
        "[Content_Types].xml": (
            f'{_HEADER}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": (
            f'{_HEADER}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="workbook" '
            f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'{_HEADER}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><workbookPr date1904="{int(from_1904)}"/>'
            '<sheets><sheet name="sheet" sheetId="1" r:id="worksheet"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_HEADER}<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>'
        ),
    }
