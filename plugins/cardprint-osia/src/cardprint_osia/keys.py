"""Keys for bundles: our own in files that nobody else can read, and the public halves of those we trust."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cardprint.errors import ConfigurationError, InputError

__all__ = ["Keys", "PublicKey", "make_keys", "read_public", "trust"]

_FIRST_LINE = "cardprint-key 1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BYTES = 8192
_SEED = 32
_GROUPS, _GROUP_DIGITS = 8, 5
_SIGN, _OPEN, _OWN, _TRUSTED = "sign.key", "open.key", "own.pub", "trusted"


@attrs.frozen(kw_only=True)
class PublicKey:
    """Give what another party needs to seal a bundle for us and to know ours."""

    name: str
    """The office's or the centre's name: letters, digits, ``.``, ``_`` and ``-``, 64 at most."""
    signing: bytes
    """Ed25519 public key (RFC 8032), 32 bytes."""
    recipient: str
    """Recipient of age, ``age1...`` (X25519)."""

    @property
    def text(self) -> str:
        """Give the content of a public key file."""
        signing = base64.b64encode(self.signing).decode()
        return f"{_FIRST_LINE}\nname {self.name}\nsigning {signing}\nrecipient {self.recipient}\n"

    @property
    def signer(self) -> str:
        """Name the signing key: SHA-256 of its 32 bytes, in hex."""
        return hashlib.sha256(self.signing).hexdigest()

    @property
    def fingerprint(self) -> str:
        """Give eight groups of five digits, to be read aloud: of the SHA-256 of the whole file, 4 bytes a group."""
        digest = hashlib.sha256(self.text.encode()).digest()
        groups = (int.from_bytes(digest[at : at + 4]) % 10**_GROUP_DIGITS for at in range(0, 4 * _GROUPS, 4))
        return " ".join(f"{group:0{_GROUP_DIGITS}}" for group in groups)

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the content."""
        try:
            Ed25519PublicKey.from_public_bytes(self.signing).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@attrs.frozen(kw_only=True)
class Keys:
    """Hold what a folder of keys holds; made by ``Keys.load``."""

    public: PublicKey
    """Our own public half."""
    trusted: tuple[PublicKey, ...]
    """Those of others, whose fingerprints a person has compared."""
    _signing: Ed25519PrivateKey = attrs.field(repr=False, alias="signing")
    opening: Sequence[pyrage.x25519.Identity] = attrs.field(repr=False)
    """Our identities of age: the newest first, older ones for bundles that are still on their way."""

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read a folder of keys; ConfigurationError where one is missing, open to others, or no key."""
        public = read_public(folder / _OWN)
        with _configuration(folder):
            signing = serialization.load_pem_private_key(_secret(folder / _SIGN), password=None)
            opening = [
                pyrage.x25519.Identity.from_str(line)
                for line in _secret(folder / _OPEN).decode().split("\n")
                if line and not line.startswith("#")
            ]
            _closed(folder, 0o022)
            _closed(folder / _TRUSTED, 0o022)
        if not isinstance(signing, Ed25519PrivateKey) or _raw(signing) != public.signing or not opening:
            raise ConfigurationError(
                f"The keys in {folder} do not belong together.",
                cure="Put back the folder from its backup, or make new.",
            )
        trusted = [read_public(path) for path in sorted((folder / _TRUSTED).glob("*.pub"))]
        return cls(public=public, trusted=tuple(trusted), signing=signing, opening=opening)

    def sign(self, content: bytes) -> bytes:
        """Sign (Ed25519, 64 bytes)."""
        return self._signing.sign(content)

    def of_signer(self, signer: str) -> PublicKey | None:
        """Find a trusted key by the name of its signing half."""
        return next((key for key in self.trusted if key.signer == signer), None)

    def of_name(self, name: str) -> tuple[PublicKey, ...]:
        """Give all trusted keys of a party, while one is changed for another two; ConfigurationError for none."""
        found = tuple(key for key in self.trusted if key.name == name)
        if not found:
            raise ConfigurationError(
                f"No key of {name} is trusted here; nothing was written.",
                cure="Take in its public key: cardprint-osia keys trust FOLDER FILE.pub --fingerprint ...",
            )
        return found

    def only_partner(self) -> str:
        """Name the one party whose keys are trusted; ConfigurationError where that is not one."""
        names = {key.name for key in self.trusted}
        if len(names) != 1:
            raise ConfigurationError(
                f"Keys of {len(names)} parties are trusted, and a bundle goes to one; nothing was written.",
                cure="Give each source of station.toml a folder of keys of its own, and trust one centre in it.",
            )
        return names.pop()


def make_keys(folder: Path, name: str, *, renew: bool = False, replace: bool = False) -> PublicKey:
    """Make keys, in files of mode 0600, and give the public half; what is there is not overwritten unasked.

    ``renew`` keeps the old key for opening bundles that are on their way; ``replace`` drops it, as after a theft.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name.", cure="Use letters, digits, dots, dashes: office-7")
    if (folder / _OWN).exists() and not (renew or replace):
        raise InputError(
            f"There are keys in {folder} already; they are as they were.",
            cure="New ones that still open bundles on their way: --renew; after a theft: --replace",
        )
    with _configuration(folder):
        old = _secret(folder / _OPEN) if renew else b""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _TRUSTED).mkdir(mode=0o700, exist_ok=True)
    signing, opening = Ed25519PrivateKey.generate(), pyrage.x25519.Identity.generate()
    public = PublicKey(name=name, signing=_raw(signing), recipient=str(opening.to_public()))
    pem = signing.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Cut in between, the halves do not belong together, and loading them says so.
    _write(folder / _OPEN, f"{opening}\n".encode() + old)
    _write(folder / _SIGN, pem)
    _write(folder / _OWN, public.text.encode())
    return public


