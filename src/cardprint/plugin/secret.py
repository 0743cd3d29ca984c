"""Secrets that a plugin needs, out of files that nobody else can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cardprint.errors import ConfigurationError

__all__ = ["read_secret"]

_BYTES = 8192


def read_secret(path: Path, *, what: str) -> str:
    """Give the one line of a file, without blanks around it; ``what`` it holds, such as ``token``, names it in errors.

    Raises ConfigurationError, without a word of the content, where the file cannot be read, is open to others (where
    permissions are POSIX's), or holds no line of text.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(_BYTES).strip()
    except OSError as error:
        raise ConfigurationError(
            f"The {what} file {path} cannot be read ({error.strerror}).",
            cure=f"Check {what.replace(' ', '_')}_file in the settings.",
        ) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(f"The {what} file {path} is open to others.", cure=f"chmod 600 {path}")
    text = content.decode("utf-8", "replace")
    if not text or not text.isprintable() or "\ufffd" in text:
        raise ConfigurationError(f"The {what} file {path} holds no {what}.", cure=f"Put the {what} alone into it.")
    return text
