"""A file's lines as UTF-8, whatever it was written in, within bounds."""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from cardprint.builtin.file.faults import FileName, how_to_set
from cardprint.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["Lines"]

_CHUNK = 256 * 1024
_AHEAD = 64 * 1024
# The mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENCODING_CURE = "Save it as UTF-8, or say what it is written in: " + how_to_set("encoding", "cp1252")


class Lines:
    """Iterate over a file's lines as bytes of UTF-8, ends kept, each at most ``bound`` bytes long."""

    def __init__(self, stream: IO[bytes], name: FileName, *, encoding: str, bound: int) -> None:
        self._reader = io.BufferedReader(_Utf8Stream(stream, name, encoding), _CHUNK)
        self._name = name
        self._bound = bound
        self._explicit = encoding
        self.number = 0
        """The number of the line given last, from 1."""
        self.record_start = 1
        """The line on which the present record begins."""
        self.record_bytes = 0
        """Bytes of the present record so far; whoever has read one calls ``end_record``."""

    def first_byte(self) -> bytes:
        """Look at the first byte that is no white space, without going on; empty where there is none in sight."""
        return self._reader.peek().lstrip()[:1]

    def end_record(self) -> int:
        """Begin to count a new record with the next line; give the bytes of the one that has ended."""
        size, self.record_bytes, self.record_start = self.record_bytes, 0, self.number + 1
        return size

    def __iter__(self) -> Iterator[bytes]:
        """Give the lines; raise InputError for one that is too long, holds NUL or is not UTF-8."""
        while line := self._reader.readline(self._bound + 1):
            self.number += 1
            self.record_bytes += len(line)
            if self.record_bytes > self._bound:
                raise self._name.fault(
                    f"a record is longer than {self._bound:,} bytes",
                    "Look for a quote that is never closed, or a field that does not belong there.",
                    line=self.record_start,
                )
            if b"\0" in line:
                raise self._name.fault("there is a NUL byte", _ENCODING_CURE, line=self.number)
            yield line

    def ahead(self) -> bytes:
        """Look at whole lines that come next, none of them too long, without going on; empty where none is in sight."""
        ready = self._reader.peek()
        return ready[: ready.rfind(b"\n", 0, min(_AHEAD, self._bound)) + 1]

    def pass_over(self, size: int, count: int) -> None:
        """Go on behind so many bytes that were looked at, so many lines, each of them a record."""
        self._reader.read(size)
        self.number += count
        self.end_record()

    def text(self) -> Iterator[str]:
        """Give the lines as text."""
        # A loop over ``decoded`` costs a tenth of the reading of a file.
        try:
            for line in self:
                yield line.decode()
        except UnicodeDecodeError:
            raise self._not_utf8() from None

    def decoded(self, line: bytes) -> str:
        """Decode the line given last."""
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise self._not_utf8() from None

    def _not_utf8(self) -> InputError:
        return self._name.fault("there are bytes that are not UTF-8", _ENCODING_CURE, line=self.number)


class _Utf8Stream(io.RawIOBase):
    """Read a stream and give it as UTF-8 without its byte order mark."""

    def __init__(self, stream: IO[bytes], name: FileName, encoding: str) -> None:
        self._stream = stream
        self._name = name
        self._newlines = 0
        head = self._read(4)
        codec, mark = _codec_of(head, encoding)
        self._codec = codec
        self._decoder = None if codec == "utf-8" else codecs.getincrementaldecoder(codec)(errors="strict")
        self._ready = self._recoded(head[mark:] + self._read(_CHUNK), final=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._ready:
            self._ready = self._more()
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _more(self) -> bytes:
        while chunk := self._read(_CHUNK):
            if self._decoder is None:
                return chunk
            if recoded := self._recoded(chunk, final=False):
                return recoded
        return b"" if self._decoder is None else self._recoded(b"", final=True)

    def _recoded(self, chunk: bytes, *, final: bool) -> bytes:
        if self._decoder is None:
            return chunk
        try:
            text = self._decoder.decode(chunk, final)
            recoded = text.encode("utf-8")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._codec, "ignore").count("\n")
        except UnicodeError:
            before = 0
        else:
            self._newlines += recoded.count(b"\n")
            return recoded
        raise self._name.fault(
            f"there are bytes that are not {self._codec}",
            "Say what the file was written in: " + how_to_set("encoding", "cp1252"),
            line=self._newlines + before + 1,
        )

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise self._name.fault(
                f"it cannot be read to its end ({type(error).__name__})", "Copy or export the file again."
            ) from None


def _codec_of(head: bytes, encoding: str) -> tuple[str, int]:
    """Give the encoding and the length of the mark at the file's head."""
    codec = codecs.lookup(encoding).name if encoding else ""
    if codec in {"utf-8-sig", "utf_8_sig"}:
        codec = "utf-8"
    for mark, marked in _MARKS:
        # "utf-16" alone is what the mark says; "utf-16-le" has a mark only to be passed over.
        if head.startswith(mark) and (not codec or marked.startswith(codec)):
            return marked, len(mark)
    return codec or _unmarked(head), 0


def _unmarked(head: bytes) -> str:
    """Know UTF-16 without a mark by its NULs: whatever the language, a header begins in ASCII."""
    zeros = tuple(byte == 0 for byte in head)
    if zeros == (False, True, False, True):
        return "utf-16-le"
    return "utf-16-be" if zeros == (True, False, True, False) else "utf-8"
