"""Who the station is to a printer: Basic (RFC 7617) and Digest (RFC 7616) authentication, answered and counted."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from urllib.request import parse_http_list, parse_keqv_list

__all__ = ["Credentials"]

_SCHEME = re.compile(r"(?:^|,\s*)(Basic|Digest)(?=\s|$)", re.IGNORECASE)
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class Credentials:
    """Answer a server's challenge with a name and a password, and go on answering it."""

    def __init__(
        self, username: str, password: str, *, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._username = username
        self._password = password
        self._nonce = nonce
        self._digest: dict[str, str] | None = None
        self._basic = False
        self._count = 0

    def learn(self, challenges: Iterable[str]) -> bool:
        """Take the challenges of a refusal (``WWW-Authenticate``); False where no new answer is possible."""
        if not self._username:
            return False
        found = [each for line in challenges for each in _parted(line)]
        for scheme, parameters in found:
            if scheme == "digest" and _can_answer(parameters):
                # The same challenge again refuses the password, unless it only says that its nonce is old.
                again = self._digest is not None and parameters.get("stale", "").lower() != "true"
                self._digest, self._count = parameters, 0
                return not again
        if any(scheme == "basic" for scheme, _ in found) and not self._basic:
            self._basic = True
            return True
        return False

    def answer(self, method: str, path: str) -> str | None:
        """Give the header ``Authorization`` for the next request; None where nobody has asked for one."""
        if self._digest is not None:
            return self._answer_digest(self._digest, method, path)
        if self._basic:
            pair = f"{self._username}:{self._password}".encode()
            return f"Basic {base64.b64encode(pair).decode('ascii')}"
        return None

    def _answer_digest(self, challenge: dict[str, str], method: str, path: str) -> str:
        self._count += 1
        count, own = f"{self._count:08x}", self._nonce()
        algorithm = challenge.get("algorithm", "MD5")
        name = _HASHES[algorithm.upper().removesuffix("-SESS")]

        def digest(*parts: str) -> str:
            return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

        realm, nonce = challenge.get("realm", ""), challenge["nonce"]
        secret = digest(self._username, realm, self._password)
        if algorithm.upper().endswith("-SESS"):
            secret = digest(secret, nonce, own)
        asked = digest(method, path)
        fields = {"username": self._username, "realm": realm, "nonce": nonce, "uri": path}
        bare = {"algorithm": algorithm}
        if "qop" in challenge:
            fields["response"] = digest(secret, nonce, count, own, "auth", asked)
            fields["cnonce"] = own
            bare |= {"qop": "auth", "nc": count}
        else:
            fields["response"] = digest(secret, nonce, asked)
        if "opaque" in challenge:
            fields["opaque"] = challenge["opaque"]
        said = [f'{key}="{_quoted(value)}"' for key, value in fields.items()]
        return "Digest " + ", ".join(said + [f"{key}={value}" for key, value in bare.items()])


def _parted(line: str) -> list[tuple[str, dict[str, str]]]:
    """Part a line of challenges, which may hold several."""
    starts = list(_SCHEME.finditer(line))
    ends = [each.start() for each in starts[1:]] + [len(line)]
    return [
        (start[1].lower(), _parameters(line[start.end() : end].strip()))
        for start, end in zip(starts, ends, strict=False)
    ]


def _parameters(text: str) -> dict[str, str]:
    pairs = [each for each in parse_http_list(text) if "=" in each]
    return {key.strip().lower(): value for key, value in parse_keqv_list(pairs).items()}


def _can_answer(parameters: dict[str, str]) -> bool:
    """Say whether it is a challenge that this answers: by a hash that is known, of method and address alone."""
    algorithm = parameters.get("algorithm", "MD5").upper()
    if algorithm.endswith("-SESS") and "qop" not in parameters:
        # It hashes a number that would then never be sent.
        return False
    ways = [way.strip().lower() for way in parameters.get("qop", "auth").split(",")]
    return "nonce" in parameters and algorithm.removesuffix("-SESS") in _HASHES and "auth" in ways


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
