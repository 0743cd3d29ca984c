"""Files for the file source, and how it reads them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cardprint.builtin.file import FileSettings, FileSource
from cardprint.errors import InputError
from cardprint.model import Item, Page, Rejected
from cardprint.plugin import PluginContext
from support.source_suite import PAGE, Row, made_up_rows

__all__ = [
    "GOOD",
    "SECRET",
    "as_csv",
    "only_rejected",
    "open_source",
    "read",
    "read_text",
    "refusal",
    "refused",
    "zipped",
]

GOOD = "nik,nama\n1,Orang Contoh\n"
SECRET = "Orang Rahasia"


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


def refusal(path: Path, **how: object) -> InputError:
    """Read a file that must be refused before its first page, and give the error."""
    pages: list[Page] = []
    with pytest.raises(InputError) as caught:
        pages.extend(open_source(path, **how).pull(None))
    assert pages == []
    error = caught.value
    assert str(path) in error.message
    assert "Nothing of it was let in" in error.message
    assert error.cure
    assert SECRET not in str(error)
    # The path has the test's own name in it, which would answer for the message.
    return InputError(error.message.replace(str(path), ""), cure=error.cure)


def refused(tmp_path: Path, content: str | bytes, **how: object) -> InputError:
    path = tmp_path / "requests"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return refusal(path, **how)


def zipped(tmp_path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, str | bytes]]) -> Path:
    path = tmp_path / "requests"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def only_rejected(items: list[Item]) -> tuple[int, str, str]:
    (found,) = [item for item in items if isinstance(item, Rejected)]
    assert SECRET not in repr(found)
    return found.line, found.column, found.rule
