"""Writing a bundle: files, then their manifest, in a tar that is encrypted as it is made, behind a signed head."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import pyrage

from cardprint.errors import InputError
from cardprint_osia.envelope import HEAD_BYTES, MOST_PAYLOAD, Envelope, canonical
from cardprint_osia.keys import Keys, PublicKey

__all__ = ["MANIFEST", "Address", "File", "seal"]

MANIFEST = "manifest.json"
_BLOCK = 512
File = tuple[str, bytes]
"""A file's name within the bundle, and its content."""


@attrs.frozen(kw_only=True)
class Address:
    """Say whose bundle it is and where it stands in their row; the fields are ``Envelope``'s."""

    kind: str
    """``records`` or ``outcomes``."""
    issuer: str
    """Who makes it."""
    addressee: str
    """For whom."""
    sequence: int
    """Its number."""
    previous: str
    """Digest of the one before."""
    made: str
    """ISO date."""
    expires: str
    """ISO date of its last day."""


def seal(path: Path, address: Address, files: Iterable[File], keys: Keys, recipients: Sequence[PublicKey]) -> Envelope:
    """Write a bundle, synced, and give its envelope; ``files`` are read one at a time as they are written.

    What ``files`` raises comes out as it is. InputError where the bundle cannot be written, or grows beyond 4 GiB.
    """
    try:
        return _sealed(path, address, files, keys, recipients)
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if not isinstance(error, OSError):
            raise
        raise InputError(
            f"The bundle {path} cannot be written ({error.strerror}); it counts as not made.",
            cure="Make room, or take another stick; then make it again.",
        ) from None


def _sealed(
    path: Path, address: Address, files: Iterable[File], keys: Keys, recipients: Sequence[PublicKey]
) -> Envelope:
    content = _Stream(_tar(address, files))
    sealed_for = [pyrage.x25519.Recipient.from_str(key.recipient) for key in recipients]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(bytes(HEAD_BYTES))
        payload = _Payload(stream)
        try:
            pyrage.encrypt_io(content, payload, sealed_for)
        except (OSError, pyrage.EncryptError):
            raise content.trouble or payload.trouble or InputError(f"{path} cannot be encrypted.") from None
        envelope = Envelope(
            **attrs.asdict(address),
            signer=keys.public.signer,
            payload_bytes=payload.count,
            payload_sha256=payload.digest.hexdigest(),
            content_bytes=content.count,
        )
        stream.seek(0)
        stream.write(envelope.head(keys))
        stream.flush()
        os.fsync(stream.fileno())
    return envelope


class _Stream:
    """Let an iterator of bytes be read as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.count = 0
        self.trouble: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            # It passes through a library that makes a text of it.
            self.trouble = error
            raise
        piece = bytes(self._rest if size < 0 else self._rest[:size])
        self._rest = self._rest[len(piece) :]
        self.count += len(piece)
        return piece


class _Payload:
    """Count and digest what is written to a file, up to a bound."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0
        self.digest = hashlib.sha256()
        self.trouble: BaseException | None = None

    def write(self, piece: bytes) -> int:
        try:
            self._stream.write(piece)
        except OSError as error:
            self.trouble = error
            raise
        if self.count + len(piece) > MOST_PAYLOAD:
            self.trouble = InputError("The bundle grows beyond 4 GiB.", cure="Lower lease_size: less at a time.")
            raise self.trouble
        self.digest.update(piece)
        self.count += len(piece)
        return len(piece)

    def flush(self) -> None:
        self._stream.flush()


def _tar(address: Address, files: Iterable[File]) -> Iterator[bytes]:
    listed: list[dict[str, Any]] = []
    for name, content in files:
        listed.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        yield from _member(name, content)
    yield from _member(MANIFEST, canonical({**attrs.asdict(address), "files": listed}))
    yield bytes(2 * _BLOCK)


def _member(name: str, content: bytes) -> Iterator[bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    yield member.tobuf(tarfile.USTAR_FORMAT)
    yield content
    yield bytes(-len(content) % _BLOCK)