def read_public(path: Path) -> PublicKey:
    """Read a public key file, which must be to the letter as it is written; InputError for any other."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_BYTES).decode("ascii")
        _, name, signing, recipient = (line.partition(" ")[2] for line in text.splitlines())
        key = PublicKey(name=name, signing=base64.b64decode(signing, validate=True), recipient=recipient)
        pyrage.x25519.Recipient.from_str(recipient)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}).",
            cure="Name the file that `cardprint-osia keys make` has named, or make keys.",
        ) from None
    except (ValueError, pyrage.RecipientError) as error:
        raise InputError(
            f"{path} is no public key ({type(error).__name__}).",
            cure="Ask for the file that `cardprint-osia keys make` has named, or make keys.",
        ) from None
    if key.text != text or len(key.signing) != _SEED or not _NAME.fullmatch(name):
        raise InputError(f"{path} is no public key.", cure="Ask for the file again.")
    return key


def trust(folder: Path, file: Path, fingerprint: str) -> PublicKey:
    """Take in another party's public key, once its fingerprint, as it was read aloud, is the file's."""
    key = read_public(file)
    said, mine = re.sub(r"\D", "", fingerprint), key.fingerprint.replace(" ", "")
    if said != mine:
        raise InputError(
            f"{file} has another fingerprint than was read aloud; the key is not trusted.",
            cure="Read it once more. If it stays so, the file was changed on its way: ask for it by another way.",
        )
    Keys.load(folder)
    _write(folder / _TRUSTED / f"{key.name}-{mine[:10]}.pub", key.text.encode())
    return key


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


@contextlib.contextmanager
def _configuration(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, TypeError, pyrage.IdentityError) as error:
        raise ConfigurationError(
            f"The keys in {folder} cannot be read ({type(error).__name__}).",
            cure="Make them: cardprint-osia keys make FOLDER NAME",
        ) from None


def _closed(path: Path, others: int) -> None:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & others:
        raise ConfigurationError(f"{path} is open to others.", cure=f"chmod go-rwx {path}")


def _secret(path: Path) -> bytes:
    with path.open("rb") as stream:
        _closed(path, 0o077)
        return stream.read(_BYTES)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
