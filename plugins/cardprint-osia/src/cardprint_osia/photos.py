"""Photos on their way: what has arrived is kept, so that a cut costs only what had not."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from cardprint.errors import SourceError
from cardprint_osia.line import Line

__all__ = ["Photos"]

_OK, _PARTIAL, _NOT_FOUND, _BEYOND = 200, 206, 404, 416
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

    def fetch_all(self, digests: Iterable[str]) -> dict[str, Path | None]:
        """Give files as ``fetch`` does, several at a time: on a line that is far each waits for its own answer.

        Where one fails, those under way are finished, no more are begun, and its error is raised.
        """
        wanted = list(dict.fromkeys(digests))
        with ThreadPoolExecutor(max_workers=len(self._lines)) as pool:
            coming = [pool.submit(self.fetch, digest) for digest in wanted]
            try:
                return dict(zip(wanted, [each.result() for each in coming], strict=True))
            finally:
                for each in coming:
                    each.cancel()

    def fetch(self, digest: str) -> Path | None:
        """Give a file with the whole photo over a connection that is free, as ``fetch_over`` does."""
        line = self._free.get()
        try:
            return self.fetch_over(line, digest)
        finally:
            self._free.put(line)

    def fetch_over(self, line: Line, digest: str) -> Path | None:
        """Give a file with the whole photo, fetched from where an earlier try was cut; None where there is none.

        Raises SourceError where the line is down, or where the bytes are not those of the digest; those are removed.
        """
        if not _SHA256.fullmatch(digest):
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / digest
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as stream:
            have = stream.seek(0, os.SEEK_END)
            if have and self._is(path, digest):
                return path

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
            answer = line.ask("GET", f"v1/x-cardprint/photos/{digest}", headers=headers, bound=self._bound, kept=keep)
        if answer.status == _NOT_FOUND:
            path.unlink()
            return None
        if answer.status not in {_OK, _PARTIAL, _BEYOND}:
            raise line.refusal(answer, "a photo")
        if not self._is(path, digest):
            path.unlink()
            raise SourceError(
                "The centre's photo has other bytes than its name says.",
                cure="The station tries again; if it stays so, ask those who run the centre.",
            )
        return path

    def forget(self, paths: list[Path]) -> None:
        """Remove photos that the station has taken into its own folder."""
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()

    @staticmethod
    def _is(path: Path, digest: str) -> bool:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
