"""A renderer that is made when it is needed: an imaging library is much to load for a command that draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cardprint.model import CardFaces, CardRequest, RenderTarget
from cardprint.plugin import CardRenderer

__all__ = ["LateRenderer"]


class LateRenderer(CardRenderer):
    """Stand for a renderer until it is asked for anything; whoever is about to print calls ``made`` first."""

    def __init__(self, make: Callable[[], CardRenderer]) -> None:
        self._make = make
        self._renderer: CardRenderer | None = None

    def made(self) -> CardRenderer:
        """Give the renderer; raises PluginError or ConfigurationError where it cannot be made."""
        if self._renderer is None:
            self._renderer = self._make()
        return self._renderer

    @property
    def digest(self) -> str:
        """Name the design and its version."""
        return self.made().digest

    @property
    def makes_faces(self) -> bool:
        """Say whether cards have faces at all."""
        return self.made().makes_faces

    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Make the faces."""
        return self.made().render(request, target)

    def check(self) -> Sequence[str]:
        """Tell of problems with the design."""
        return self.made().check()

    def sample(self) -> CardRequest:
        """Give a made-up request that shows the design."""
        return self.made().sample()

    def trials(self) -> Sequence[CardRequest]:
        """Give made-up requests that show the design at its limits."""
        return self.made().trials()
