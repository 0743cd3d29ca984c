"""An office whose day is typed: commands in a station's folder, in this process or in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from cardprint.cli.app import root

__all__ = ["CSV", "PROGRAM", "Office", "invoke"]

CSV = "request_id,subject_id,name\nr1,101,Nobody\nr2,102,Nobody\nr3,,Nobody\n"
PROGRAM = str(Path(sys.executable).with_name("cardprint"))


def invoke(*words: str, typed: str | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(root, words, input=typed, env=env)


class Office:
    """Type commands in a station's folder, which the environment names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"CARDPRINT_STATION": str(folder)}

    def type(self, *words: str) -> Result:
        """Run a command."""
        return invoke(*words, env=self.env)

    def done(self, *words: str) -> str:
        """Run a command that must succeed; give what it says."""
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON has no other type
        """Run a command with ``--json``; give the one value on standard output."""
        result = self.type(*words, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def begin(self, *words: str, **streams: int) -> subprocess.Popen[str]:
        """Begin a command in a process of its own."""
        return subprocess.Popen(
            [PROGRAM, *words], cwd=self.folder, env={**os.environ, **self.env}, text=True, **streams
        )

    def program(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own, in the station's folder."""
        return subprocess.run([PROGRAM, *words], cwd=self.folder, check=False, capture_output=True, text=True)

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder; give its path."""
        path = self.folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def edit(self, old: str, new: str) -> None:
        """Change the station's configuration."""
        toml = self.folder / "station.toml"
        text = toml.read_text("utf-8")
        assert old in text
        toml.write_text(text.replace(old, new), "utf-8")
