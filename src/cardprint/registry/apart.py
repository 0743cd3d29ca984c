"""The program that tries one plugin: it reads a task, and says in lines of JSON how far it is and what it found."""

from __future__ import annotations

import inspect
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import IO

import attrs

from cardprint.errors import PluginError
from cardprint.model.trials import PluginProblem
from cardprint.plugin import Entry
from cardprint.registry.announced import Announced, announced
from cardprint.registry.discovery import load
from cardprint.registry.kinds import Kind
from cardprint.registry.paths import load_path
from cardprint.registry.plugins import NotLoadedError

__all__ = ["main"]


def main(task: str, answer: IO[str]) -> None:
    """Import the plugin that the task names; where ``all``, also every class that it names, and look at those."""
    asked = json.loads(task)
    sys.path[:] = asked["path"]

    def tell(value: object) -> None:
        print(json.dumps(value), file=answer, flush=True)

    found = next(
        each for each in announced() if (each.name, each.distribution) == (asked["name"], asked["distribution"])
    )
    problems: list[PluginProblem] = []
    result: dict[str, object] = {"loaded": False, "entries": [], "api": ""}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", r"cardprint\.", DeprecationWarning)
        try:
            plugin = load(found)
        except NotLoadedError as error:
            cure = f"Mend or upgrade {found.distribution}, or tell its author."
            problems.append(PluginProblem(problem=f"{error.detail}.", cure=cure))
        else:
            result = {"loaded": True, "entries": plugin.view.entries, "api": plugin.view.api}
            for kind, entry in plugin.entries if asked["all"] else ():
                problems += _problems(kind, entry, found, lambda path: tell({"at": path}))
    # `from x import old` asks for the name twice.
    told = dict.fromkeys(f"{each.message} ({each.filename}:{each.lineno})" for each in heard)
    tell({**result, "problems": [attrs.asdict(each) for each in problems], "warnings": list(told)})


def _problems(kind: Kind, entry: Entry, found: Announced, about: Callable[[str], None]) -> Iterator[PluginProblem]:
    part = f"{kind.words} {entry.name}"
    author = f"Tell the author of {found.distribution}: docs/reference/hooks.md says what an entry needs."
    try:
        about(entry.factory)
        factory = load_path(entry.factory, part=part, distribution=found.distribution)
        yield from (PluginProblem(problem=each, cure=author) for each in _unfit(kind, entry, factory))
        if entry.settings:
            about(entry.settings)
            shape = load_path(entry.settings, part=f"settings class of the {part}", distribution=found.distribution)
            if not (isinstance(shape, type) and attrs.has(shape)):
                yield PluginProblem(problem=f"The {part} names {entry.settings}: that is no attrs class.", cure=author)
    except PluginError as error:
        yield PluginProblem(problem=error.message, cure=error.cure or author)


def _unfit(kind: Kind, entry: Entry, factory: object) -> Iterator[str]:
    part = f"The {kind.words} {entry.name}"
    if not (isinstance(factory, type) and issubclass(factory, kind.contract)):
        yield f"{part} names {entry.factory}: that is no {kind.contract.__name__}."
        return
    missing = sorted(getattr(factory, "__abstractmethods__", ()))
    if missing:
        yield f"{part} lacks {', '.join(missing)} of {kind.contract.__name__}."
    try:
        inspect.signature(factory).bind(None, None)
    except (TypeError, ValueError):
        yield f"{part} cannot be made as {factory.__name__}(settings, context)."


if __name__ == "__main__":
    given = sys.stdin.read()
    # Whatever the plugin prints is not the answer; and no process that it starts holds the answer's pipe.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as stream:
        os.dup2(2, 1)
        main(given, stream)
