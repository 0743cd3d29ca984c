"""A ZIP of one file of records and its photos, believed in nothing."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, cast

from cardprint.builtin.file.containers import OpenFile, Photo, is_image
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.settings import MIB, FileLimits

__all__ = ["Archive", "is_archive"]

_DIRECTORY_BYTES_A_MEMBER = 160
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
_LEFTOVERS = frozenset({"thumbs.db", "desktop.ini"})
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
_AGAIN = "Make the ZIP again from the one file of records and its photos."


def is_archive(head: bytes) -> bool:
    """Tell whether a file begins as a ZIP does, an empty one and a piece of a split one too."""
    return head in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}


class Archive:
    """Read records and photos from the members of a ZIP; raise InputError for one that is not to be trusted."""

    def __init__(self, opened: OpenFile, limits: FileLimits) -> None:
        self._limits = limits
        self._whole = FileName(opened.path)
        self._size = os.fstat(opened.stream.fileno()).st_size
        try:
            # zipfile reads the whole directory at once, however long it says it is.
            reader = _BoundedReads(opened.stream, limits.members * _DIRECTORY_BYTES_A_MEMBER + MIB)
            self._zip = zipfile.ZipFile(cast("IO[bytes]", reader))
        except _BROKEN as error:
            raise self._whole.fault(f"the ZIP is broken ({type(error).__name__})", _AGAIN) from None
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        self._check()
        self._data = self._find_records()
        self.name = FileName(opened.path, self._data.filename)
        self.unpacked_bytes = self._data.file_size

    def records(self) -> IO[bytes]:
        """Give the member with the records, unpacked as it is read."""
        try:
            return self._zip.open(self._data)
        except _BROKEN as error:
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
        except _BROKEN:
            return Photo(rule="x-photo-unreadable", shape="broken in the ZIP")
        if not is_image(content):
            return Photo(rule="x-photo-unreadable", shape=f"{len(content)} bytes, neither JPEG nor PNG")
        return Photo(content=content)

    def trace(self, reference: str) -> bytes:
        """Give nothing: the photos are in the file."""
        return b""

    def _check(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > self._limits.members:
            raise self._whole.fault(f"the ZIP has more than {self._limits.members:,} members", "Split it.")
        if len({info.filename for info in infos}) != len(infos):
            raise self._whole.fault("the ZIP has two members of one name", _AGAIN)
        for info in infos:
            self._check_member(info)
        if sum(info.file_size for info in infos) > self._limits.unpacked_bytes:
            raise self._whole.fault(f"the ZIP unpacks to more than {self._limits.unpacked_bytes:,} bytes", "Split it.")
        if sum(info.compress_size for info in infos) > self._size:
            raise self._whole.fault("the ZIP's members overlap", _AGAIN)

    def _check_member(self, info: zipfile.ZipInfo) -> None:
        if _leaves_its_folder(info.orig_filename) or _leaves_its_folder(info.filename):
            raise self._whole.fault("the ZIP has a member whose name leads out of it", _AGAIN)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise self._whole.fault("the ZIP has a member that is a link", _AGAIN)
        if info.flag_bits & _ENCRYPTED:
            raise self._whole.fault("the ZIP is encrypted", "Unpack it and make a ZIP without a password.")
        if info.compress_type not in _METHODS:
            raise self._whole.fault("the ZIP is packed by a method other than deflate", _AGAIN)
        if info.file_size > max(MIB, info.compress_size * self._limits.ratio):
            raise self._whole.fault(
                f"the ZIP has a member that unpacks to more than {self._limits.ratio} times its size", _AGAIN
            )

    def _find_records(self) -> zipfile.ZipInfo:
        if "[Content_Types].xml" in self._members:
            raise self._whole.fault("it is a spreadsheet or a document", "Save the sheet as CSV (UTF-8).")
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
        except _BROKEN as error:
            raise self._whole.fault(f"the ZIP is broken ({type(error).__name__})", _AGAIN) from None
        if is_archive(head[:4]):
            raise self._whole.fault("the ZIP holds another ZIP", _AGAIN)
        return head


def _leaves_its_folder(name: str) -> bool:
    path = PurePosixPath(name)
    return not name or path.is_absolute() or ".." in path.parts or not name.isprintable() or bool({*"\\:"} & {*name})


class _BoundedReads:
    """Refuse to read much at once."""

    def __init__(self, stream: IO[bytes], bound: int) -> None:
        self._stream = stream
        self._bound = bound
        self.seek = stream.seek
        self.tell = stream.tell
        self.seekable = stream.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self._bound:
            raise zipfile.BadZipFile
        data = self._stream.read(self._bound + 1 if size < 0 else size)
        if len(data) > self._bound:
            raise zipfile.BadZipFile
        return data
