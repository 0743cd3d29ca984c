"""The sentences in the code, and the catalogs that hold them in other languages.

Run as a program it brings every catalog up to date with the code and compiles it: ``make texts``.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterator
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from cardprint.language import LANGUAGES
from cardprint.model import AttemptState, CardFate, JobState, PrinterState, RequestType
from cardprint.model.jobs import JobEvent

__all__ = ["catalog_of", "in_code", "path_of"]

CORE = Path(__file__).parents[2] / "src" / "cardprint"
WORDS: tuple[type[enum.Enum], ...] = (
    AttemptState,
    CardFate,
    JobEvent,
    JobState,
    PrinterState,
    RequestType,
)
"""Their values are shown to people as words."""
MARKS = {"Sentence": slice(0, 1), "_": slice(0, 1), "template": slice(0, 1), "done": slice(1, None)}
"""What is called with a sentence, and which of its arguments are sentences."""
MARKS["Table"] = slice(1, None)


def in_code() -> dict[str, list[str]]:
    """Give every sentence in the code, and where it stands."""
    found: dict[str, list[str]] = {}
    for path in sorted(CORE.rglob("*.py")):
        for line, text in _marked(ast.parse(path.read_text("utf-8"))):
            found.setdefault(text, []).append(f"{path.relative_to(CORE).as_posix()}:{line}")
    for words in WORDS:
        for word in words:
            found.setdefault(str(word.value), []).append(f"{words.__name__}.{word.name}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        for argument in node.args[MARKS.get(name, slice(0, 0))]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                yield argument.lineno, argument.value


def path_of(language: str, ending: str) -> Path:
    """Give the path of a language's catalog, ``po`` or ``mo``."""
    return CORE / "locale" / language / "LC_MESSAGES" / f"cardprint.{ending}"


def catalog_of(language: str) -> Catalog:
    """Read the catalog of a language."""
    with path_of(language, "po").open("rb") as stream:
        return pofile.read_po(stream, locale=language)


def renew(language: str) -> int:
    """Bring a catalog up to date and compile it; give how many sentences it lacks."""
    code = in_code()
    catalog = catalog_of(language)
    for text in [message.id for message in catalog if message.id and message.id not in code]:
        catalog.delete(text)
    for text in code:
        known = catalog.get(text)
        catalog.delete(text)
        catalog.add(text, known.string if known else "")
    with path_of(language, "po").open("wb") as stream:
        pofile.write_po(stream, catalog, width=110, sort_output=True, no_location=True, omit_header=False)
    with path_of(language, "mo").open("wb") as stream:
        write_mo(stream, catalog)
    return sum(1 for message in catalog if message.id and not message.string)


if __name__ == "__main__":
    for each in LANGUAGES[1:]:
        print(f"{each}: {renew(each)} sentences without a translation")  # noqa: T201 - a program for contributors
