"""Codes: drawn module by module, and read back from the finished side."""

from __future__ import annotations

from collections.abc import Mapping

import zxingcpp
from PIL import Image

from cardprint.errors import RenderError

__all__ = ["KINDS", "draw_code", "read_back"]

KINDS = {"qr": "QRCode", "pdf417": "PDF417", "code128": "Code128"}
_QUIET = {"qr": 4, "pdf417": 2, "code128": 10}
_SMALLEST_PX = 3
_SHAPES = {"pdf417": tuple({"columns": columns} for columns in range(1, 16))}
"""How a kind of code may be laid out otherwise."""


def draw_code(kind: str, text: str, size: tuple[int, int], *, field: str) -> Image.Image:
    """Draw a code with its quiet zone, as large as whole modules of a place of a size in pixels allow ("L").

    A PDF417 takes the number of columns that lets its modules be largest. Raises RenderError where a text fits no such
    code, and where its modules would be under 3 px.
    """
    shapes = [each for options in _SHAPES.get(kind, ({},)) if (each := _modules(kind, text, options)) is not None]
    if not shapes:
        raise RenderError(
            f"the field {field!r} cannot be put into a code of kind {kind}; no blank was touched.",
            rule="x-code-impossible",
            field=field,
            cure="Shorten it at the source, or choose another kind of code in the design.",
        )
    modules = max(shapes, key=lambda each: _scale(kind, each, size))
    scale = _scale(kind, modules, size)
    if scale < _SMALLEST_PX:
        raise RenderError(
            f"the code of the field {field!r} has modules under {_SMALLEST_PX} px; no blank was touched.",
            rule="x-code-too-fine",
            field=field,
            cure="Give it a larger place in the design, or less to say.",
        )
    tall = size[1] if kind == "code128" else modules.height * scale
    drawn = modules.resize((modules.width * scale, tall), Image.Resampling.NEAREST)
    quiet = _QUIET[kind] * scale
    ground = Image.new("L", (drawn.width + 2 * quiet, min(size[1], drawn.height + 2 * quiet)), 255)
    ground.paste(drawn, (quiet, (ground.height - drawn.height) // 2))
    return ground


def _modules(kind: str, text: str, options: Mapping[str, int]) -> Image.Image | None:
    """Give a code with one pixel a module and without its quiet zone; None where the text does not go into it."""
    try:
        code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, KINDS[kind]), **options)
        raw = code.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    except (ValueError, RuntimeError):
        return None
    modules = Image.frombytes("L", (raw.shape[1], raw.shape[0]), bytes(memoryview(raw)))  # type: ignore[arg-type]  # it has the buffer protocol
    return modules.crop((0, 0, modules.width, 1)) if kind == "code128" else modules


def _scale(kind: str, modules: Image.Image, size: tuple[int, int]) -> int:
    """Give the pixels that a module may have."""
    quiet = _QUIET[kind]
    high = 1 if kind == "code128" else modules.height + 2 * quiet
    return min(size[0] // (modules.width + 2 * quiet), size[1] // high)


def read_back(side: Image.Image, box: tuple[int, int, int, int], kind: str, text: str, *, field: str) -> None:
    """Read a code from a finished side; RenderError where a scanner would read something else, or nothing."""
    wanted = getattr(zxingcpp.BarcodeFormat, KINDS[kind])
    found = zxingcpp.read_barcodes(side.crop(box).convert("L"), formats=wanted)
    if [code.text for code in found] != [text]:
        raise RenderError(
            f"the code of the field {field!r} does not read back as what it should say; no blank was touched.",
            rule="x-code-unreadable",
            field=field,
            cure="Keep its place in the design clear of everything else.",
        )
