"""Settings of a folder that is a printer; read without the driver, which runs in a process of its own."""

from __future__ import annotations

import attrs

__all__ = ["FolderSettings"]


@attrs.frozen(kw_only=True)
class FolderSettings:
    """Set up a folder as a printer."""

    pdf: bool = True
    """Make a PDF beside the PNG files, one page of a card's size for each side."""
    sides: int = attrs.field(default=2, validator=attrs.validators.in_((1, 2)))
    """Sides it takes: 1 or 2."""
