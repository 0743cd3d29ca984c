"""The desk: a computer with a line to the centre, where bundles for offices are made and their outcomes taken in."""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import attrs
import msgspec

from cardprint.errors import ConfigurationError, InputError, SourceError
from cardprint.model import Receipt
from cardprint.plugin import Clock, PluginContext
from cardprint_osia.carried import numbers_of, today_of
from cardprint_osia.contract import Change, changes_of, receipts_of
from cardprint_osia.deskbook import DeskBook, Made
from cardprint_osia.envelope import Envelope, canonical
from cardprint_osia.keys import Keys
from cardprint_osia.line import Answer, Line
from cardprint_osia.opening import Bounds, Bundle, open_bundle
from cardprint_osia.outgoing import put_in_place
from cardprint_osia.photos import Photos
from cardprint_osia.sealing import Address, File, seal
from cardprint_osia.settings import OsiaSettings

__all__ = ["Desk", "Taken"]

_OURS = "v1/x-cardprint/"
_OK = 200
_SMALL = 64 * 1024
_JSON = {"Content-Type": "application/json"}


class _Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: Path
    offices: dict[str, OsiaSettings]


class _Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reports: list[dict[str, str]]


class _Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bundle: int
    digest: str


@attrs.frozen(kw_only=True)
class Taken:
    """Say what a bundle of outcomes brought."""

    office: str
    """Whose it is."""
    accepted: int
    """Reports that the centre has now, whether it had them before or not."""
    refused: int
    """Reports that it will never take."""
    bundle: int
    """The last bundle that the office had taken in when it wrote this one; 0: none."""


class Desk:
    """Make bundles for offices and take in theirs; speaks to the centre as each office would, with its token."""

    def __init__(self, file: Path, clock: Clock) -> None:
        config = _read(file)
        self._folder = file.resolve().parent
        self._clock = clock
        self._offices: Mapping[str, OsiaSettings] = config.offices
        self._keys = Keys.load(self._folder / config.keys)
        self._book = DeskBook(self._folder / "desk.db")

    def close(self) -> None:
        """Close the desk's book."""
        self._book.close()

    def bundle(self, office: str, path: Path, *, follow: int | None = None) -> Envelope:
        """Fill the office's lease, and write all that is new for it, with the receipts that it waits for.

        ``follow`` names the last bundle that the office has; what came after counts as lost. A bundle that was begun
        and not finished counts as lost as well: its number is not given again.
        """
        settings, today = self._of(office), self._today()
        recipients = self._keys.of_name(office)
        before = self._book.last(office) if follow is None else self._book.made(office, follow)
        if before is None:
            raise InputError(f"No bundle {follow} was made for {office}.", cure="Ask the office which it took in last.")
        address = Address(
            kind="records",
            issuer=self._keys.public.name,
            addressee=office,
            sequence=self._book.next_number(office),
            previous=before.digest,
            made=today.isoformat(),
            expires=(today + timedelta(days=settings.bundle_days)).isoformat(),
        )
        part = path.with_name(f"{path.name}.part")
        read: list[str] = [before.upto]
        with self._line(office) as line:
            envelope = seal(part, address, self._files(office, line, before, read), self._keys, recipients)
        self._book.note(
            office, Made(sequence=envelope.sequence, digest=envelope.digest, upto=read[-1]), follows=before.sequence
        )
        put_in_place(part, path)
        return envelope

    def take(self, path: Path) -> Taken:
        """Verify a bundle of outcomes and tell the centre; the receipts go with the next bundle to the office.

        Cut in between, it is taken again: the centre counts a key once.
        """
        bundle = open_bundle(
            path,
            self._folder / "open",
            self._keys,
            kind="outcomes",
            today=self._today(),
            bounds=Bounds(photo_bytes=0, page_bytes=OsiaSettings().page_bytes),
        )
        with contextlib.closing(bundle):
            office, sequence = bundle.envelope.issuer, bundle.envelope.sequence
            last = self._book.taken(office)
            if sequence <= last:
                raise InputError(
                    f"{path} is bundle {sequence} of {office}, and bundle {last} was taken already: "
                    "it is played again; nothing was told to the centre.",
                    cure="Take the newest one: it holds all that is still owed.",
                )
            known, pages = _outcomes(bundle, path)
            counts = {Receipt.ACCEPTED: 0, Receipt.REFUSED: 0}
            with self._line(office) as line:
                for reports in pages:
                    for receipt in self._tell(office, line, reports):
                        counts[receipt] += 1
            self._book.take(office, sequence)
        return Taken(
            office=office, accepted=counts[Receipt.ACCEPTED], refused=counts[Receipt.REFUSED], bundle=known.bundle
        )

    def _tell(self, office: str, line: Line, reports: list[dict[str, str]]) -> list[Receipt]:
        body = msgspec.json.encode({"reports": reports})
        receipts = receipts_of(_asked(line, "POST", "outcomes", content=body).body, count=len(reports))
        told = {report["key"]: given.value for report, given in zip(reports, receipts, strict=True)}
        self._book.keep_receipts(office, {key: word for key, word in told.items() if word != "later"})
        if Receipt.LATER in receipts:
            raise SourceError("The centre asks for patience.", cure="Take the bundle again later: keys count once.")
        return receipts

    def _files(self, office: str, line: Line, before: Made, read: list[str]) -> Iterator[File]:
        """Give receipts, then page by page the photos and the changes that name them; ``read`` gets the cursors."""
        settings = self._of(office)
        yield "receipts.json", canonical({"receipts": self._book.receipts(office, before.sequence)})
        if settings.lease_size:
            body = json.dumps({"count": settings.lease_size, "days": settings.lease_days}).encode()
            _asked(line, "POST", "lease", content=body)
        photos = Photos(line, self._folder / "photos", bound=settings.photo_bytes, connections=1)
        seen: set[str] = set()
        number, more = 0, True
        while more:
            number += 1
            view = "leased" if settings.lease_size else "all"
            params = {"limit": str(settings.page_size), "view": view, **({"after": read[-1]} if read[-1] else {})}
            body = _asked(line, "GET", "changes", params=params, bound=settings.page_bytes).body
            changes, after, more = changes_of(body, limit=settings.page_size)
            _check_numbers(body, after)
            read.append(after)
            for change in changes:
                digest = change.request.photo if isinstance(change, Change) and change.request else ""
                if digest and digest not in seen and (photo := photos.fetch(digest)) is not None:
                    seen.add(digest)
                    yield f"photos/{digest}", photo.read_bytes()
                    photos.forget([photo])
            yield f"changes/{number:06}.json", body

    @contextlib.contextmanager
    def _line(self, office: str) -> Iterator[Line]:
        context = PluginContext(name=office, clock=self._clock, folder=self._folder, photos=self._folder)
        line = Line(self._of(office), context)
        try:
            yield line
        finally:
            line.close()

    def _of(self, office: str) -> OsiaSettings:
        try:
            return self._offices[office]
        except KeyError:
            raise ConfigurationError(
                f"The desk knows no office {office}.", cure=f"Add [offices.{office}] to its configuration."
            ) from None

    def _today(self) -> date:
        return today_of(PluginContext(name="desk", clock=self._clock, folder=self._folder, photos=self._folder))


