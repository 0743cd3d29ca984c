"""The signed head of a bundle: who made it for whom, which in the row it is, and what its payload must be.

The page "Bundles" of the reference says the same for those who write bundles of their own.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal

import msgspec

from cardprint.errors import InputError
from cardprint_osia.keys import Keys

__all__ = ["HEAD_BYTES", "MAGIC", "MOST_PAYLOAD", "Envelope", "canonical", "read_head"]

MAGIC = b"cardprint-bundle 1\n"
HEAD_BYTES = 4096
"""The head's bytes, padded with zeros."""
MOST_PAYLOAD = 2**32 - 1 - HEAD_BYTES
"""Bytes of a payload at most: so much fits into one file on a stick with FAT32."""
_DOMAIN = b"cardprint-bundle 1 envelope\n"
"""Goes before what is signed, so that the signature is good for nothing else."""
_SIGNATURE = re.compile(rb"[0-9a-f]{128}")
_CURE = "Copy it again from where it was made, or ask for another one."


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """State what is signed."""

    kind: Literal["records", "outcomes"]
    """``records`` go to an office, ``outcomes`` to the centre."""
    issuer: str
    """Who made it."""
    addressee: str
    """For whom."""
    sequence: int
    """From 1; greater with every bundle of this issuer for this addressee."""
    previous: str
    """Digest of the bundle before; empty: there was none."""
    made: str
    """ISO date."""
    expires: str
    """ISO date of the last day on which it may be taken in."""
    signer: str
    """SHA-256 of the issuer's signing key, in hex."""
    payload_bytes: int
    """What follows the head, exactly."""
    payload_sha256: str
    """Of those bytes, in hex."""
    content_bytes: int
    """What the payload is once it is decrypted, exactly."""

    @property
    def signed(self) -> bytes:
        """Give the bytes that are signed: the domain, then the canonical JSON."""
        return _DOMAIN + canonical(msgspec.structs.asdict(self))

    @property
    def digest(self) -> str:
        """Name the bundle for the one after it: SHA-256 of what is signed, in hex."""
        return hashlib.sha256(self.signed).hexdigest()

    def head(self, keys: Keys) -> bytes:
        """Sign, and give the first bytes of the file."""
        return self.with_signature(keys.sign(self.signed).hex().encode())

    def with_signature(self, signature: bytes) -> bytes:
        """Give the first bytes of a file with this signature, which is hex."""
        body = self.signed.removeprefix(_DOMAIN)
        return (MAGIC + body + b"\n" + signature + b"\n").ljust(HEAD_BYTES, b"\0")


def canonical(value: dict[str, Any]) -> bytes:
    """Encode as RFC 8785 has it; our values are ASCII texts, whole numbers, lists and objects."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def read_head(head: bytes, name: object) -> tuple[Envelope, bytes]:
    """Read a file's first bytes and give envelope and signature, not verified yet.

    InputError where it is no bundle, and where one byte is not as ``head`` would have written it.
    """
    if not head.startswith(MAGIC):
        raise InputError(f"{name} is no bundle that this version can read; nothing was let in.", cure=_CURE)
    if len(head) < HEAD_BYTES:
        raise InputError(f"{name} is cut off: it ends within its head; nothing was let in.", cure=_CURE)
    body, _, rest = head.removeprefix(MAGIC).partition(b"\n")
    signature = rest.partition(b"\n")[0]
    altered = InputError(f"The head of {name} was altered; nothing was let in.", cure=_CURE)
    try:
        envelope = msgspec.json.decode(body, type=Envelope)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise altered from None
    # All but the one way to write it is refused, so that no byte of the head is free.
    if not _SIGNATURE.fullmatch(signature) or envelope.with_signature(signature) != head:
        raise altered
    return envelope, bytes.fromhex(signature.decode())
