"""The page about files says what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import attrs

from cardprint.builtin.file import FileLimits, FileSettings
from cardprint.builtin.file.columns import HEADERS, REQUEST_COLUMNS, ColumnNames
from cardprint.builtin.file.headers import COLUMNS
from cardprint.builtin.file.sheets.layout import ROWS
from cardprint.builtin.file.words import REASONS, REQUEST_TYPES, VERDICTS, request_type_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "files.md").read_text("utf-8")
GUIDE = (ROOT / "docs" / "how-to" / "import-a-spreadsheet.md").read_text("utf-8")
UNITS = {"": 1, " MiB": 1 << 20, " GiB": 1 << 30}


def table(title: str) -> dict[str, list[str]]:
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}


def cells(title: str) -> list[list[list[str]]]:
    """Give the words between backticks, by row and cell."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return [[re.findall(r"`([^`]+)`", cell) for cell in row] for row in rows]


def test_every_header_is_on_the_page() -> None:
    assert {row[0][0]: tuple(row[1]) for row in cells("Headers")} == HEADERS
    assert set(REQUEST_COLUMNS) <= set(HEADERS)


def test_every_word_of_a_cell_is_on_the_page() -> None:
    rows = cells("Words")
    types = {word: (row[1][0], *row[2]) for row in rows if len(row) == 3 for word in row[0]}
    assert types == {
        word: (kind.value, *([reason] if reason else [])) for word, (kind, reason) in REQUEST_TYPES.items()
    }
    assert {word: row[1][0] for row in rows if len(row) == 2 for word in row[0]} == REASONS
    verdicts = PAGE.split("The verdicts are ", 1)[1].split("\n\n", 1)[0]
    assert re.findall(r"`([^`]+)`", verdicts) == [verdict.value for verdict in VERDICTS.values()]


def test_the_guide_names_headers_and_words_that_are_read() -> None:
    section = GUIDE.split("**The header.**", 1)[1].split("\n```", 1)[0]
    columns = ColumnNames({})
    for row in (line for line in section.splitlines() if line.startswith("| ") and "`" in line):
        assert all(columns.means_something(header) for header in re.findall(r"`([^`]+)`", row)), row
    words = re.findall(r"`([^`]+)`", section.split("A type of request is", 1)[1].split(";", 1)[0])
    assert len(words) == 7
    assert all(request_type_of(word) for word in words)


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
