"""Settings of the renderer; read without Pillow."""

from __future__ import annotations

import attrs

__all__ = ["SvgSettings"]


@attrs.frozen(kw_only=True)
class SvgSettings:
    """Set up the renderer of SVG designs."""

    design: str = "plain"
    """A shipped design (``plain``, ``id-card``, ``staff-badge``), or a folder relative to the station's."""
    font: str = ""
    """A TrueType file; empty: Noto Sans or DejaVu Sans of the system."""
    bold: str = ""
    """Its bold; empty: the bold beside the font found, or the font itself."""
