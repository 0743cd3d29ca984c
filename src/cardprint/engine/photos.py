"""Photos as files, named by their content, durable before any request refers to them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cardprint.errors import StoreError

__all__ = ["MAX_BYTES", "keep_photo", "looks_like_photo", "sync_folder"]

MAX_BYTES = 10 << 20
# JPEG, PNG, JPEG 2000 in its box format (ISO/IEC 15444-1, annex I), JPEG 2000 codestream (annex A).
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")


def looks_like_photo(data: bytes) -> bool:
    """Say whether bytes begin as a JPEG, PNG, WebP or JPEG 2000 and are of a sane size; rendering reads the rest."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return (webp or data.startswith(_MAGIC)) and len(data) <= MAX_BYTES


def keep_photo(folder: Path, data: bytes) -> str:
    """Write a photo, synced, and give its SHA-256 in hex; one that is there already is left as it is."""
    name = hashlib.sha256(data).hexdigest()
    path = folder / name
    if path.exists():
        return name
    beside = folder / f".{name}.{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(
            f"a photo cannot be kept in {folder}: {error.strerror}; what was stored before stays.",
            cure="Free space on the station's disk, then import again: it goes on where it stopped.",
        ) from error
    return name


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable, where the system can (Windows cannot open folders)."""
    if os.name != "posix" or not folder.exists():
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
