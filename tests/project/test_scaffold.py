"""What the template makes installs, is found, proves itself, and is clean by its own tools."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardprint.cli.app import root
from cardprint.errors import InputError, PluginError
from cardprint.plugin import API_VERSION
from cardprint.station.scaffold import KINDS, made

# One after the other: they share an environment.
pytestmark = pytest.mark.xdist_group("scaffold")

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "src" / "cardprint" / "scaffold"
SUITES = {"driver": 3, "source": 1, "policy": 1, "renderer": 1, "encoder": 1}
"""Level that the report of a kind's suite gives."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a package of each kind, all installed into an environment of their own."""
    folder = tmp_path_factory.mktemp("workshop")
    for kind in KINDS:
        made(kind, f"acme-{kind}", folder / kind, ask=False)
    venv.create(folder / "venv")
    here = sysconfig.get_path("purelib")
    there = sysconfig.get_path("purelib", "venv", vars={"base": str(folder / "venv")})
    # What this environment has, and what is editable in it, is there as well.
    (Path(there) / "outer.pth").write_text(f"import site; site.addsitedir({here!r})\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python(folder)), "install", "--quiet", "--no-index"]
    run([*pip, "--no-build-isolation", "--no-deps", *(str(folder / kind) for kind in KINDS)], folder)
    return folder


def python(workshop: Path) -> Path:
    return workshop / "venv" / "bin" / "python"


def run(command: list[str], folder: Path) -> str:
    # What pytest and coverage say to this process is not for those.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_its_tests_pass_and_its_report_has_a_level(workshop: Path, kind: str) -> None:
    # Of the policy's suite, which draws many examples, the first rules are enough here.
    some = ["-k", "plugin or parts_the_lanes or a_place_is"] if kind == "policy" else []
    report = workshop / f"{kind}.json"
    words = [*some, "--cardprint-report", str(report), "-p", "no:cacheprovider"]
    run([str(python(workshop)), "-m", "pytest", "-q", *words], workshop / kind)
    suites = json.loads(report.read_text("utf-8"))["suites"]
    assert len(suites) == (kind in SUITES)
    for suite in suites.values():
        assert {rule["outcome"] for rule in suite["rules"].values()} <= {"passed", "skipped"}
        if not some:
            assert suite["level"] == SUITES[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_typed_and_clean_by_its_own_settings(workshop: Path, kind: str) -> None:
    for words in (["ruff", "check", "--no-cache", "."], ["ruff", "format", "--no-cache", "--check", "."]):
        run([str(python(workshop)), "-m", *words], workshop / kind)
    run([str(python(workshop)), "-m", "mypy", "--cache-dir", str(workshop / "mypy"), "src", "tests"], workshop / kind)


def test_it_is_found_and_nothing_is_wrong_with_it(workshop: Path) -> None:
    cardprint = [str(python(workshop)), "-m", "cardprint.cli", "plugins"]
    listed = {view["name"]: view for view in json.loads(run([*cardprint, "--json"], workshop))}
    for kind in KINDS:
        view = listed[f"acme-{kind}"]
        assert (view["state"], view["entries"], view["api"]) == ("loaded", [f"{kind}:acme-{kind}"], API_VERSION)
    for kind in ("driver", "encoder"):
        (trial,) = json.loads(run([*cardprint, "check", f"acme-{kind}", "--json"], workshop))
        assert (trial["ok"], trial["covered"], trial["warnings"]) == (True, True, [])


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_what_a_published_package_has(workshop: Path, kind: str) -> None:
    project = tomllib.loads((workshop / kind / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["name"], project["license"]) == (f"cardprint-acme-{kind}", "Apache-2.0")
    for name in ("LICENSE", "README.md", "docs/index.md", f"src/cardprint_acme_{kind}/py.typed"):
        assert (workshop / kind / name).exists()
    release = (workshop / kind / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert "id-token: write" in release
    assert "${{ matrix.python }}" in release
    # Nothing of the template, and no folder of this computer, is left in a text.
    made_files = [file for file in (workshop / kind).rglob("*") if ".hypothesis" not in file.parts]
    for file in made_files:
        if file.is_file() and file.suffix in {"", ".md", ".py", ".toml", ".yml"}:
            assert not re.search(r"\{\[|\[%|%\]|\]\}(?!\))", file.read_text("utf-8")), file
            assert str(ROOT) not in file.read_text("utf-8")


def test_the_template_names_the_versions_that_it_comes_with() -> None:
    text = (TEMPLATE / "copier.yml").read_text("utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.findall(r'default: "(\d[^"]*)"', text) == [version, API_VERSION]


# The command.


def new(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(root, ["plugins", "new", *words])
    return result.exit_code, result.output


def test_a_folder_that_is_in_use_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").touch()
    code, told = new("driver", "acme", "--defaults", "--output", str(tmp_path / "mine"))
    assert (code, "not empty; nothing was written" in told) == (1, True)
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["notes"]


@pytest.mark.parametrize("name", ["Acme", "a cme", "acme_", "9acme", "a" * 41])
def test_a_name_that_no_configuration_could_have_is_refused(tmp_path: Path, name: str) -> None:
    code, told = new("driver", name, "--defaults", "--output", str(tmp_path / "acme"))
    assert (code, "A name such as acme" in told) == (1, True)


def test_made_again_it_has_the_answers_of_the_first_time(tmp_path: Path) -> None:
    folder = made("policy", "acme", tmp_path / "acme", ask=False)
    answers = folder / ".copier-answers.yml"
    answers.write_text(answers.read_text("utf-8").replace("Apache-2.0", "MIT"), "utf-8")
    (folder / "README.md").write_text("mine\n")
    (folder / "own.py").write_text("mine = True\n")
    made("policy", "acme", folder, ask=False, again=True)
    assert 'license = "MIT"' in (folder / "pyproject.toml").read_text("utf-8")
    assert "mine" not in (folder / "README.md").read_text("utf-8")
    assert (folder / "own.py").exists()


def test_again_is_for_what_the_template_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no template made it"):
        made("policy", "acme", tmp_path, ask=False, again=True)


def test_where_copier_is_missing_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copier", None)
    with pytest.raises(PluginError, match="copier, which is not installed") as caught:
        made("policy", "acme", tmp_path / "acme", ask=False)
    assert "pip install 'cardprint[scaffold]'" in caught.value.cure


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "init.defaultBranch=main"]
    run(["git", *who, *words], folder)


def test_a_template_in_a_git_repository_can_be_followed(tmp_path: Path) -> None:
    from copier import run_update

    template = tmp_path / "template"
    run(["cp", "-r", str(TEMPLATE), str(template)], tmp_path)
    git(template, "init", "-q")
    git(template, "add", "-A")
    git(template, "commit", "-qm", "first")
    git(template, "tag", "v1.0.0")
    folder = made("encoder", "acme", tmp_path / "acme", ask=False, template=f"git+file://{template}")
    readme = folder / "README.md"
    readme.write_text(readme.read_text("utf-8") + "\nOurs.\n", "utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "made")
    settings = template / "template" / ".gitignore.jinja"
    settings.write_text(settings.read_text("utf-8") + "coverage/\n", "utf-8")
    git(template, "commit", "-qam", "second")
    git(template, "tag", "v1.1.0")
    run_update(folder, defaults=True, overwrite=True, quiet=True)
    assert "coverage/" in (folder / ".gitignore").read_text("utf-8")
    assert readme.read_text("utf-8").endswith("\nOurs.\n")
    assert "_commit: v1.1.0" in (folder / ".copier-answers.yml").read_text("utf-8")
