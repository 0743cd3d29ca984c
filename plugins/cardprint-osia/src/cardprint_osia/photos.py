"""Photos on their way: what has arrived is kept, so that a cut costs only what had not."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from cardprint.errors import SourceError, StateError
from cardprint_osia.line import Line, TooLongError

try:
    import fcntl
except ImportError:  # pragma: no cover - no POSIX: that two do not fetch at once is the user's to see to
    fcntl = None  # type: ignore[assignment] # a module or none

__all__ = ["Photos"]

_OK, _PARTIAL, _NOT_FOUND, _BEYOND = 200, 206, 404, 416
_TOO_LONG = "longer than a photo may be"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Photos:
    """Fetch photos into a folder, in files of mode 0600 named by their SHA-256."""

    def __init__(self, line: Line, folder: Path, *, bound: int, connections: int) -> None:
        self._folder = folder
        self._bound = bound
        self._lines = [line, *(line.another() for _ in range(connections - 1))]
        self._free: SimpleQueue[Line] = SimpleQueue()
        for each in self._lines:
            self._free.put(each)

    def close(self) -> None:
        """Hang up on all connections."""
        for line in self._lines:
            line.close()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep the folder to this process: two that write one file would take each other's bytes for the centre's."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.ExitStack() as held:
            if fcntl is not None:
                folder = os.open(self._folder, os.O_RDONLY)
                held.callback(os.close, folder)
                try:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise StateError(
                        "Photos are fetched by another process right now.",
                        cure="Let the other one end, then do this again: it goes on where it stopped.",
                    ) from None
            yield

    def fetch_each(self, digests: Iterable[str]) -> Iterator[tuple[str, Path | None]]:
        """Give files as ``fetch`` does, as they come, several at a time: on a far line each waits for its answer.

        Where one fails, no more are begun, those under way are given, and then its error is raised.
        """
        broken = threading.Event()

        def fetch(digest: str) -> Path | None:
            # Asked here, not where the error is heard: until then others would wait for a line that is gone.
            if broken.is_set():
                raise CancelledError
            try:
                return self.fetch(digest)
            except BaseException:
                broken.set()
                raise

        failed: BaseException | None = None
        with ThreadPoolExecutor(max_workers=len(self._lines)) as pool:
            coming = {pool.submit(fetch, digest): digest for digest in dict.fromkeys(digests)}
            try:
                for done in as_completed(coming):
                    error = done.exception()
                    if error is None:
                        yield coming[done], done.result()
                    elif not isinstance(error, CancelledError):
                        failed = failed or error
            finally:
                broken.set()
        if failed is not None:
            raise failed

    def fetch(self, digest: str) -> Path | None:
        """Give a file with the whole photo over a connection that is free, as ``fetch_over`` does."""
        line = self._free.get()
        try:
            return self.fetch_over(line, digest)
        finally:
            self._free.put(line)

    def fetch_over(self, line: Line, digest: str) -> Path | None:
        """Give a file with the whole photo, fetched from where an earlier try was cut; None where there is none.

        Raises SourceError where the line is down. Bytes that are not those of the digest are removed and asked for once
        more; where they come again, the centre has no such photo, and its request alone is without it.
        """
        if not _SHA256.fullmatch(digest):
            return None
        path, wrong = self._fetched(line, digest)
        if wrong:
            path, again = self._fetched(line, digest)
            if again and again != wrong:
                raise SourceError(
                    "The centre's photo has other bytes than its name says, and others each time.",
                    cure="The station tries again; if it stays so, ask those who run the centre.",
                )
        return path

    def _fetched(self, line: Line, digest: str) -> tuple[Path | None, str]:
        """Give the whole photo's file, or else the digest of the wrong bytes that came, or that they were too many."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / digest
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as stream:
            have = stream.seek(0, os.SEEK_END)
            if have and _digest_of(path) == digest:
                return path, ""

            first = True

            def keep(status: int, content_range: str, piece: bytes) -> None:
                nonlocal first
                if first:
                    first = False
                    if status != _PARTIAL or not content_range.startswith(f"bytes {have}-"):
                        stream.truncate(0)
                stream.write(piece)
                stream.flush()

            headers = {"Range": f"bytes={have}-"} if have else {}
            bound = max(self._bound - have, 0)
            try:
                answer = line.ask("GET", f"v1/x-cardprint/photos/{digest}", headers=headers, bound=bound, kept=keep)
            except TooLongError:
                path.unlink()
                return None, _TOO_LONG
        if answer.status == _NOT_FOUND:
            path.unlink()
            return None, ""
        if answer.status not in {_OK, _PARTIAL, _BEYOND}:
            raise line.refusal(answer, "a photo")
        found = _digest_of(path)
        if found == digest:
            return path, ""
        path.unlink()
        return None, found

    def tidy(self, stored: Path) -> None:
        """Remove what a process that died has left although the station has it in its own folder."""
        if self._folder.is_dir():
            self.forget([path for path in self._folder.iterdir() if (stored / path.name).exists()])

    def forget(self, paths: list[Path]) -> None:
        """Remove photos that the station has taken into its own folder."""
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()


def _digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
