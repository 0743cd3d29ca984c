"""The one shape of an error about the file itself."""

from __future__ import annotations

from pathlib import Path

import attrs

from cardprint.errors import InputError

__all__ = ["FileName"]


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
