"""A ZIP whose directory has been looked at and found to ask for nothing out of bounds."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, cast

from cardprint.builtin.file.containers import OpenFile
from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.settings import MIB, FileLimits

__all__ = ["BROKEN", "is_zip", "open_zip"]

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What reading a ZIP that is broken may raise."""

_DIRECTORY_BYTES_A_MEMBER = 160
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_AGAIN = "Make the ZIP, or save the spreadsheet, again."


def is_zip(head: bytes) -> bool:
    """Tell whether a file begins as a ZIP does, an empty one and a piece of a split one too."""
    return head in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}


def open_zip(opened: OpenFile, limits: FileLimits) -> zipfile.ZipFile:
    """Open a ZIP; raise InputError for one that is broken or whose members are not to be trusted."""
    whole = FileName(opened.path)
    try:
        # zipfile reads the whole directory at once, however long it says it is.
        reader = _BoundedReads(opened.stream, limits.members * _DIRECTORY_BYTES_A_MEMBER + MIB)
        opened_zip = zipfile.ZipFile(cast("IO[bytes]", reader))
    except BROKEN as error:
        raise whole.fault(f"the ZIP is broken ({type(error).__name__})", _AGAIN) from None
    infos = opened_zip.infolist()
    if len(infos) > limits.members:
        raise whole.fault(f"the ZIP has more than {limits.members:,} members", "Split it.")
    if len({info.filename for info in infos}) != len(infos):
        raise whole.fault("the ZIP has two members of one name", _AGAIN)
    for info in infos:
        _check_member(info, whole, limits)
    if sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise whole.fault(f"the ZIP unpacks to more than {limits.unpacked_bytes:,} bytes", "Split it.")
    if sum(info.compress_size for info in infos) > os.fstat(opened.stream.fileno()).st_size:
        raise whole.fault("the ZIP's members overlap", _AGAIN)
    return opened_zip


def _check_member(info: zipfile.ZipInfo, whole: FileName, limits: FileLimits) -> None:
    if _leaves_its_folder(info.orig_filename) or _leaves_its_folder(info.filename):
        raise whole.fault("the ZIP has a member whose name leads out of it", _AGAIN)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise whole.fault("the ZIP has a member that is a link", _AGAIN)
    if info.flag_bits & _ENCRYPTED:
        raise whole.fault("the ZIP is encrypted", "Unpack it and make a ZIP without a password.")
    if info.compress_type not in _METHODS:
        raise whole.fault("the ZIP is packed by a method other than deflate", _AGAIN)
    if info.file_size > max(MIB, info.compress_size * limits.ratio):
        raise whole.fault(f"the ZIP has a member that unpacks to more than {limits.ratio} times its size", _AGAIN)


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
