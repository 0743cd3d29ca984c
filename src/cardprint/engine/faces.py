"""Faces made ahead of their turn, kept as spool files until the card is made."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from pathlib import Path

import attrs

from cardprint.engine.parts import Parts
from cardprint.errors import RenderError, StoreError
from cardprint.model.cards import CardFaces, FaceFile, RenderTarget
from cardprint.model.printers import Capabilities
from cardprint.model.requests import CardRequest
from cardprint.plugin import CardRenderer
from cardprint.store import Reading, requests

__all__ = ["FaceShelf", "Faces", "Wanted", "rendered", "target_of"]

_KEPT = 32
_Key = tuple[int, int, RenderTarget]


@attrs.frozen(kw_only=True)
class Faces:
    """Name the finished faces of one card."""

    sides: tuple[FaceFile, ...] = ()
    """Front first."""
    black: tuple[FaceFile, ...] = ()
    """K panels, where the renderer makes them."""
    overlay: tuple[FaceFile, ...] = ()
    """Overlay masks, where the renderer makes them."""
    code: str = ""
    """What a scanner reads from the card."""

    @property
    def files(self) -> tuple[FaceFile, ...]:
        """Give all of them."""
        return (*self.sides, *self.black, *self.overlay)

    @property
    def digests(self) -> tuple[str, ...]:
        """Give the hashes that are kept with the attempt."""
        return tuple(face.sha256 for face in self.files)


@attrs.frozen(kw_only=True)
class Wanted:
    """State which faces are to be made."""

    key: _Key
    """The request's row and revision, and the target."""
    request: CardRequest
    """The request at that revision."""


_NONE = Faces()


def target_of(capabilities: Capabilities) -> RenderTarget:
    """State what faces a printer needs."""
    return RenderTarget(
        width_px=capabilities.width_px,
        height_px=capabilities.height_px,
        dpi=capabilities.dpi,
        sides=capabilities.sides,
        panels=capabilities.panels,
    )


def rendered(renderer: CardRenderer, request: CardRequest, target: RenderTarget) -> CardFaces:
    """Have faces made; whatever a renderer raises is a RenderError that tells nothing of the request."""
    try:
        return renderer.render(request, target)
    except RenderError:
        raise
    except Exception as error:
        raise RenderError(
            f"the renderer failed with {type(error).__name__}; no blank was touched.",
            rule="x-renderer-failed",
        ) from error


class FaceShelf:
    """Keep the faces of the next few cards, by request, revision and target; safe for several threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.makes_faces = parts.renderer.makes_faces
        """Whether anything is to be made ahead."""
        self._lock = threading.Lock()
        self._shelf: OrderedDict[_Key, Faces] = OrderedDict()
        self._making: dict[_Key, threading.Lock] = {}

    def ready(self, reading: Reading, request_row: int, target: RenderTarget) -> Faces | None:
        """Give faces that were made already, for the request as it is now."""
        if not self.makes_faces:
            return _NONE
        revision = reading.value("SELECT revision FROM request WHERE id = ?", (request_row,))
        key = (request_row, revision, target)
        with self._lock:
            faces = self._shelf.get(key)
            if faces is not None:
                self._shelf.move_to_end(key)
            return faces

    def wanted(self, reading: Reading, request_row: int, target: RenderTarget) -> Wanted | None:
        """Say which faces are to be made of a request as it is now; None where they are there, or cards have none."""
        if self.ready(reading, request_row, target) is not None:
            return None
        request, revision = requests.load(reading, request_row)
        return Wanted(key=(request_row, revision, target), request=request)

    def is_as_it_was(self, reading: Reading, wanted: Wanted | None) -> bool:
        """Say whether a request is still at the revision of which faces were wanted."""
        if wanted is None:
            return False
        request, revision, _ = wanted.key
        return bool(reading.value("SELECT revision FROM request WHERE id = ?", (request,)) == revision)

    def make(self, wanted: Wanted) -> None:
        """Make faces, outside of any transaction; RenderError names what is wrong with the request.

        Where another thread makes the same just now, wait for it.
        """
        with self._lock:
            making = self._making.setdefault(wanted.key, threading.Lock())
        with making:
            try:
                with self._lock:
                    if wanted.key in self._shelf:
                        return
                drawn = rendered(self._parts.renderer, wanted.request, wanted.key[2])
                with self._lock:
                    # Written under the lock: who drops another card's faces must see that these use the same file.
                    self._shelf[wanted.key] = self._written(drawn)
                    while len(self._shelf) > _KEPT:
                        self._drop(self._shelf.popitem(last=False)[1])
            finally:
                with self._lock:
                    self._making.pop(wanted.key, None)

    def done(self, request_row: int) -> None:
        """Forget a request's faces: its card is made, or another try will make them anew."""
        with self._lock:
            for key in [key for key in self._shelf if key[0] == request_row]:
                self._drop(self._shelf.pop(key))

    def clear(self) -> None:
        """Empty the spool folder: whatever lies there is of an earlier run."""
        with self._lock:
            self._shelf.clear()
            if self._parts.spool.is_dir():
                for path in self._parts.spool.iterdir():
                    path.unlink(missing_ok=True)

    def _written(self, faces: CardFaces) -> Faces:
        return Faces(
            sides=tuple(self._file(data) for data in faces.sides),
            black=tuple(self._file(data) for data in faces.black),
            overlay=tuple(self._file(data) for data in faces.overlay),
            code=faces.code,
        )

    def _file(self, data: bytes) -> FaceFile:
        digest = hashlib.sha256(data).hexdigest()
        path = self._parts.spool / f"{digest}.png"
        try:
            self._parts.spool.mkdir(mode=0o700, exist_ok=True)
            # Renamed into place: a driver may be reading the same face for another card.
            new = path.with_suffix(f".{threading.get_ident()}")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                stream.write(data)
            new.replace(path)
        except OSError as error:
            raise StoreError(
                f"a face cannot be kept in {self._parts.spool}: {error.strerror}; no blank was touched.",
                cure="Free space on the station's disk; the station goes on by itself.",
            ) from error
        return FaceFile(path=path, sha256=digest)

    def _drop(self, faces: Faces) -> None:
        still_used: set[Path] = {face.path for other in self._shelf.values() for face in other.files}
        for face in faces.files:
            if face.path not in still_used:
                face.path.unlink(missing_ok=True)
