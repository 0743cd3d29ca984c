"""Faces of a card, and the one order a driver gets for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from cardprint.model.identifiers import AttemptId

__all__ = ["CardFaces", "CardOrder", "FaceFile", "RenderTarget"]


@attrs.frozen(kw_only=True)
class RenderTarget:
    """State what faces are made for."""

    width_px: int = 1011
    """Width in pixels."""
    height_px: int = 638
    """Height in pixels."""
    dpi: int = 300
    """Dots per inch."""
    sides: int = 1
    """1 or 2."""
    panels: str = "YMCKO"
    """Ribbon panels of the printer."""


@attrs.frozen(kw_only=True)
class CardFaces:
    """Hold the finished faces of one card, front first, as PNG files' bytes (RGB).

    ``black`` holds for each side the K panel as a 1-bit PNG, or is empty where the printer makes it.
    """

    sides: tuple[bytes, ...]
    """PNG, RGB, exactly the target's size."""
    black: tuple[bytes, ...] = ()
    """PNG, 1 bit, black resin where 0."""
    overlay: tuple[bytes, ...] = ()
    """PNG, 1 bit, overlay where 0 and none where 1, as over a chip; empty where it goes over the whole card."""
    warnings: tuple[str, ...] = ()
    """Keywords of what was done differently, for example ``x-plain-latin``."""
    code: str = ""
    """What a scanner reads from the card, where the faces hold a code; the station keeps a digest of it."""


@attrs.frozen(kw_only=True)
class FaceFile:
    """Name a face that lies in the spool folder."""

    path: Path
    """A file of mode 0600, named by its digest."""
    sha256: str
    """Hex digest of its bytes."""


@attrs.frozen(kw_only=True)
class CardOrder:
    """Order one card: all a driver gets."""

    attempt_id: AttemptId
    """The device's job name, where it has one."""
    sides: tuple[FaceFile, ...] = ()
    """The faces, front first; none where the simulation makes cards without faces."""
    black: tuple[FaceFile, ...] = ()
    """The K panels, where made."""
    overlay: tuple[FaceFile, ...] = ()
    """Where overlay goes, where not all over the card."""
    encoding: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    """What the chip or stripe is to hold, where the card has one."""
