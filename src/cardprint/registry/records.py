"""A distribution's installed files against its RECORD, which lists each with its hash (PEP 376, PEP 627)."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Final

__all__ = ["differences", "editable", "holds", "record_digest"]

_HASHES: Final = ("sha256", "sha384", "sha512")
"""What the specification of binary distributions allows: at least as strong as SHA-256."""


def editable(distribution: metadata.Distribution) -> bool:
    """Say whether it is an editable install, whose files lie in a checkout that RECORD does not cover (PEP 610)."""
    try:
        told = json.loads(distribution.read_text("direct_url.json") or "{}")
        return bool(told.get("dir_info", {}).get("editable"))
    except (OSError, ValueError, AttributeError):
        return False


def record_digest(distribution: metadata.Distribution) -> str:
    """Give ``sha256:`` and the hash of the RECORD file's bytes; empty where there is no RECORD."""
    path = next((path for path, _ in _rows(distribution) if _is_record(path)), None)
    try:
        return "" if path is None else f"sha256:{hashlib.sha256(_file(distribution, path).read_bytes()).hexdigest()}"
    except OSError:
        return ""


def differences(distribution: metadata.Distribution) -> Iterator[str]:
    """Say which files are missing, changed or strange, one sentence each without its full stop.

    Strange is a file inside a package's folder that RECORD does not list. Left aside are compiled modules in
    ``__pycache__``, which Python writes when it likes.
    """
    listed: set[Path] = set()
    for path, hashed in _rows(distribution):
        file = _file(distribution, path)
        listed.add(file)
        if not _is_record(path) and not _is_compiled(PurePosixPath(path)):
            yield from _difference(path, hashed, file)
    packages = {file.parent for file in listed if file.name == "__init__.py"}
    for folder in sorted(packages):
        if not packages & set(folder.parents):
            yield from _strange(folder, listed)


def holds(distribution: metadata.Distribution, code: Path) -> bool:
    """Say whether RECORD lists a file."""
    return code.resolve() in {_file(distribution, path).resolve() for path, _ in _rows(distribution)}


def _rows(distribution: metadata.Distribution) -> Iterator[tuple[str, str]]:
    # `Distribution.files` leaves out what is missing (from Python 3.12 on), and that is what is looked for.
    try:
        text = distribution.read_text("RECORD") or ""
    except (OSError, ValueError):
        text = ""
    yield from ((row[0], row[1]) for row in csv.reader(text.splitlines()) if len(row) > 1 and row[0])


def _file(distribution: metadata.Distribution, path: str) -> Path:
    return Path(os.path.normpath(str(distribution.locate_file(path))))


def _is_record(path: str) -> bool:
    return path.endswith(".dist-info/RECORD")


def _is_compiled(path: PurePosixPath | Path) -> bool:
    # Beside its source Python imports no compiled module, but in a source's place it does.
    return path.suffix == ".pyc" and path.parent.name == "__pycache__"


def _difference(path: str, hashed: str, file: Path) -> Iterator[str]:
    algorithm, _, wanted = hashed.partition("=")
    if algorithm not in _HASHES:
        yield f"RECORD has no hash of {path} that counts"
        return
    try:
        digest = hashlib.new(algorithm, file.read_bytes()).digest()
    except OSError as error:
        yield f"{path} is missing or cannot be read ({error.strerror})"
        return
    if base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii") != wanted:
        yield f"{path} is not what was installed"


def _strange(folder: Path, listed: set[Path]) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        # A link to a folder is not walked into, and would be imported from.
        links = [name for name in folders if Path(place, name).is_symlink()]
        for file in (Path(place, name) for name in sorted([*names, *links])):
            if file not in listed and not _is_compiled(file):
                yield f"{file.relative_to(folder.parent).as_posix()} was not installed with it"
