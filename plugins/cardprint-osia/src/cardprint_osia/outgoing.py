"""Outcomes in a bundle for the centre."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from cardprint.errors import InputError, StoreError
from cardprint.model import OutcomeReport
from cardprint.plugin import PluginContext
from cardprint_osia.carried import keys_of, today_of, work_folder
from cardprint_osia.contract import encode_reports
from cardprint_osia.envelope import canonical
from cardprint_osia.position import Position
from cardprint_osia.sealing import Address, File, seal
from cardprint_osia.settings import OsiaSettings

__all__ = ["put_in_place", "write_outcomes"]

_AT_ONCE = 1_000


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    sequence: int = 0
    digest: str = ""


def write_outcomes(
    settings: OsiaSettings, context: PluginContext, path: Path, reports: Sequence[OutcomeReport], position: Position
) -> None:
    """Write reports, sealed for the one centre whose keys are trusted here.

    The number of the bundle is kept in the work folder and is never given twice, also where writing fails.
    """
    keys = keys_of(settings, context)
    centre = keys.only_partner()
    folder = work_folder(context)
    today = today_of(context)
    before = _last(folder)
    sent = _Sent(sequence=before.sequence + 1, digest=before.digest)
    _keep(folder, sent)
    address = Address(
        kind="outcomes",
        issuer=keys.public.name,
        addressee=centre,
        sequence=sent.sequence,
        previous=before.digest,
        made=today.isoformat(),
        expires=(today + timedelta(days=settings.bundle_days)).isoformat(),
    )
    part = path.with_name(f"{path.name}.part")
    envelope = seal(part, address, _files(reports, position), keys, keys.of_name(centre))
    _keep(folder, msgspec.structs.replace(sent, digest=envelope.digest))
    put_in_place(part, path)


def put_in_place(part: Path, path: Path) -> None:
    """Give a finished file its name, synced."""
    try:
        part.replace(path)
        if os.name == "posix":
            descriptor = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    except OSError as error:
        raise InputError(
            f"The bundle {path} cannot be put in its place ({error.strerror}).", cure="Make it again on another stick."
        ) from None


def _files(reports: Sequence[OutcomeReport], position: Position) -> Iterator[File]:
    yield "receipts.json", canonical({"bundle": position.sequence, "digest": position.digest})
    for start in range(0, len(reports), _AT_ONCE):
        yield f"outcomes/{start // _AT_ONCE + 1:06}.json", encode_reports(list(reports[start : start + _AT_ONCE]))


def _last(folder: Path) -> _Sent:
    try:
        return msgspec.json.decode((folder / "sent.json").read_bytes(), type=_Sent)
    except FileNotFoundError:
        return _Sent()
    except (OSError, msgspec.DecodeError) as error:
        raise StoreError(
            f"The number of the last bundle cannot be read in {folder} ({type(error).__name__}).",
            cure="Ask the centre for the number of the last bundle it has taken, and write it there: "
            '{"sequence": NUMBER, "digest": ""}',
        ) from None


def _keep(folder: Path, sent: _Sent) -> None:
    beside = folder / "sent.json.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(msgspec.json.encode(sent))
            stream.flush()
            os.fsync(stream.fileno())
        put_in_place(beside, folder / "sent.json")
    except OSError as error:
        raise StoreError(
            f"The number of a bundle cannot be kept in {folder} ({error.strerror}); no bundle was written.",
            cure="Free space on the station's disk.",
        ) from None
