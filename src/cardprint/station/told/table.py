"""Rows below their titles, and any value as JSON has it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from cardprint.language import Sentence

__all__ = ["Table", "plain"]


class Table:
    """Hold rows whose cells and titles are translated when they are shown."""

    def __init__(self, rows: Sequence[Sequence[object]], *titles: str) -> None:
        self._rows = rows
        self._titles = titles

    def lines(self, text: Callable[[object], str]) -> list[str]:
        """Set the rows in columns, each cell by ``text``."""
        heads = [Sentence(title) for title in self._titles]
        table = [[text("" if cell is None else cell) for cell in row] for row in (heads, *self._rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def plain(value: object) -> Any:  # noqa: ANN401 - JSON has no other type
    """Give a value as JSON has it."""
    fields: tuple[attrs.Attribute[object], ...] = getattr(type(value), "__attrs_attrs__", ())
    if fields:
        return {field.name: plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.date | Path):
        return str(value)
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
