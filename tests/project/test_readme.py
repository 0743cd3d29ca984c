"""What the README shows is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def block(after: str, language: str = "") -> str:
    found = re.search(rf"{after}.*?```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_script_is_at_most_twenty_lines_and_prints_what_is_shown(tmp_path: Path) -> None:
    script = block("## Use it as a library", "python")
    assert len(script.splitlines()) <= 20
    shown = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert shown.stdout == block("It prints:")
    assert len(list((tmp_path / "office" / "cards").glob("*/card.pdf"))) == 2


def test_the_commands_are_what_continuous_integration_and_make_have() -> None:
    demo, test = block("## Try it").split("\n")[:2]
    assert test in (ROOT / ".ci" / "run").read_text("utf-8")
    targets = (ROOT / "Makefile").read_text("utf-8")
    for command in (demo, test):
        assert f"\n{command.removeprefix('make ')}:" in targets


def test_the_files_it_points_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists()


def test_the_commands_lead_from_nothing_to_printed_cards(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    commands = block("## Use it from the command line")
    done = subprocess.run(
        ["bash", "-c", commands],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "people.csv: 3 new, 1 rejected." in done.stdout
    assert "\n3 printed" in done.stdout
    assert "Job 1: It is printed." in done.stdout
    assert len(list((tmp_path / "office" / "out").glob("*/card.pdf"))) == 3
