"""Cards from designs drawn as SVG, filled in, read back, and refused rather than clipped."""

from __future__ import annotations

from collections.abc import Iterable

from cardprint.plugin import RendererEntry, hookimpl

__all__ = ["CARDPRINT_API", "cardprint_card_renderers"]

CARDPRINT_API = "1.0"
"""The version of the vendor surface that this is written for."""


@hookimpl
def cardprint_card_renderers() -> Iterable[RendererEntry]:
    """Announce the renderer."""
    return (
        RendererEntry(
            name="svg",
            factory="cardprint_svg.renderer:SvgRenderer",
            settings="cardprint_svg.settings:SvgSettings",
            summary="Cards from a design drawn as SVG.",
            designs="cardprint_svg:designs",
        ),
    )
