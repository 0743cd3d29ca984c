"""The folder as a printer."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

from cardprint.builtin.folder.paper import card_document
from cardprint.builtin.folder.settings import FolderSettings
from cardprint.builtin.folder.tray import Tray
from cardprint.errors import DriverError
from cardprint.model import (
    AttemptId,
    AttemptOutcome,
    Capabilities,
    CardFate,
    CardOrder,
    DeviceJob,
    DeviceUri,
    FaceFile,
    Observation,
    PrinterState,
    PrinterStatus,
    StepKind,
)
from cardprint.plugin import PluginContext, PrinterDriver, PrinterSession, Steps

__all__ = ["FolderDriver", "FolderSession"]

_SCHEME = "folder:"
_ATTEMPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_NAMES = ("front", "back")
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_FULL = {"ENOSPC", "EDQUOT"}
_ROOM = 8 << 20
"""Bytes that must be free before another card is begun: one of two sides with its document takes about 3 MiB."""


class FolderSession(PrinterSession):
    """Hold a session with a folder; a card exists completely or not at all."""

    def __init__(self, tray: Tray, settings: FolderSettings) -> None:
        self._tray = tray
        self._settings = settings
        self.capabilities = Capabilities(
            sides=settings.sides,
            abilities=frozenset({"two-sided"} if settings.sides > 1 else ()),
            pick_counter=True,
            pick_counter_survives_power=True,
            path_sensor=True,
            job_table=True,
            job_table_survives_power=True,
            can_fence=True,
            definite_not_started=True,
        )

    def status(self) -> PrinterStatus:
        """Ask whether the folder is there, takes files and has room; raise DriverError where it does not answer."""
        with self._answering():
            self._tray.serial()
            free = shutil.disk_usage(self._tray.path).free
        if not os.access(self._tray.scratch, os.W_OK):
            raise self._refusal("nothing may be written to it", "offline", "Give the station's user the right to.")
        if free < _ROOM:
            return PrinterStatus(state=PrinterState.STOPPED, reasons=("output-area-full",))
        return PrinterStatus(state=PrinterState.IDLE)

    def observe(self, attempt_id: AttemptId | None = None) -> Observation:
        """Tell the folder's serial, its count of cards, whether one is half made, and whether this one is there."""
        tray = self._tray
        with self._answering():
            at_rest = tray.at_rest()
            return Observation(
                serial=tray.serial(),
                pick_count=tray.count(),
                path_clear=at_rest,
                queue_empty=at_rest,
                hopper_empty=False,
                job=self._job(attempt_id) if attempt_id else None,
            )

    def print_card(self, order: CardOrder, steps: Steps) -> AttemptOutcome:
        """Let a card appear in the folder, or leave nothing behind and raise DriverError."""
        attempt = order.attempt_id
        files = list(self._files(attempt, self._checked(order)))
        steps.report(StepKind.ACCEPTED, device_job=attempt)
        try:
            self._tray.begin(attempt, files)
            self._tray.finish(attempt)
        except BaseException as error:
            self._give_up(attempt)
            if isinstance(error, OSError) and not self._tray.holds(attempt):
                raise _folder_error(self._tray.path, error) from error
            raise
        try:
            self._tray.settle()
        except OSError as error:
            raise DriverError(
                f"the folder {self._tray.path} did not confirm a card: {error.strerror}.",
                fate=CardFate.UNKNOWN,
                reasons=("x-not-confirmed",),
                cure="Check the disk that it lies on.",
            ) from error
        for kind in (StepKind.FED, StepKind.PRINTED, StepKind.EJECTED):
            steps.report(kind, device_job=attempt)
        return AttemptOutcome(fate=CardFate.PRINTED, after=self._seen_after(attempt))

    def fence(self, attempt_id: AttemptId) -> bool:
        """Remove what is half made; without its temporary folder a card cannot appear any more."""
        with self._answering():
            self._tray.clear()
        return True

    def _seen_after(self, attempt_id: AttemptId) -> Observation | None:
        # The card exists: that the folder went away since must not make it NOT_FED.
        try:
            return self.observe(attempt_id)
        except DriverError:
            return None

    def _job(self, attempt_id: AttemptId) -> DeviceJob | None:
        if self._tray.holds(attempt_id):
            return DeviceJob(state="done", picked=True)
        if self._tray.making(attempt_id):
            return DeviceJob(state="active")
        return None

    def _checked(self, order: CardOrder) -> list[bytes]:
        """Give the faces, read and verified; raise DriverError for an order that cannot be taken."""
        attempt = order.attempt_id
        if not _ATTEMPT.fullmatch(attempt):
            raise self._refusal("an attempt's id cannot name a folder", "x-attempt-id", permanent=True)
        with self._answering():
            if self._tray.holds(attempt) or self._tray.making(attempt) or self._tray.recorded(attempt):
                # Not NOT_FED: a card of this attempt may exist, and saying otherwise would print a second.
                raise DriverError(
                    f"attempt {attempt} was printed to {self._tray.path} before.",
                    fate=CardFate.UNKNOWN,
                    reasons=("x-already-printed",),
                    cure="Ask for an observation: it tells what became of the attempt.",
                )
            if not self._tray.at_rest():
                raise self._refusal("a half-made card lies in it", "x-path-not-clear", "Restart the station.")
        if len(order.sides) > self.capabilities.sides:
            raise self._refusal(f"an order has {len(order.sides)} sides", "x-sides", permanent=True)
        return [self._face(face) for face in order.sides]

    def _face(self, face: FaceFile) -> bytes:
        try:
            content = face.path.read_bytes()
        except OSError as error:
            raise self._refusal(f"a face cannot be read: {error.strerror}", "x-face-unreadable") from error
        if hashlib.sha256(content).hexdigest() != face.sha256:
            raise self._refusal("a face is not what was ordered", "x-face-altered")
        wanted = (self.capabilities.width_px, self.capabilities.height_px)
        start = len(_PNG_HEAD)
        if not content.startswith(_PNG_HEAD) or struct.unpack(">II", content[start : start + 8]) != wanted:
            wanted_text = f"a PNG of {wanted[0]} x {wanted[1]} px"
            raise self._refusal(f"a face is not {wanted_text}", "x-face-size", permanent=True)
        return content

    def _files(self, attempt: str, sides: list[bytes]) -> Iterator[tuple[str, bytes]]:
        hashes: dict[str, str] = {}
        for name, content in zip(_NAMES, sides, strict=False):
            hashes[f"{name}.png"] = hashlib.sha256(content).hexdigest()
            yield f"{name}.png", content
        if sides and self._settings.pdf:
            document = self._document(sides)
            hashes["card.pdf"] = hashlib.sha256(document).hexdigest()
            yield "card.pdf", document
        yield "card.json", (json.dumps({"attempt": attempt, "sha256": hashes}, indent=2) + "\n").encode()

    def _document(self, sides: list[bytes]) -> bytes:
        try:
            return card_document(sides)
        except Exception as error:
            # A face that begins as a PNG and does not go on as one; the library names no error of its own for all.
            raise self._refusal("a face cannot be made a document", "x-face-unreadable", permanent=True) from error

    def _give_up(self, attempt: str) -> None:
        # What cannot be removed now is removed by the fence; until then the tray says it is not clear.
        with contextlib.suppress(OSError):
            if not self._tray.holds(attempt):
                self._tray.clear()

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn a failing folder into the printer's error; nothing has appeared yet."""
        try:
            yield
        except OSError as error:
            raise _folder_error(self._tray.path, error) from error

    def _refusal(self, problem: str, reason: str, cure: str = "", *, permanent: bool = False) -> DriverError:
        return DriverError(
            f"the folder {self._tray.path} takes no card: {problem}.",
            fate=CardFate.NOT_FED,
            reasons=(reason,),
            permanent=permanent,
            cure=cure,
        )


