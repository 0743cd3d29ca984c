"""The parts of an XLSX, which is a ZIP of XML, read within bounds and without entities."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from typing import Final

from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.settings import MIB
from cardprint.builtin.file.zips import BROKEN
from cardprint.errors import InputError

__all__ = ["SAVE_AGAIN", "Parts"]

SAVE_AGAIN: Final = "Open it in the spreadsheet program and save it again as XLSX (Excel Workbook), or as CSV (UTF-8)."
_CHUNK = 256 * 1024
_TREE_BYTES = 4 * MIB
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii"})
# Entities are what small XML grows large by, and what reads other files. Markup is never written in lower case.
_DTD = (b"<!DOCTYPE", b"<!ENTITY")
_OVERLAP = 16


class Parts:
    """Find and read the parts of a package."""

    def __init__(self, contents: zipfile.ZipFile, name: FileName) -> None:
        self._zip = contents
        self._name = name
        # The names of parts are the same in capitals and without (ECMA-376 part 2, 6.2.2.3).
        self._infos = {info.filename.casefold(): info for info in contents.infolist()}
        if len(self._infos) != len(contents.infolist()):
            raise self.broken("two of its parts have one name")

    def broken(self, what: str) -> InputError:
        """Make the error for a workbook that is not as the format says."""
        return self._name.fault(f"the spreadsheet is broken: {what}", SAVE_AGAIN)

    def beyond(self, what: str, cure: str) -> InputError:
        """Make the error for a workbook that asks for more than it may have."""
        return self._name.fault(what, cure)

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """Give a part by its name from the top of the package."""
        return self._infos.get(name.casefold())

    def tree(self, info: zipfile.ZipInfo) -> ET.Element:
        """Give a small part as a tree; at most 4 MiB of XML."""
        content = self.content(info, _TREE_BYTES)
        try:
            return ET.fromstring(content)  # noqa: S314 - `chunks` lets no DTD through
        except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
            raise self.broken(f"{info.filename} is no XML ({type(error).__name__})") from None

    def content(self, info: zipfile.ZipInfo, bound: int) -> bytes:
        """Give a whole part of at most ``bound`` bytes."""
        if info.file_size > bound:
            raise self._name.fault(
                f"{info.filename} in the spreadsheet is larger than {bound:,} bytes",
                "Copy the cells' values into a new, empty workbook and save that.",
            )
        return b"".join(self.chunks(info))

    def chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """Give a part's XML as it is unpacked; raise InputError if it has a DTD or is not UTF-8."""
        before = b""
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    if not before:
                        self._check_encoding(info, chunk)
                    # A part that lacks its last bytes is noticed by its own reader.
                    seen = before + chunk
                    if any(mark in seen for mark in _DTD):
                        raise self.broken(f"{info.filename} has a DTD, which no spreadsheet program writes")
                    before = chunk[-_OVERLAP:]
                    yield chunk
        except BROKEN as error:
            raise self.broken(f"{info.filename} cannot be unpacked ({type(error).__name__})") from None

    def _check_encoding(self, info: zipfile.ZipInfo, head: bytes) -> None:
        declared = _DECLARED.search(head[:1024])
        # Bytes of UTF-16 would hide what is looked for.
        if b"\0" in head or (declared and declared[1].lower() not in _ENCODINGS):
            raise self.broken(f"{info.filename} is not in UTF-8")
