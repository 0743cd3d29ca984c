"""A disk in memory that knows what was synced, so that a power cut can drop, keep or tear what was not."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

import apsw

__all__ = ["CallKind", "Disk", "DiskErrorKind", "ProcessDiedError"]

CallKind = str
"""``write``, ``sync`` or ``delete``: what the store is about to do to the disk."""
DiskErrorKind = str
"""``full``, ``write`` or ``sync``: what an operating system may answer."""

_SECTOR = 512
_POWERSAFE_OVERWRITE = 0x1000
_MAIN_FILES = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL


class ProcessDiedError(BaseException):
    """End the station's process at once: no handler of the station may go on after it."""


class _Inode:
    """Hold one file as the process sees it, and as the platters have it."""

    def __init__(self, content: bytes = b"") -> None:
        self.seen = bytearray(content)
        self.durable = bytearray(content)
        self.unsynced: list[tuple[int, bytes | None]] = []
        """Writes since the last sync, in order; None cuts the file off there."""

    def write(self, offset: int, data: bytes) -> None:
        _put(self.seen, offset, data)
        self.unsynced.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.seen[size:]
        self.unsynced.append((size, None))

    def sync(self) -> None:
        for offset, data in self.unsynced:
            _put(self.durable, offset, data)
        self.unsynced.clear()

    def cut(self, keep: Callable[[], float]) -> None:
        """Lose power: each unsynced write is kept (1), dropped (0) or torn, some of its sectors kept (between)."""
        for offset, data in self.unsynced:
            share = keep()
            if share >= 1.0:
                _put(self.durable, offset, data)
            elif share > 0.0 and data is not None:
                whole = int(len(data) * share) // _SECTOR * _SECTOR
                _put(self.durable, offset, data[:whole])
        self.unsynced.clear()
        self.seen = bytearray(self.durable)


def _put(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    if len(content) < offset:
        content.extend(b"\0" * (offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk(apsw.VFS):
    """Be the file system below a store, in memory; one process at a time has it, by its epoch.

    ``before`` is told of every write, sync and delete before it happens: it may raise ``ProcessDiedError``, or give
    the error that the operating system answers with.
    """

    def __init__(self, content: bytes = b"") -> None:
        self.name = f"cardprint-{uuid.uuid4().hex}"
        self.before: Callable[[CallKind], DiskErrorKind | None] = lambda _: None
        self.epoch = 0
        """Counts the processes that had the disk."""
        self.burying = False
        """True while a dead process's connection is put away, without what SQLite does at an orderly close."""
        self.lies = False
        """True: syncs are answered and not done, until the power is cut."""
        self._inodes: dict[str, _Inode] = {}
        self._removed: dict[str, _Inode] = {}
        self._content = content
        super().__init__(self.name, "", maxpathname=1024)

    def put(self, name: str, content: bytes) -> None:
        """Lay a file on the disk, synced."""
        self._inodes[name] = _Inode(content)

    def content(self, name: str) -> bytes:
        """Read a file as a process would."""
        return bytes(self._inodes[name].seen)

    @property
    def synced(self) -> bool:
        """Say whether all that was committed would survive a power cut: SQLite syncs its log, the rest can wait."""
        return not any(inode.unsynced for name, inode in self._inodes.items() if name.endswith("-wal"))

    def rewrite(self, name: str) -> None:
        """Write a file over itself and sync it, as a process does that trusts no page cache."""
        inode = self._inodes.get(name)
        if inode is not None:
            self.call("write", self.epoch)
            inode.unsynced.append((0, bytes(inode.seen)))
            self.call("sync", self.epoch)
            self._sync(inode)

    def _sync(self, inode: _Inode) -> None:
        if not self.lies:
            inode.sync()

    def kill(self) -> None:
        """Let the process die: what it has written stays, and nothing of it writes any more."""
        self.epoch += 1

    def cut_power(self, chance: random.Random, mode: str) -> None:
        """Let the computer die; ``mode`` says what becomes of unsynced writes: drop, keep, some or torn."""
        self.epoch += 1
        keep: Callable[[], float] = {
            "drop": lambda: 0.0,
            "keep": lambda: 1.0,
            "some": lambda: float(chance.random() < 0.5),  # noqa: PLR2004 - heads or tails
            "torn": chance.random,
        }[mode]
        for name, inode in self._removed.items():
            if keep() == 0.0:
                # The name's removal was never synced.
                self._inodes.setdefault(name, inode)
        self._removed.clear()
        for inode in self._inodes.values():
            inode.cut(keep)
        self.lies = False

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        """Open a file."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or f"temporary-{uuid.uuid4().hex}"
        if path not in self._inodes:
            self._inodes[path] = _Inode()
        flags[1] = flags[0]
        return _File(self, path, self._inodes[path])  # type: ignore[return-value]

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        """Remove a file; without ``syncdir`` the removal itself may be lost."""
        if self.burying:
            raise ProcessDiedError
        self.call("delete", self.epoch)
        inode = self._inodes.pop(filename, None)
        if syncdir:
            # It is the folder that is synced, with whatever was removed from it before.
            self._removed.clear()
        elif inode is not None:
            self._removed.setdefault(filename, inode)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        """Say whether a file is there."""
        return pathname in self._inodes

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """Give a file's full name."""
        return name

    def xRandomness(self, numbytes: int) -> bytes:  # noqa: N802
        """Give bytes; the same ones each time, so that a run can be repeated."""
        return random.Random(0).randbytes(numbytes)

    def xCurrentTime(self) -> float:  # noqa: N802
        """Give the Julian day; SQLite orders nothing by it."""
        return 2_461_000.5

    def xSleep(self, microseconds: int) -> int:  # noqa: N802
        """Wait not at all: nobody else has the disk."""
        return microseconds

    def call(self, kind: CallKind, epoch: int) -> None:
        """Meet a call of a process: it may be dead already, it may die here, the call may fail."""
        if epoch != self.epoch:
            raise ProcessDiedError
        error = self.before(kind)
        if epoch != self.epoch:
            raise ProcessDiedError
        if error == "full":
            raise apsw.FullError("no space left on device")
        if error:
            raise apsw.IOError(f"input/output error at {kind}")


class _File:
    """Be one open file of one process."""

    def __init__(self, disk: Disk, path: str, inode: _Inode) -> None:
        self._disk = disk
        self._path = path
        self._inode = inode
        self._epoch = disk.epoch

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._inode.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.call("write", self._epoch)
        self._inode.write(offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.call("write", self._epoch)
        self._inode.truncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        try:
            self._disk.call("sync", self._epoch)
        except apsw.IOError:
            # What a failed sync did not write is clean to the page cache, and no later sync writes it.
            self._inode.unsynced.clear()
            raise
        self._disk._sync(self._inode)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._inode.seen)

    def xLock(self, level: int) -> None:  # noqa: N802
        pass

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:  # noqa: N802
        return False

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _POWERSAFE_OVERWRITE

    def xSectorSize(self) -> int:  # noqa: N802
        return _SECTOR

    def xClose(self) -> None:  # noqa: N802
        pass
