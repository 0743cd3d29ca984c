"""The command line as a person types it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from cardprint.cli.app import root

__all__ = ["shown"]


def shown(office: Path, *words: str) -> str:
    """Type a command in an office's folder, see it done, and give what it says."""
    result = CliRunner().invoke(root, [*words, "--station", str(office)])
    assert result.exit_code == 0, result.output
    return result.output