class FolderDriver(PrinterDriver):
    """Open folders as printers; the device is ``folder:PATH``, relative to the station's folder."""

    def __init__(self, settings: FolderSettings | None, context: PluginContext) -> None:
        self._settings = settings or FolderSettings()
        self._context = context

    def open(self, device: DeviceUri) -> FolderSession:
        """Open a folder, making it where it is missing; raise DriverError where that is not possible.

        Of a path from the root only the last folder is made, so that a disk that is not there is not taken for an
        empty one.
        """
        path = self._path(device)
        tray = Tray(path)
        try:
            if path.is_relative_to(self._context.folder):
                _make_parents(path)
            tray.prepare()
        except OSError as error:
            raise _folder_error(path, error) from error
        return FolderSession(tray, self._settings)

    def _path(self, device: DeviceUri) -> Path:
        scheme, name = device[: len(_SCHEME)], device[len(_SCHEME) :]
        if scheme != _SCHEME or not name or "\0" in name:
            raise DriverError(
                f"printer {self._context.name}: the device is not a folder's.",
                fate=CardFate.NOT_FED,
                reasons=("offline",),
                permanent=True,
                cure='Write it as device = "folder:out".',
            )
        return self._context.folder / name


def _make_parents(path: Path) -> None:
    for parent in reversed(path.parents):
        if not parent.exists():
            parent.mkdir(mode=0o700, exist_ok=True)


def _folder_error(path: Path, error: OSError) -> DriverError:
    full = errno.errorcode.get(error.errno or 0) in _FULL
    return DriverError(
        f"the folder {path} takes no card: {error.strerror or type(error).__name__}; nothing is left in it.",
        fate=CardFate.NOT_FED,
        reasons=("output-area-full" if full else "offline",),
        cure="Free space on its disk." if full else "See that it is there and that the station may write to it.",
    )
