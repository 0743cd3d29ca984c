"""A ZIP of one file of records and its photos, believed in nothing."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import IO

from cardprint.builtin.file.containers import OpenFile, Photo, is_image
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.settings import FileLimits
from cardprint.builtin.file.zips import BROKEN, is_zip

__all__ = ["Archive"]

_PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
_LEFTOVERS = frozenset({"thumbs.db", "desktop.ini"})
_NO_SHEET = "Take a spreadsheet out and lay the photos beside it, or put it into the ZIP as CSV (UTF-8)."
_AGAIN = "Make the ZIP again from the one file of records and its photos."


class Archive:
    """Read records and photos from the members of a ZIP; raise InputError for one that is not to be trusted."""

    def __init__(self, opened: OpenFile, contents: zipfile.ZipFile, limits: FileLimits) -> None:
        self._limits = limits
        self._whole = FileName(opened.path)
        self._zip = contents
        self._members = {info.filename: info for info in contents.infolist() if not info.is_dir()}
        self._data = self._find_records()
        self.name = FileName(opened.path, self._data.filename)
        self.unpacked_bytes = self._data.file_size

    def records(self) -> IO[bytes]:
        """Give the member with the records, unpacked as it is read."""
        try:
            return self._zip.open(self._data)
        except BROKEN as error:
            raise self._whole.fault(f"the ZIP is broken ({type(error).__name__})", _AGAIN) from None

    def photo(self, reference: str) -> Photo:
        """Look a photo up by its name, from the top of the ZIP or from where the records lie."""
        info = self._members.get(reference)
        if info is None:
            info = self._members.get(str(PurePosixPath(self._data.filename).parent / reference))
        if info is None or info is self._data:
            return Photo(rule="x-photo-missing")
        if info.file_size > self._limits.photo_bytes:
            return Photo(rule="x-photo-too-large", shape=f"{info.file_size} bytes")
        try:
            with self._zip.open(info) as stream:
                content = stream.read(self._limits.photo_bytes + 1)
        except BROKEN:
            return Photo(rule="x-photo-unreadable", shape="broken in the ZIP")
        if not is_image(content):
            return Photo(rule="x-photo-unreadable", shape=f"{len(content)} bytes, neither JPEG nor PNG")
        return Photo(content=content)

    def trace(self, reference: str) -> bytes:
        """Give nothing: the photos are in the file."""
        return b""

    def close(self) -> None:
        """Keep nothing open but the file, which is another's."""

    def _find_records(self) -> zipfile.ZipInfo:
        found = [info for info in self._members.values() if self._may_be_records(info)]
        if len(found) != 1:
            raise self._whole.fault(
                f"the ZIP holds {len(found)} files that are no photos, and must hold one",
                "Put one CSV or JSON Lines in it.",
            )
        return found[0]

    def _may_be_records(self, info: zipfile.ZipInfo) -> bool:
        path = PurePosixPath(info.filename)
        if path.suffix.lower() in _PHOTO_SUFFIXES or path.name.lower() in _LEFTOVERS:
            return False
        if path.name.startswith(".") or "__MACOSX" in path.parts:
            return False
        return not is_image(self._head(info))

    def _head(self, info: zipfile.ZipInfo) -> bytes:
        try:
            with self._zip.open(info) as stream:
                head = stream.read(8)
        except BROKEN as error:
            raise self._whole.fault(f"the ZIP is broken ({type(error).__name__})", _AGAIN) from None
        if is_zip(head[:4]):
            raise self._whole.fault("the ZIP holds another ZIP, or a spreadsheet", _NO_SHEET)
        return head
