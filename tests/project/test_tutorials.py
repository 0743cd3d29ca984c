"""What a tutorial shows is what happens: its files are saved, its commands run, their output compared."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[2]
DRIVER = (ROOT / "docs" / "tutorials" / "first-driver.md").read_text("utf-8")
FENCE = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<language>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
VARIES = ((re.compile(r"(127\.0\.0\.1):\d+"), r"\1:PORT"), (re.compile(r"(deselected) in [\d.]+s.*"), r"\1 in TIME"))


@attrs.define
class Reader:
    """Sit before a shell and do what the page says."""

    folder: Path
    servers: list[subprocess.Popen[str]] = attrs.field(factory=list)

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        # Pytest's own words in a test's process are not the reader's.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return {**kept, "PATH": path}

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
    for name in ("plugins", "pyproject.toml", "tests"):
        (checkout / name).symlink_to(ROOT / name)
    reader = Reader(checkout)
    yield reader
    reader.leave()


def alike(text: str) -> str:
    for pattern, word in VARIES:
        text = pattern.sub(word, text)
    return text.rstrip("\n")


def test_a_vendors_first_driver(reader: Reader) -> None:
    for block in FENCE.finditer(DRIVER):
        saved = re.search(r"[Ss]ave this as `([^`]+)`|^and this as `([^`]+)`", block["before"])
        if saved:
            reader.save(saved[1] or saved[2], block["text"])
        elif block["language"] == "console":
            for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block["text"], re.MULTILINE):
                assert alike(reader.do(command)) == alike(shown), command
    assert len(reader.servers) == 1
    assert reader.folder.name == "cardprint"
