"""Where records and photos lie: a plain file beside its photos, or a ZIP of both."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

import attrs

from cardprint.builtin.file.faults import FileName
from cardprint.builtin.file.settings import FileLimits

__all__ = ["Container", "OpenFile", "Photo", "PlainFile", "is_image"]


@attrs.frozen(kw_only=True)
class Photo:
    """Give a photo that a record names, or the rule that its name or its bytes break."""

    file: Path | None = None
    """A file with the photo."""
    content: bytes | None = None
    """The photo itself."""
    rule: str = ""
    """A keyword, empty where the photo is there."""
    shape: str = ""
    """What is known of one that cannot be taken."""


class Container(Protocol):
    """Hold records and the photos they name."""

    name: FileName
    """The file or member that the records are in."""
    unpacked_bytes: int
    """The length of what the records are read from."""

    def photo(self, reference: str) -> Photo:
        """Look a photo up."""

    def trace(self, reference: str) -> bytes:
        """Give what of a photo's state the file's own digest does not cover."""

    def close(self) -> None:
        """Let go of what was opened beside the file."""


def is_image(head: bytes) -> bool:
    """Tell whether bytes begin as JPEG or PNG do."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


class OpenFile:
    """Hold a regular file open and notice when it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        name = FileName(path)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise name.fault("it is no regular file", "Name a CSV, a JSON Lines file, or a ZIP of one of these.")
            self.stream: IO[bytes] = path.open("rb")
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
            raise name.fault(f"it cannot be opened ({reason})", "Check the path and the permissions.") from None
        self._state = self._look()

    def head(self) -> bytes:
        """Give the first bytes."""
        self.stream.seek(0)
        return self.stream.read(4)

    def digest_into(self, digest: hashlib._Hash) -> None:
        """Add the whole content to a digest, in chunks."""
        self.stream.seek(0)
        try:
            while chunk := self.stream.read(1024 * 1024):
                digest.update(chunk)
        except OSError as error:
            raise FileName(self.path).fault(
                f"it cannot be read to its end ({type(error).__name__})", "Copy or export the file again."
            ) from None

    def check_unchanged(self) -> None:
        """Raise InputError if the file has been written to since it was opened."""
        if self._look() != self._state:
            raise FileName(self.path).fault(
                "it was changed while it was being read", "Wait until it is written to its end, then read it again."
            )

    def _look(self) -> tuple[int, int]:
        state = os.fstat(self.stream.fileno())
        return state.st_size, state.st_mtime_ns

    def __enter__(self) -> Self:
        """Enter the file."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.stream.close()


class PlainFile:
    """Read records from the file itself, photos from its folder."""

    def __init__(self, opened: OpenFile, limits: FileLimits) -> None:
        self.name = FileName(opened.path)
        self.unpacked_bytes = os.fstat(opened.stream.fileno()).st_size
        self._stream = opened.stream
        self._folder = opened.path.parent.resolve()
        self._limits = limits

    def records(self) -> IO[bytes]:
        """Give the file from its beginning; a second call ends the first."""
        self._stream.seek(0)
        return self._stream

    def photo(self, reference: str) -> Photo:
        """Look a photo up by its path relative to the file's folder, which it may not leave."""
        path = self._inside(reference)
        if path is None:
            return Photo(rule="x-photo-outside")
        try:
            # Opening a pipe would wait for its other end.
            if not stat.S_ISREG(path.stat().st_mode):
                raise FileNotFoundError
            with path.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                head = stream.read(8)
        except (OSError, ValueError) as error:
            return Photo(rule="x-photo-missing" if isinstance(error, FileNotFoundError) else "x-photo-unreadable")
        if size > self._limits.photo_bytes:
            return Photo(rule="x-photo-too-large", shape=f"{size} bytes")
        if not is_image(head):
            return Photo(rule="x-photo-unreadable", shape=f"{size} bytes, neither JPEG nor PNG")
        return Photo(file=path)

    def trace(self, reference: str) -> bytes:
        """Give the photo's size and time, so that a photo put right makes the file another one."""
        if not _is_relative(reference):
            return b"\n"
        try:
            state = (self._folder / reference).stat()
        except (OSError, ValueError):
            return b"\n"
        return f"{state.st_size}:{state.st_mtime_ns}\n".encode()

    def close(self) -> None:
        """Keep nothing open but the file, which is another's."""

    def _inside(self, reference: str) -> Path | None:
        if not _is_relative(reference):
            return None
        try:
            path = (self._folder / reference).resolve()
        except (OSError, RuntimeError, ValueError):
            return None
        return path if path.is_relative_to(self._folder) else None


def _is_relative(reference: str) -> bool:
    """Tell whether a path goes down from where it begins, on any system."""
    return not {*"\0\\:"} & {*reference} and not reference.startswith("/") and ".." not in reference.split("/")
