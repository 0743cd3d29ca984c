"""What holds for the whole tree: sizes, names, what an import loads, what may stand beside the sources."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardprint import Station, errors

ROOT = Path(__file__).parents[2]
CORE = ROOT / "src" / "cardprint"
MODULES = sorted([*(ROOT / "src").rglob("*.py"), *ROOT.glob("plugins/*/src/**/*.py")])
VAGUE = {"manager", "handler", "processor", "service", "util", "helper", "common"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def tracked() -> list[str]:
    # The checkout may belong to somebody else than the user who tests.
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


# Sizes.


def test_no_module_is_longer_than_400_lines() -> None:
    assert {name_of(path): lines(path) for path in MODULES if lines(path) > 400} == {}


def test_all_hooks_fit_in_150_lines() -> None:
    assert lines(CORE / "plugin" / "hookspecs.py") < 150


def test_the_command_line_fits_in_1400_lines() -> None:
    assert sum(lines(path) for path in CORE.glob("cli/**/*.py")) < 1400


# Names.


def words(name: str) -> set[str]:
    parts = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return {part.lower().removesuffix("s") for part in parts}


def test_no_module_and_no_class_has_a_name_that_says_nothing(trees: dict[str, ast.Module]) -> None:
    named = {name: words(Path(name).stem) | words(Path(name).parent.name) for name in trees}
    for name, tree in trees.items():
        named |= {f"{name}: {node.name}": words(node.name) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    assert [name for name, parts in named.items() if parts & VAGUE] == []


def exported(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            names: list[str] = ast.literal_eval(node.value)
            return names
    return None


def public(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name


def by_kind(name: str) -> tuple[bool, bool, str]:
    """Order constants first, then classes, then functions, as ruff does."""
    return not name.isupper(), not name[0].isupper(), name


def test_every_module_says_sorted_what_it_offers(trees: dict[str, ast.Module]) -> None:
    for name, tree in trees.items():
        names = exported(tree)
        if names is not None:
            assert names == sorted(names, key=by_kind), name
        else:
            assert not list(public(tree)), f"{name} has no __all__"


def test_no_source_asserts(trees: dict[str, ast.Module]) -> None:
    # `python -O` drops asserts: a rule must not vanish with them.
    assert [name for name, tree in trees.items() if any(isinstance(node, ast.Assert) for node in ast.walk(tree))] == []


def errors_drawn() -> dict[str, str]:
    """Give parent by error, as the tree at the top of ``errors`` draws them."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (inspect.getdoc(errors) or "").splitlines():
        found = re.match(r"([│├└─ ]*)(\w+Error)\b", line)
        if found:
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            parents[found[2]] = path[depth - 1] if depth else "Exception"
    return parents


def errors_defined(trees: dict[str, ast.Module]) -> dict[str, str]:
    """Give parent by public error of the core."""
    bases = {
        node.name: ast.unparse(node.bases[0])
        for name, tree in trees.items()
        if name.startswith("src/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.bases and not node.name.startswith("_")
    }
    found = {"CardprintError": "Exception"}
    while new := {name: base for name, base in bases.items() if base in found and name not in found}:
        found |= new
    return found


def test_the_tree_of_errors_is_drawn_as_it_is(trees: dict[str, ast.Module]) -> None:
    assert errors_drawn() == errors_defined(trees)


# What an import loads.


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    # Coverage measures subprocesses as well, with modules of its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    shown = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, env=env)
    return set(shown.stdout.split())


@pytest.mark.parametrize("statement", ["import cardprint", "import cardprint.model", "import cardprint.plugin"])
def test_the_vendor_surface_loads_nothing_heavy(statement: str) -> None:
    inner = {f"cardprint.{layer}" for layer in ("builtin", "cli", "engine", "hosts", "registry", "station", "store")}
    heavy = {"PIL", "asyncio", "cattrs", "click", "img2pdf", "msgspec", "rich", "segno", "sqlite3"}
    assert loaded_by(statement) & (inner | heavy) == set()


def test_the_version_is_shown_without_loading_anything_heavy() -> None:
    show = "from cardprint.cli import main; sys.argv[1:] = ['--version']\ntry: main()\nexcept SystemExit: pass"
    loaded = loaded_by(show)
    assert loaded & {"PIL", "asyncio", "attr", "cardprint.language", "cattrs", "msgspec", "rich", "sqlite3"} == set()
    assert "click" in loaded


def test_a_look_at_a_station_loads_nothing_that_draws_or_prints(tmp_path: Path) -> None:
    Station.initialize(tmp_path, people=1)
    show = f"from cardprint.cli import main; sys.argv[1:] = ['status', '--station', {str(tmp_path)!r}]"
    loaded = loaded_by(f"{show}\ntry: main()\nexcept SystemExit as end: print('code', end.code)")
    assert loaded & {"PIL", "asyncio", "cardprint.engine.worker", "img2pdf", "rich", "segno", "ssl"} == set()
    assert {"cardprint.store.database", "code", "0"} <= loaded


# What is tracked.

FOLDERS = {"docs", "plugins", "src", "tests"}
FILES = {"CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "pyproject.toml"}


def test_the_top_level_holds_what_was_agreed_and_no_more() -> None:
    tops = {(name.partition("/")[0], "/" in name) for name in tracked()}
    allowed = {(name, True) for name in FOLDERS} | {(name, False) for name in FILES}
    assert sorted(name for name, folder in tops - allowed if not name.startswith(".")) == []


# Written so that they do not match themselves.
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])(?:/(?:home|root|Users|work|workspace)/\w|[A-Z]:\\Users\\)")
REGISTRY_HOST = re.compile(r"(?:pypi|pythonhosted|npmjs|crates)[.](?:org|io)|(?:extra-)?index[-]url", re.IGNORECASE)


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY_HOST], ids=["paths", "registries"])
def test_no_tracked_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        found += [f"{name}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    assert found == []
