"""What is drawn of a side before any request, rendered by resvg in a disposable child process."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from cardprint.errors import RenderError

__all__ = ["LARGEST_PX", "SECONDS", "render_markup"]

LARGEST_PX = 4096
"""Pixels of a face's side beyond which nothing is drawn."""
SECONDS = 20
"""How long a child may calculate; it is ended a little later whatever it does."""
_GRACE = 10.0


def render_markup(
    markup: bytes, size: tuple[int, int], family: str, fonts: Sequence[str], *, seconds: int = SECONDS
) -> Image.Image:
    """Render checked SVG, RGBA; RenderError where the child fails, dies or takes too long."""
    if not all(0 < length <= LARGEST_PX for length in size):
        raise _failed(f"the printer asks for faces of more than {LARGEST_PX} pixels")
    command = [sys.executable, "-I", str(Path(__file__).with_name("child.py")), str(seconds), family, *fonts]
    try:
        done = subprocess.run(command, input=markup, capture_output=True, timeout=seconds + _GRACE, check=False, env={})
    except subprocess.TimeoutExpired:
        raise _failed("it took too long") from None
    if done.returncode != 0:
        raise _failed(f"the child process ended with {done.returncode}")
    with Image.open(io.BytesIO(done.stdout), formats=("PNG",)) as opened:
        if opened.size != size:
            raise _failed("its size is wrong")
        return opened.convert("RGBA")


def _failed(why: str) -> RenderError:
    return RenderError(
        f"the design's background cannot be rendered: {why}; no blank was touched.",
        rule="x-design-failed",
        cure="Make the drawing simpler, then release the job.",
    )
