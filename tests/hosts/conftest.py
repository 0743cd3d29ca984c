"""What the tests of hosts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.misbehaving import Notes


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    heard = Notes(tmp_path / "notes")
    yield heard
    heard.close()
