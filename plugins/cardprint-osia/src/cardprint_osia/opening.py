"""Reading a bundle: copied to our own disk first, then verified as a whole, and only then looked into."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import attrs
import msgspec
import pyrage

from cardprint.errors import InputError, StateError
from cardprint_osia.envelope import HEAD_BYTES, MOST_PAYLOAD, Envelope, read_head
from cardprint_osia.keys import Keys
from cardprint_osia.sealing import MANIFEST

try:
    import fcntl
except ImportError:  # pragma: no cover - no POSIX: that two do not import at once is the user's to see to
    fcntl = None  # type: ignore[assignment] # a module or none

__all__ = ["Bounds", "Bundle", "open_bundle"]

_CHUNK = 1 << 20
_MOST_FILES = 500_000
_MOST_MANIFEST = 128 << 20
_NAME = re.compile(r"(?:changes|outcomes)/[0-9]{6}\.json|photos/[0-9a-f]{64}|receipts\.json")
_AGAIN = "Copy it again from where it was made, or ask for another one."
_ASK = "Do not go on with it. Tell those who sent it, by telephone, what this says."


@attrs.frozen(kw_only=True)
class Bounds:
    """Say how much is taken at most."""

    photo_bytes: int
    """Bytes of a photo."""
    page_bytes: int
    """Bytes of any other file in the bundle."""


class _Listed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"size": "bytes"}):
    name: str
    size: int
    sha256: str


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    kind: str
    issuer: str
    addressee: str
    sequence: int
    previous: str
    made: str
    expires: str
    files: list[_Listed]


class Bundle:
    """Hold a verified bundle, decrypted in a folder of ours until it is closed."""

    def __init__(self, envelope: Envelope, content: BinaryIO, places: dict[str, tuple[int, int]], folder: Path) -> None:
        self.envelope = envelope
        self.folder = folder
        self._content = content
        self._places = places
        self._closing = contextlib.ExitStack()

    @property
    def names(self) -> list[str]:
        """Name its files, in order, without the photos."""
        return sorted(name for name in self._places if not name.startswith("photos/"))

    def read(self, name: str) -> bytes | None:
        """Give a file's content; None where there is none."""
        if name not in self._places:
            return None
        offset, size = self._places[name]
        self._content.seek(offset)
        return self._content.read(size)

    def close(self) -> None:
        """Remove what was decrypted."""
        self._closing.close()

    def until_closed(self, opened: contextlib.ExitStack) -> Bundle:
        """Own what is to be undone at the end."""
        self._closing = opened
        return self


def open_bundle(path: Path, folder: Path, keys: Keys, *, kind: str, today: date, bounds: Bounds) -> Bundle:
    """Copy a bundle into ``folder`` and verify all of it; InputError says why one is refused.

    Nothing is decrypted that was not signed by somebody who is trusted; nothing is given out before every file is as
    the manifest says. Holds the folder alone: StateError where another process does.
    """
    with contextlib.ExitStack() as opened:
        opened.enter_context(_alone(folder))
        own = Path(tempfile.mkdtemp(dir=folder, prefix="open-"))
        opened.callback(shutil.rmtree, own, ignore_errors=True)
        sealed = own / "bundle"
        _copy(path, sealed)
        with sealed.open("rb") as stream:
            envelope, signature = read_head(stream.read(HEAD_BYTES), path)
            _check_envelope(envelope, signature, keys, path, kind=kind, today=today)
            _check_payload(envelope, stream, path)
            _decrypt(envelope, stream, own / "content", keys, path)
        sealed.unlink()
        content = opened.enter_context((own / "content").open("rb"))
        places = _places(envelope, content, bounds, path)
        return Bundle(envelope, content, places, own).until_closed(opened.pop_all())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600), "rb") as stream:
        if fcntl is not None:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StateError(
                    "Another bundle is being taken in right now; nothing was let in.", cure="Wait until it has ended."
                ) from None
        # What a power cut has left: nobody else is here.
        for left in folder.glob("open-*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _copy(path: Path, target: Path) -> None:
    try:
        size = path.stat().st_size
        if size > HEAD_BYTES + MOST_PAYLOAD:
            raise InputError(f"{path} is larger than a bundle can be; nothing was let in.", cure=_AGAIN)
        if shutil.disk_usage(target.parent).free < 2 * size:
            raise InputError(
                f"There is no room for {path}: {2 * size:,} bytes are needed in {target.parent}; nothing was let in.",
                cure="Free space on the station's disk, then import it again.",
            )
        with path.open("rb") as read, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as written:
            while (left := size - written.tell()) > 0 and (piece := read.read(min(_CHUNK, left))):
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
    except OSError as error:
        raise InputError(
            f"{path} cannot be copied to {target.parent} ({error.strerror}); nothing was let in.",
            cure="Put the stick in again, or copy the file by hand to see whether it can be read at all.",
        ) from None


def _check_envelope(envelope: Envelope, signature: bytes, keys: Keys, path: Path, *, kind: str, today: date) -> None:
    if envelope.signer == keys.public.signer:
        raise InputError(
            f"{path} was made here, for {envelope.addressee}; nothing was let in.",
            cure="Bring it there, and take the file that came from there.",
        )
    signer = keys.of_signer(envelope.signer)
    if signer is None:
        raise InputError(
            f"{path} is signed by somebody who is not trusted here; nothing was let in.",
            cure=f"{_ASK} If they have new keys: cardprint-osia keys trust FOLDER FILE.pub --fingerprint ...",
        )
    if not signer.has_signed(envelope.signed, signature) or signer.name != envelope.issuer:
        raise InputError(f"{path} was altered: its signature does not hold; nothing was let in.", cure=_ASK)
    if envelope.addressee != keys.public.name:
        raise InputError(
            f"{path} is for {envelope.addressee}, and here is {keys.public.name}; nothing was let in.",
            cure="Bring it to where it belongs.",
        )
    if envelope.kind != kind:
        raise InputError(f"{path} holds {envelope.kind}, not {kind}; nothing was let in.", cure="Take the other file.")
    try:
        expired = today > date.fromisoformat(envelope.expires)
    except ValueError:
        raise InputError(f"{path} has no date of expiry; nothing was let in.", cure=_ASK) from None
    if expired:
        raise InputError(
            f"{path} has expired on {envelope.expires}; nothing was let in.",
            cure="Check this computer's date. If it is right, ask for a new bundle.",
        )


def _check_payload(envelope: Envelope, stream: BinaryIO, path: Path) -> None:
    digest = hashlib.sha256()
    size = 0
    while piece := stream.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
    if size < envelope.payload_bytes:
        raise InputError(
            f"{path} is cut off: {envelope.payload_bytes - size:,} bytes are missing; nothing was let in.", cure=_AGAIN
        )
    if size > envelope.payload_bytes or digest.hexdigest() != envelope.payload_sha256:
        raise InputError(
            f"The content of {path} is not what was signed: it was altered, or put together from two bundles; "
            "nothing was let in.",
            cure=_ASK,
        )


def _decrypt(envelope: Envelope, stream: BinaryIO, target: Path, keys: Keys, path: Path) -> None:
    stream.seek(HEAD_BYTES)
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as written:
            pyrage.decrypt_io(stream, written, list(keys.opening))
            size = written.tell()
    except pyrage.DecryptError:
        raise InputError(
            f"{path} cannot be opened with this office's keys; nothing was let in.",
            cure="It was made for other keys: give its maker your public key file, own.pub, and ask for a new one.",
        ) from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be decrypted into {target.parent} ({error.strerror or 'damaged'}); nothing was let in.",
            cure="Free space on the station's disk; if there is enough, ask for a new bundle.",
        ) from None
    if size != envelope.content_bytes:
        raise InputError(f"{path} holds other than it says; nothing was let in.", cure=_ASK)


