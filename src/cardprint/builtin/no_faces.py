"""Cards without faces."""

from __future__ import annotations

from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext

__all__ = ["NoFaces"]


class NoFaces(CardRenderer):
    """Make no faces: for simulations, and for printers that draw by themselves."""

    def __init__(self, settings: None = None, context: PluginContext | None = None) -> None:
        """Take what every renderer gets, and need none of it."""

    @property
    def digest(self) -> str:
        """Name the design: there is one."""
        return "none-1"

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Make no faces."""
        return CardFaces(sides=())
