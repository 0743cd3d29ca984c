"""The folder in which cards appear, each with one rename, and what it can prove of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Tray"]

_HIDDEN = ".cardprint"
_SERIAL_BYTES = 8


class Tray:
    """Keep finished cards as folders named by attempt, and a record of them that outlives their being taken away.

    A card is made in ``.cardprint/making/<attempt>`` and appears as ``<attempt>`` by one rename. Before that, the
    attempt is written to ``.cardprint/picks``: an attempt in the record was picked unless its folder is still being
    made. So people may empty the tray, and the count never goes back; whoever removes ``.cardprint`` as well has
    put up another printer, with another serial. Methods raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._hidden = path / _HIDDEN
        self._making = self._hidden / "making"
        self._record = self._hidden / "picks"
        self._serial = self._hidden / "serial"
        self._attempts: dict[str, None] = {}
        self._read = 0
        self._size = 0

    def prepare(self) -> None:
        """Make what is missing; of an absolute path only the last folder, so that an absent disk stays absent."""
        missing = [self._making, self._hidden, self.path]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not self._serial.exists():
            fresh = self._hidden / "serial.new"
            write_file(fresh, f"folder-{secrets.token_hex(_SERIAL_BYTES)}\n".encode())
            fresh.replace(self._serial)
            sync_folders([self._hidden, self.path])

    @property
    def scratch(self) -> Path:
        """Give the folder in which cards are made."""
        return self._making

    def serial(self) -> str:
        """Give the name that this tray got when it was made."""
        return self._serial.read_text(encoding="ascii").strip()

    def holds(self, attempt: str) -> bool:
        """Say whether a finished card of this attempt lies in the tray."""
        return (self.path / attempt).is_dir()

    def making(self, attempt: str) -> bool:
        """Say whether a card of this attempt is half made."""
        return (self._making / attempt).is_dir()

    def at_rest(self) -> bool:
        """Say whether nothing is half made."""
        with os.scandir(self._making) as entries:
            return next(entries, None) is None

    def recorded(self, attempt: str) -> bool:
        """Say whether this attempt was ever begun and not dropped."""
        self._refresh()
        return attempt in self._attempts

    def count(self) -> int:
        """Count the cards that were ever finished here."""
        self._refresh()
        return len(self._attempts) - self._last_is_half_made()

    def begin(self, attempt: str, files: Iterable[tuple[str, bytes]]) -> None:
        """Make a card's files, durable, in a folder where nobody takes them for a card."""
        folder = self._making / attempt
        folder.mkdir(mode=0o700)
        for name, content in files:
            write_file(folder / name, content)
        sync_folders([folder, self._making])

    def finish(self, attempt: str) -> None:
        """Let the card appear; from the rename on it exists."""
        self._append(attempt)
        (self._making / attempt).rename(self.path / attempt)

    def settle(self) -> None:
        """Make the last card's appearance durable."""
        sync_folders([self.path, self._making])

    def clear(self) -> None:
        """Remove whatever is half made, the record first: without its folder an attempt would count as picked."""
        self._refresh()
        if self._last_is_half_made():
            last, _ = self._attempts.popitem()
            self._size -= len(last) + 1
            self._truncate()
        for leftover in list(self._making.iterdir()):
            # A stalled writer that wakes finds its folder gone at once, not emptied bit by bit.
            gone = self._hidden / f"dropped-{leftover.name}"
            leftover.rename(gone)
        for gone in self._hidden.glob("dropped-*"):
            shutil.rmtree(gone)
        sync_folders([self._making, self._hidden])

    def _last_is_half_made(self) -> bool:
        return bool(self._attempts) and self.making(next(reversed(self._attempts)))

    def _refresh(self) -> None:
        try:
            size = self._record.stat().st_size
        except FileNotFoundError:
            self._attempts, self._size, self._read = {}, 0, 0
            return
        if size != self._read:
            content = self._record.read_bytes()
            # A line without its end was cut by a power loss, before its card could appear.
            whole = content[: content.rfind(b"\n") + 1]
            self._attempts = dict.fromkeys(whole.decode("ascii", "replace").split("\n")[:-1])
            self._size, self._read = len(whole), len(content)

    def _append(self, attempt: str) -> None:
        self._refresh()
        self._truncate()
        try:
            with os.fdopen(os.open(self._record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as stream:
                stream.write(f"{attempt}\n".encode("ascii"))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._truncate()
            raise
        sync_folders([self._hidden])
        self._refresh()

    def _truncate(self) -> None:
        """Cut the record to what is known: needs no room on a full disk."""
        if self._record.exists() and self._record.stat().st_size != self._size:
            with self._record.open("r+b") as stream:
                stream.truncate(self._size)
                os.fsync(stream.fileno())
        self._read = self._size


def write_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, and sync it."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folders(folders: Iterable[Path]) -> None:
    """Make new names in folders durable, where the system can (Windows cannot open folders)."""
    if os.name != "posix":
        return
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
