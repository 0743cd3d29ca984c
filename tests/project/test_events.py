"""Every change that a station tells of is on the page, with what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import attrs

from cardprint.model.views import Change

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "library.md").read_text("utf-8")
CORE = ROOT / "src" / "cardprint"
ABOUT = ("job", "attempt", "printer")
KEYWORD = re.compile(r"[a-z]+(-[a-z]+)+")


@attrs.define
class Told:
    """What the lines of one event carry in the code: what each may be about, and its values."""

    about: set[str] = attrs.field(factory=set)
    values: set[str] = attrs.field(factory=set)


def texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and KEYWORD.fullmatch(each.value):
            yield each.value


def parameter(function: ast.FunctionDef, node: ast.expr) -> str:
    names = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
    return node.id if isinstance(node, ast.Name) and node.id in names else ""


def given(trees: list[ast.Module], function: ast.FunctionDef, name: str) -> Iterator[str]:
    """Give what a function's parameter is called with, anywhere."""
    position = [each.arg for each in function.args.args].index(name) if name in map(_arg, function.args.args) else -1
    for tree in trees:
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            called = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if called != function.name:
                continue
            bound = isinstance(call.func, ast.Attribute) and _arg(function.args.args[0]) == "self"
            index = position - bound
            yield from (text for word in call.keywords if word.arg == name for text in texts(word.value))
            if 0 <= index < len(call.args):
                yield from texts(call.args[index])
    for default, argument in zip(function.args.kw_defaults, function.args.kwonlyargs, strict=True):
        if argument.arg == name and default is not None:
            yield from texts(default)


def _arg(argument: ast.arg) -> str:
    return argument.arg


def events() -> dict[str, Told]:
    trees = [ast.parse(path.read_text("utf-8")) for part in ("engine", "station") for path in CORE.glob(f"{part}/*.py")]
    found: dict[str, Told] = {}
    for tree in trees:
        tables = {_name(node): set(texts(node)) for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)}
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in ast.walk(function):
                if not (isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "note"):
                    continue
                event = call.args[0]
                names = set(texts(event))
                if isinstance(event, ast.Subscript):
                    names = tables[ast.unparse(event.value)]
                elif parameter(function, event):
                    names = set(given(trees, function, parameter(function, event)))
                assert names, f"{function.name}: {ast.unparse(event)}"
                words = {word.arg for word in call.keywords if word.arg is not None}
                for name in names:
                    told = found.setdefault(name, Told())
                    told.about |= words & set(ABOUT)
                    told.values |= words - set(ABOUT)
    return found


def _name(node: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def documented() -> dict[str, Told]:
    section = PAGE.partition("### Events\n")[2].partition("\n#")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            name = cells[0].strip("`")
            assert name not in found, f"{name} is there twice"
            found[name] = Told(set(cells[2].split()) - {"-"}, set(re.findall(r"`(\w+)`", cells[3])))
            assert cells[1].endswith("."), name
    return found


def test_every_event_is_documented_with_what_it_is_about_and_its_values() -> None:
    wanted, there = events(), documented()
    assert sorted(there) == sorted(wanted)
    for name, told in wanted.items():
        assert there[name] == told, name


def test_the_events_that_the_pages_name_as_examples_are_some() -> None:
    hooks = (ROOT / "docs" / "reference" / "hooks.md").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r"journal's keyword \(([^)]*)\)", " ".join(hooks.split()))
    assert named
    sources = [*named, *re.findall(r"change\.event == (\"[a-z-]+\")", readme)]
    assert {text for source in sources for text in re.findall(r"[a-z]+(?:-[a-z]+)+", source)} <= set(events())


def test_a_changes_fields_are_on_the_page() -> None:
    section = PAGE.partition("## `cardprint.Station`\n")[2].partition("\n## ")[0]
    for field in attrs.fields(Change):
        assert f"`{field.name}`" in section, field.name
