"""The one shape of an error about the file itself."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import attrs

from cardprint.errors import InputError

__all__ = ["FileName", "how_to_set"]


@attrs.frozen
class FileName:
    """Name the file, or the member of a ZIP, that an error is about."""

    path: Path
    member: str = ""

    def fault(self, what: str, cure: str, *, line: int = 0) -> InputError:
        """Make an error that names file and line, and says that nothing was let in."""
        inside = f", {self.member!r} in it" if self.member else ""
        where = f", line {line}" if line else ""
        return InputError(f"{self.path}{inside}{where}: {what}. Nothing of it was let in.", cure=cure)


def how_to_set(key: str, *value: str) -> str:
    """Say how a setting is given, with an import and in ``station.toml``; ``value`` may begin with a table's key."""
    dotted, inner = ".".join((key, *value[:-1])), value[-1] if value[-1].isprintable() else "..."
    text = json.dumps(inner, ensure_ascii=False)
    shown = f"{{ {value[0]} = [{text}] }}" if len(value) > 1 else text
    option = shlex.quote(f"{dotted}={inner}")
    return f"--set {option} with an import, or {key} = {shown} below [sources.NAME] in station.toml."
