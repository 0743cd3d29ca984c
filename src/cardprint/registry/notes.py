"""Notes that outlive the process: which plugin was being imported when a station died."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from cardprint.locks import try_lock_alone
from cardprint.registry.announced import normal

__all__ = ["ImportNotes"]

_PREFIX: Final = ".importing-"
_AGAIN: Final = b"again\n"


class ImportNotes:
    """Keep a small file in the station's folder while a plugin is imported; one that is left tells of a death.

    A living process holds the lock of its note, so that a command beside a running station takes none for left.
    """

    def __init__(self, folder: Path | None) -> None:
        """Use the station's folder, and see which notes are there now; None: keep no notes."""
        self._folder = folder
        self._found: tuple[str, ...] = ()
        if folder is not None:
            with suppress(OSError):
                self._found = tuple(sorted(name for name in os.listdir(folder) if name.startswith(_PREFIX)))  # noqa: PTH208 - names alone, at every start

    def deaths(self, distribution: str) -> int:
        """Say how often in a row a station died while it imported this plugin: 0, 1, or 2 for more than once."""
        left = [content for _, content in self._left(distribution)]
        return 2 if len(left) > 1 or _AGAIN in left else len(left)

    def forget(self, distribution: str) -> None:
        """Take the notes of dead processes away."""
        for file, _ in self._left(distribution):
            file.unlink(missing_ok=True)

    @contextmanager
    def during(self, distribution: str) -> Iterator[None]:
        """Keep a note of the plugin until this is left, however it is left; a folder that takes none stops nothing."""
        again = self.deaths(distribution) > 0
        with self._kept(distribution, _AGAIN if again else b"once\n"):
            yield
        self.forget(distribution)

    @contextmanager
    def _kept(self, distribution: str, content: bytes) -> Iterator[None]:
        if self._folder is None:
            yield
            return
        file = self._folder / f"{_PREFIX}{normal(distribution)}.{os.getpid()}-{os.urandom(4).hex()}"
        early = file.with_name(f"{file.name}~")
        with ExitStack() as held:
            with suppress(OSError):
                # Locked before it has its name: nobody sees a note of ours without its lock.
                stream = held.enter_context(early.open("xb", buffering=0))
                try_lock_alone(stream)
                stream.write(content)
                early.rename(file)
                held.callback(file.unlink, missing_ok=True)
            yield

    def _left(self, distribution: str) -> Iterator[tuple[Path, bytes]]:
        if self._folder is None:
            return
        ours = f"{_PREFIX}{normal(distribution)}."
        for file in (self._folder / name for name in self._found if name.startswith(ours) and name[-1] != "~"):
            with suppress(OSError), file.open("r+b") as stream:
                if try_lock_alone(stream):
                    yield file, stream.read(len(_AGAIN))
