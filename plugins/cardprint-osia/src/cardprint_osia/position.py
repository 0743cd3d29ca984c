"""How far a station has read: over the line, and bundle by bundle."""

from __future__ import annotations

import re

import attrs

from cardprint.model import Cursor

__all__ = ["Position"]

_WITH_BUNDLE = re.compile(r"(.*) bundle:([1-9][0-9]{0,17}):([0-9a-f]{64})", re.DOTALL)


@attrs.frozen(kw_only=True)
class Position:
    """State what a source's cursor says."""

    line: str = ""
    """The centre's cursor; empty: from the beginning."""
    sequence: int = 0
    """The number of the last bundle that was taken in whole; 0: none."""
    digest: str = ""
    """Its digest."""

    @classmethod
    def of(cls, cursor: str | None) -> Position:
        """Read a cursor."""
        found = _WITH_BUNDLE.fullmatch(cursor or "")
        if found is None:
            return cls(line=cursor or "")
        return cls(line=found[1], sequence=int(found[2]), digest=found[3])

    @property
    def cursor(self) -> Cursor:
        """Write it; without a bundle it is the centre's cursor as it came."""
        return Cursor(f"{self.line} bundle:{self.sequence}:{self.digest}" if self.sequence else self.line)

    def at(self, line: str) -> Position:
        """Move on along the line."""
        return attrs.evolve(self, line=line)