class _Plain(tarfile.TarInfo):
    """Refuse all but plain files before the library reads what an extended header would have it read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Plain:
        member = super().frombuf(buf, encoding, errors)
        if member.type != tarfile.REGTYPE or member.size < 0:
            raise _BadContentError
        return member


class _BadContentError(Exception):
    """Stop reading."""


def _places(envelope: Envelope, content: BinaryIO, bounds: Bounds, path: Path) -> dict[str, tuple[int, int]]:
    """Compare every file with the manifest; give offset and size by name."""
    try:
        found = _members(content, bounds)
        offset, size, _ = found.pop(MANIFEST)
        content.seek(offset)
        manifest = msgspec.json.decode(content.read(size), type=_Manifest)
    except (_BadContentError, tarfile.TarError, msgspec.DecodeError, KeyError, ValueError, RecursionError):
        raise InputError(f"What is in {path} is not to the format; nothing was let in.", cure=_ASK) from None
    said = {name: getattr(envelope, name) for name in _Manifest.__struct_fields__ if name != "files"}
    listed = {each.name: (each.size, each.sha256) for each in manifest.files}
    mine = {name: (size, digest) for name, (_, size, digest) in found.items()}
    if any(getattr(manifest, name) != value for name, value in said.items()) or mine != listed:
        raise InputError(f"What is in {path} is not what its manifest says; nothing was let in.", cure=_ASK)
    return {name: (offset, size) for name, (offset, size, _) in found.items()}


def _members(content: BinaryIO, bounds: Bounds) -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = {}
    with tarfile.open(fileobj=content, mode="r:", tarinfo=_Plain) as tar:
        while (member := tar.next()) is not None:
            # The library would keep them all.
            tar.members.clear()  # type: ignore[attr-defined] # its list, as typeshed does not have it
            name, size = member.name, member.size
            if name == MANIFEST:
                bound = _MOST_MANIFEST
            elif _NAME.fullmatch(name):
                bound = bounds.photo_bytes if name.startswith("photos/") else bounds.page_bytes
            else:
                raise _BadContentError
            if size > bound or name in found or len(found) >= _MOST_FILES or MANIFEST in found:
                raise _BadContentError
            found[name] = (member.offset_data, size, _digest(content, member.offset_data, size))
    return found


def _digest(content: BinaryIO, offset: int, size: int) -> str:
    digest = hashlib.sha256()
    content.seek(offset)
    while size > 0:
        piece = content.read(min(_CHUNK, size))
        if not piece:
            raise _BadContentError
        digest.update(piece)
        size -= len(piece)
    return digest.hexdigest()
