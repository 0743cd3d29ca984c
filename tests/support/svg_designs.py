"""Renderers of SVG designs, photos as a station keeps them, and faces as pictures."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from cardprint.plugin import PluginContext
from cardprint.simulation.clock import VirtualClock
from cardprint_svg.renderer import SvgRenderer
from cardprint_svg.settings import SvgSettings

__all__ = ["NS", "keep", "opened", "renderer"]

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 85.6 54"'


def keep(folder: Path, picture: Image.Image, kind: str = "JPEG", **more: object) -> str:
    """Keep a photo in a folder under its digest, and give that."""
    out = io.BytesIO()
    picture.save(out, kind, **more)
    name = hashlib.sha256(out.getvalue()).hexdigest()
    (folder / name).write_bytes(out.getvalue())
    return name


def renderer(folder: Path, design: str, fonts: tuple[str, ...] = ()) -> SvgRenderer:
    """Make the renderer of a design, with photos and designs in a folder."""
    context = PluginContext(name="svg", clock=VirtualClock(), folder=folder, photos=folder)
    return SvgRenderer(SvgSettings(design=design, fonts=fonts), context)


def opened(data: bytes) -> Image.Image:
    """Open a face."""
    return Image.open(io.BytesIO(data))
