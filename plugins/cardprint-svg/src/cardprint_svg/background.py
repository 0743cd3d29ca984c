"""The ground of a side, rendered by resvg in a disposable child process."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image

from cardprint.errors import RenderError
from cardprint_svg.markup import Drawing

__all__ = ["LARGEST_PX", "render_background"]

LARGEST_PX = 4096
"""Pixels of a face's side beyond which nothing is drawn."""
_DEADLINE = 30.0


def render_background(drawing: Drawing, size: tuple[int, int], family: str, fonts: tuple[str, ...]) -> Image.Image:
    """Render a checked drawing on white; RenderError where the child fails, dies or takes too long."""
    if not all(0 < length <= LARGEST_PX for length in size):
        raise _failed("the printer asks for faces of more than 4096 pixels")
    command = [sys.executable, "-I", str(Path(__file__).with_name("child.py")), family, *dict.fromkeys(fonts)]
    try:
        done = subprocess.run(command, input=drawing.markup(*size), capture_output=True, timeout=_DEADLINE, check=False)
    except subprocess.TimeoutExpired:
        raise _failed("it took too long") from None
    if done.returncode != 0:
        raise _failed(f"the child process ended with {done.returncode}")
    with Image.open(io.BytesIO(done.stdout), formats=("PNG",)) as opened:
        if opened.size != size:
            raise _failed("its size is wrong")
        picture = opened.convert("RGBA")
    ground = Image.new("RGBA", size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def _failed(why: str) -> RenderError:
    return RenderError(
        f"the design's background cannot be rendered: {why}; no blank was touched.",
        rule="x-design-failed",
        cure="Make the drawing simpler, then release the job.",
    )
