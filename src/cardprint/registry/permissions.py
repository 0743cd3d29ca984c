"""Who else may write to a file or a folder that the station trusts."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["writable_by_others"]


def writable_by_others(path: Path) -> bool:
    """Say whether everybody on this computer may write to ``path``; raise OSError where it is not there.

    Where permissions are not POSIX's, nothing can be said and the answer is no.
    """
    return os.name == "posix" and bool(path.stat().st_mode & stat.S_IWOTH)
