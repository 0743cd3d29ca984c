"""Real parts that a test needs and that are not Python packages: programs, fonts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

__all__ = ["require"]


def require(component: str, package: str) -> Path:
    """Give the place of a program (found on the path) or of a file (named absolutely).

    Where it is missing the test is skipped, naming the Debian package that brings it; with
    ``CARDPRINT_REQUIRE_COMPONENTS=1`` it fails instead.
    """
    path = Path(component)
    if path.is_absolute():
        found = path if path.exists() else None
    else:
        program = shutil.which(component)
        found = Path(program) if program else None
    if found is not None:
        return found
    reason = f"{component} is missing: apt-get install {package}"
    if os.environ.get("CARDPRINT_REQUIRE_COMPONENTS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
