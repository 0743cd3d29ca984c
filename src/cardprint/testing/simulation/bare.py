"""Cards without faces that are asked for all the same, so that looking ahead is part of what may fail."""

from __future__ import annotations

from cardprint.builtin.no_faces import NoFaces

__all__ = ["Bare"]


class Bare(NoFaces):
    """Render nothing, each time anew."""

    @property
    def makes_faces(self) -> bool:
        """Say that there might be some."""
        return True
