"""Files for the file source, and how it reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardprint.builtin.file import FileSettings, FileSource
from cardprint.model import Item
from cardprint.plugin import PluginContext
from support.source_suite import PAGE, Row, made_up_rows

__all__ = ["as_csv", "open_source", "read", "read_text"]


class StillClock:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError


def open_source(path: Path, **settings: Any) -> FileSource:  # noqa: ANN401 - whatever FileSettings takes
    context = PluginContext(name="file", clock=StillClock(), folder=path.parent, photos=path.parent)
    return FileSource(FileSettings(path=path, **{"page_size": PAGE, **settings}), context)


def read(path: Path, **settings: Any) -> list[Item]:  # noqa: ANN401 - the same
    return [item for page in open_source(path, **settings).pull(None) for item in page.items]


def read_text(tmp_path: Path, content: str | bytes, **settings: Any) -> list[Item]:  # noqa: ANN401 - the same
    path = tmp_path / "requests"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, **settings)


def as_csv(rows: Sequence[Row], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [*made_up_rows(1)[0], "photo"], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
