"""Cards without faces: for simulations, and for printers that are fed ready-made ones."""

from __future__ import annotations

from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer, PluginContext

__all__ = ["NoFaces"]


class NoFaces(CardRenderer):
    """Render nothing."""

    def __init__(self, settings: None = None, context: PluginContext | None = None) -> None:
        """Take no settings."""

    @property
    def digest(self) -> str:
        """Name the one design there is."""
        return "none"

    @property
    def makes_faces(self) -> bool:
        """Say that there are none."""
        return False

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Give faces without sides."""
        return CardFaces(sides=())
