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
    """A TrueType file; empty: Noto Sans, which comes with the plugin."""
    bold: str = ""
    """Its bold; empty: the font itself."""
    fonts: tuple[str, ...] = ()
    """More of them for letters that those lack: files, or names such as ``NotoSansJavanese-Regular.ttf``."""
