"""A bundle of records, as a data source that is read once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Literal

import attrs
import msgspec

from cardprint.errors import ConfigurationError, InputError, SourceError
from cardprint.model import Cursor, OutcomeReport, Page, Receipt, Rejected
from cardprint.plugin import DataSource, PluginContext
from cardprint_osia.contract import Change, changes_of
from cardprint_osia.envelope import Envelope
from cardprint_osia.items import item_of
from cardprint_osia.keys import Keys
from cardprint_osia.opening import Bounds, Bundle, open_bundle
from cardprint_osia.position import Position
from cardprint_osia.settings import OsiaSettings

__all__ = ["CarriedSource", "keys_of", "numbers_of", "receipts_in", "today_of", "work_folder"]

_MOST_ITEMS = 10_000
_DIGITS = 18
_ASK = "Do not go on with it. Tell those who sent it, by telephone, what this says."


class _Numbered(msgspec.Struct, frozen=True):
    number: int


class _Numbers(msgspec.Struct, frozen=True):
    items: list[_Numbered]


class _Receipts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    receipts: dict[str, Literal["accepted", "refused"]]


class CarriedSource(DataSource):
    """Give what a bundle holds: records as over the line, and receipts for the reports that it answers.

    All is verified when it is made; ``pull`` passes over what the station has read over the line.
    """

    def __init__(self, settings: OsiaSettings, context: PluginContext, path: Path, cursor: Cursor | None) -> None:
        self._bundle = open_bundle(
            path,
            work_folder(context),
            keys_of(settings, context),
            kind="records",
            today=today_of(context),
            bounds=Bounds(photo_bytes=settings.photo_bytes, page_bytes=settings.page_bytes),
        )
        try:
            self._pages = [name for name in self._bundle.names if name.startswith("changes/")]
            self._check(path, Position.of(cursor))
            self._receipts = receipts_in(self._bundle, path)
        except BaseException:
            self._bundle.close()
            raise

    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield its pages; the last one brings the cursor behind the bundle as a whole."""
        position = Position.of(cursor)
        envelope = self._bundle.envelope
        if not self._pages:
            yield Page(items=(), cursor=_behind(envelope, position).cursor)
        for name in self._pages:
            body = self._bundle.read(name) or b""
            changes, line, more = changes_of(body, limit=_MOST_ITEMS)
            read = int(position.line or 0)
            new = [change for change, number in zip(changes, numbers_of(body), strict=True) if number > read]
            position = position.at(str(max(read, int(line))))
            if not more:
                position = _behind(envelope, position)
            photos = [self._photo(change) for change in new]
            yield Page(items=tuple(map(item_of, new, photos)), cursor=position.cursor)
            for path in photos:
                if path is not None:
                    path.unlink(missing_ok=True)

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Give the receipts that the bundle holds; of the other reports the centre has not heard yet."""
        return [Receipt(self._receipts.get(report.key, "later")) for report in reports]

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        """Give a photo that the bundle holds, of a record that it passes over too; None for another one."""
        content = self._bundle.read(f"photos/{reference}")
        return None if content is None else content[offset:]

    def backlog(self) -> int | None:
        """Tell nothing: the centre was asked when the bundle was made."""
        return None

    def close(self) -> None:
        """Remove what was decrypted."""
        self._bundle.close()

    def _check(self, path: Path, position: Position) -> None:
        """Refuse what does not follow what the station has, or whose pages do not follow each other."""
        envelope = self._bundle.envelope
        if envelope.sequence == position.sequence and envelope.digest == position.digest:
            raise InputError(
                f"{path} was taken in already: it is bundle {envelope.sequence}; nothing was let in.",
                cure="There is nothing left to do with it.",
            )
        if envelope.sequence <= position.sequence:
            raise InputError(
                f"{path} is bundle {envelope.sequence}, and bundle {position.sequence} was taken in already: "
                "it is played again; nothing was let in.",
                cure="Take the newest one.",
            )
        if envelope.previous != position.digest:
            here = f"bundle {position.sequence}" if position.sequence else "none"
            raise InputError(
                f"{path} does not follow the last bundle that was taken in here ({here}); nothing was let in.",
                cure="Import the one before it first. If that is lost, tell the centre which was the last one here: "
                f"it makes one that follows with --follow {position.sequence}",
            )
        if position.line and not (position.line.isascii() and position.line.isdecimal()):
            raise SourceError(
                "The centre's line does not number its changes, so that a bundle cannot be put in its place; "
                "nothing was let in.",
                cure="Ask its owners to keep to the reference page on bundles.",
            )
        self._check_pages(path)

    def _check_pages(self, path: Path) -> None:
        last = 0
        for name in self._pages:
            end = _end_of_page(self._bundle.read(name) or b"", last, ends=name == self._pages[-1])
            if end is None:
                raise InputError(f"What is in {path} is not to the format; nothing was let in.", cure=_ASK)
            last = end

    def _photo(self, change: Change | Rejected) -> Path | None:
        """Write the photo of a change to a file; None where it names none, or the bundle has it not."""
        request = change.request if isinstance(change, Change) else None
        digest = request.photo if request is not None else ""
        if not digest:
            return None
        content = self._bundle.read(f"photos/{digest}")
        if content is None:
            return None
        path = self._bundle.folder / f"photo-{digest}"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(content)
        return path


def _behind(envelope: Envelope, position: Position) -> Position:
    return attrs.evolve(position, sequence=envelope.sequence, digest=envelope.digest)


def _end_of_page(body: bytes, last: int, *, ends: bool) -> int | None:
    """Give the number at which a page ends that follows number ``last``; None for one that is not to the format."""
    try:
        _, line, more = changes_of(body, limit=_MOST_ITEMS)
        row = [last, *numbers_of(body)]
    except (SourceError, msgspec.DecodeError, RecursionError):
        return None
    rising = all(one < following for one, following in pairwise(row))
    decimal = line.isascii() and line.isdecimal() and len(line) <= _DIGITS
    return int(line) if decimal and rising and row[-1] <= int(line) and more is not ends else None


def numbers_of(body: bytes) -> list[int]:
    """Give the numbers of a page's items."""
    return [item.number for item in msgspec.json.decode(body, type=_Numbers).items]


def receipts_in(bundle: Bundle, path: Path) -> dict[str, str]:
    """Give receipts by the key of their report."""
    body = bundle.read("receipts.json")
    if body is None:
        return {}
    try:
        return dict(msgspec.json.decode(body, type=_Receipts).receipts)
    except msgspec.DecodeError:
        raise InputError(f"The receipts in {path} are not to the format; nothing was let in.", cure=_ASK) from None


def keys_of(settings: OsiaSettings, context: PluginContext) -> Keys:
    """Load the keys that the settings name."""
    if settings.keys is None:
        raise ConfigurationError(
            f"The source {context.name} has no keys for bundles; nothing was let in.",
            cure="Make them (cardprint-osia keys make keys NAME) and set keys in its settings.",
        )
    return Keys.load(context.folder / settings.keys)


def today_of(context: PluginContext) -> date:
    """Give this computer's own day."""
    return datetime.fromtimestamp(context.clock.now()).astimezone().date()


def work_folder(context: PluginContext) -> Path:
    """Name the folder in which bundles are opened."""
    return context.folder / "plugins" / context.name / "bundles"
