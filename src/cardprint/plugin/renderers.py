"""The contract of a card renderer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from cardprint.model import CardFaces, CardRequest, RenderTarget

__all__ = ["CardRenderer"]


class CardRenderer(ABC):
    """Make the faces of a card; made as ``Renderer(settings, context)``."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Name the design and its version: faces are kept by (request revision, this, target)."""

    @property
    def makes_faces(self) -> bool:
        """Say whether cards have faces at all; where not, the renderer is asked for nothing. Default: they have."""
        return True

    @abstractmethod
    def render(self, request: CardRequest, target: RenderTarget) -> CardFaces:
        """Make the faces, exactly the target's size; the same input gives the same bytes.

        Raise RenderError, naming rule and field, for what cannot be made as the design asks.
        """

    def check(self) -> Sequence[str]:
        """Tell of problems with the design, one sentence each. Default: none."""
        return ()

    def sample(self) -> CardRequest:
        """Give a made-up request that shows the design. Default: an almost empty one."""
        return CardRequest(request_id="sample", subject_id="sample")

    def trials(self) -> Sequence[CardRequest]:
        """Give made-up requests that show the design at its limits; an id says what each shows. Default: the sample."""
        return (self.sample(),)