def _asked(
    line: Line,
    method: str,
    path: str,
    *,
    bound: int = 16 * 1024 * 1024,
    params: dict[str, str] | None = None,
    content: bytes | None = None,
) -> Answer:
    headers = _JSON if content is not None else {}
    answer = line.ask(method, _OURS + path, params=params, content=content, headers=headers, bound=bound)
    if answer.status != _OK:
        raise line.refusal(answer, path)
    return answer


def _check_numbers(body: bytes, after: str) -> None:
    try:
        numbers_of(body)
        int(after)
    except (msgspec.DecodeError, ValueError):
        raise SourceError(
            "The centre does not number its changes, so that a bundle could not be put in its place; none was made.",
            cure="Ask its owners to keep to the reference page on bundles.",
        ) from None


def _outcomes(bundle: Bundle, path: Path) -> tuple[_Known, list[list[dict[str, str]]]]:
    try:
        known = msgspec.json.decode(bundle.read("receipts.json") or b"", type=_Known)
        names = [name for name in bundle.names if name.startswith("outcomes/")]
        pages = [msgspec.json.decode(bundle.read(name) or b"", type=_Reports).reports for name in names]
    except (msgspec.DecodeError, RecursionError):
        known, pages = None, []
    if known is None or not all("key" in report for reports in pages for report in reports):
        raise InputError(f"What is in {path} is not to the format; nothing was told.", cure="Ask the office.")
    return known, pages


def _read(file: Path) -> _Config:
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), _Config, dec_hook=lambda kind, text: kind(text))
    except (OSError, ValueError, TypeError, msgspec.ValidationError) as error:
        raise ConfigurationError(
            f"{file} cannot be read as a desk's configuration: {error}.",
            cure='It has keys = "FOLDER" and a table [offices.NAME] for each office.',
        ) from None
