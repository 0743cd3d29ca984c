"""What a tutorial shows is what happens: its files are saved, its commands run, their output compared."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
TUTORIALS = ROOT / "docs" / "tutorials"
AFTERNOON = (TUTORIALS / "write-a-driver-in-an-afternoon.md").read_text("utf-8")
STATION = (TUTORIALS / "first-station.md").read_text("utf-8")
KIOSK = (TUTORIALS / "kiosk.md").read_text("utf-8")
DRIVER = (TUTORIALS / "first-driver.md").read_text("utf-8")
FENCE = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
VARIES = (
    (re.compile(r"(127\.0\.0\.1):\d+"), r"\1:PORT"),
    (re.compile(r"(deselected|skipped) in [\d.]+s.*"), r"\1 in TIME"),
    (re.compile(r"^\d{4}-\d\d-\d\d: ", re.MULTILINE), "TODAY: "),
)


@attrs.define
class Reader:
    """Sit before a shell and do what the page says."""

    folder: Path
    variables: dict[str, str] = attrs.field(factory=dict)
    servers: list[subprocess.Popen[str]] = attrs.field(factory=list)

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        # Pytest's own words in a test's process are not the reader's.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return {**kept, "PATH": path, **self.variables}

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def do(self, command: str) -> str:
        if command.endswith(" &"):
            return self.start(command.removesuffix(" &"))
        done = subprocess.run(
            ["bash", "-c", f"{command}\necho >&2; pwd >&2"],
            cwd=self.folder,
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        self.folder = Path(done.stderr.splitlines()[-1])
        return done.stdout

    def start(self, command: str) -> str:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.servers.append(server)
        assert server.stdout is not None
        return server.stdout.readline()

    def leave(self) -> None:
        for server in self.servers:
            assert server.stdout is not None
            server.send_signal(signal.SIGINT)
            server.wait()
            server.stdout.close()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Give somebody in a checkout in which nothing has been done yet."""
    checkout = tmp_path / "cardprint"
    checkout.mkdir(mode=0o700)
    for name in ("docs", "plugins", "pyproject.toml", "tests"):
        (checkout / name).symlink_to(ROOT / name)
    reader = Reader(checkout)
    yield reader
    reader.leave()


def alike(text: str) -> str:
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text.rstrip("\n")


def commands(block: str) -> list[tuple[str, str]]:
    """Give each command of a block of a console, and what is shown below it."""
    return re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


def follow(reader: Reader, page: str) -> None:
    """Save what the page says, type its commands, and compare what they show."""
    for block in FENCE.finditer(page):
        saved = re.search(r"[Ss]ave this as `([^`]+)`|^and this as `([^`]+)`", block["before"])
        if saved:
            reader.save(saved[1] or saved[2], block["text"])
        elif block["language"] == "console":
            for command, shown in commands(block["text"]):
                assert alike(reader.do(command)) == alike(shown), command


def test_a_vendors_first_driver(reader: Reader) -> None:
    follow(reader, DRIVER)
    assert len(reader.servers) == 1
    assert reader.folder.name == "cardprint"


def test_a_first_station(reader: Reader) -> None:
    assert (TUTORIALS / "people.csv").read_text("utf-8") in [block["text"] for block in FENCE.finditer(STATION)]
    consoles = [block["text"] for block in FENCE.finditer(STATION) if block["language"] == "console"]
    for command, shown in commands("".join(consoles)):
        assert alike(reader.do(command)) == alike(shown), command
    assert len(list((reader.folder / "out").glob("*/card.pdf"))) == 2


def test_a_kiosk(reader: Reader) -> None:
    follow(reader, KIOSK)
    assert len(reader.servers) == 1
    reader.leave()
    assert reader.servers.pop().returncode == 0


@pytest.fixture
def offline(reader: Reader) -> Reader:
    """Give somebody whose packages come from this environment, and none of them from an index."""
    (reader.folder / "src").symlink_to(ROOT / "src")
    for name in ("LICENSE", "README.md"):
        (reader.folder / name).symlink_to(ROOT / name)
    reader.variables = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way of saying no
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONPATH": "",
    }
    return reader


def instead_of_an_index(folder: Path) -> Path:
    """Give a folder with what this environment has, but for all of ours."""
    folder.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if not each.name.startswith(("cardprint", "_cardprint", "__")) and each.suffix != ".pth":
            (folder / each.name).symlink_to(each)
    return folder


@pytest.mark.xdist_group("scaffold")
def test_a_driver_in_an_afternoon(offline: Reader) -> None:
    checkout = offline.folder
    blocks = [block["text"] for block in FENCE.finditer(AFTERNOON) if block["language"] == "console"]
    typed = [each for block in blocks for each in commands(block)]
    assert len(typed) < 10
    for command, shown in typed:
        if command == "make dist":
            # All that it does, without the environment that it makes.
            pip = f"{sys.executable} -m pip wheel -q --no-deps --wheel-dir dist"
            offline.do(f"{pip} . ./plugins/cardprint-simulator")
        else:
            assert alike(offline.do(command)) == alike(shown), command
        if command == "python3 -m venv env":
            (there,) = (checkout / "env" / "lib").glob("python*/site-packages")
            (there / "index.pth").write_text(f"{instead_of_an_index(checkout / 'index')}\n", "utf-8")
    wheel = offline.do("../env/bin/python -c 'import cardprint; print(cardprint.__file__)'").strip()
    assert Path(wheel).is_relative_to(checkout / "env")
    made = json.loads((offline.folder / "report.json").read_text("utf-8"))["suites"]
    assert [suite["level"] for suite in made.values()] == [3]
