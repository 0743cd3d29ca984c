"""The page about files says what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import attrs

from cardprint.builtin.file import FileLimits, FileSettings
from cardprint.builtin.file.headers import COLUMNS
from cardprint.builtin.file.sheets.layout import ROWS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "files.md").read_text("utf-8")
UNITS = {"": 1, " MiB": 1 << 20, " GiB": 1 << 30}


def table(title: str) -> dict[str, list[str]]:
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_setting_is_on_the_page() -> None:
    assert list(table("Settings")) == [
        *("path", "sheet", "delimiter", "encoding", "columns", "identity", "page_size", "outcomes", "limits")
    ]
    assert set(table("Settings")) == {field.name for field in attrs.fields(FileSettings)}


def test_every_limit_is_on_the_page_with_its_default() -> None:
    shown = {}
    for name, (default, _) in table("`limits`").items():
        number, unit = re.fullmatch(r"([0-9,]+)( MiB| GiB|)", default).groups()  # type: ignore[union-attr]  # it is one
        shown[name] = int(number.replace(",", "")) * UNITS[unit]
    assert shown == attrs.asdict(FileLimits())


def test_every_rule_is_on_the_page() -> None:
    said = {
        node.value
        for path in sorted((ROOT / "src" / "cardprint" / "builtin" / "file").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"x(-[a-z]+)+", node.value)
    }
    listed = re.findall(r"`(x-[a-z-]+)`", PAGE.split("## Two kinds", 1)[1].split("\nThe station's own", 1)[0])
    assert set(listed) == said


def test_bounds_are_those_of_the_code() -> None:
    assert f"| columns with a value | {COLUMNS} |" in PAGE
    assert f"| rows | {ROWS:,} |" in PAGE
