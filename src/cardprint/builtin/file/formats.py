"""Files that an office takes for a table, told by what they hold and not by their name."""

from __future__ import annotations

import zipfile
from typing import Final

from cardprint.builtin.file.containers import OpenFile
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.zips import BROKEN
from cardprint.errors import InputError

__all__ = ["OLD_OFFICE", "is_package", "markup", "old_office"]

OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
"""How a compound file begins ([MS-CFB] 2.2): an old spreadsheet, or an encrypted new one."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE = "Open it in the spreadsheet program and save it as XLSX (Excel Workbook), or as CSV (UTF-8)."
_CHUNK = 1024 * 1024


def old_office(opened: OpenFile) -> InputError:
    """Make the error for a compound file: a workbook with a password is one ([MS-OFFCRYPTO] 2.3.4.4)."""
    name = FileName(opened.path)
    opened.stream.seek(0)
    before = b""
    while chunk := opened.stream.read(_CHUNK):
        if _ENCRYPTED in before + chunk:
            return name.fault(
                "it is encrypted with a password", "Open it in the spreadsheet program and save it without a password."
            )
        before = chunk[-len(_ENCRYPTED) :]
    return name.fault("it is a spreadsheet of the old kind (XLS), or another old document; these are not read", _SAVE)


def is_package(contents: zipfile.ZipFile, name: FileName) -> bool:
    """Tell whether a ZIP is a spreadsheet that we read; raise InputError for one of another program."""
    names = {info.filename.casefold() for info in contents.infolist()}
    if "[content_types].xml" in names:
        return True
    if "mimetype" in names and "content.xml" in names:
        try:
            with contents.open("mimetype") as stream:
                kind = stream.read(64)
        except (KeyError, *BROKEN):
            kind = b""
        if kind.startswith(b"application/vnd.oasis.opendocument"):
            raise name.fault("it is an OpenDocument file (ODS), which is not read", _SAVE)
    return False


def markup(name: FileName) -> InputError:
    """Make the error for a web page or XML that calls itself a spreadsheet."""
    return name.fault("it is a web page or XML, whatever its name says", _SAVE)
