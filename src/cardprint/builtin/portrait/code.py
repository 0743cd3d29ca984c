"""The code on a card, by which a scanner knows it again."""

from __future__ import annotations

import base64
import hashlib

import segno
from PIL import Image

__all__ = ["MODULES", "card_code", "code_image"]

_BYTES = 10
_QUIET = 4
_VERSION = 1
MODULES = 21 + 2 * _QUIET
"""Modules across a code, its quiet zone of four on each side included (ISO/IEC 18004)."""


def card_code(request_id: str) -> str:
    """Give the 16 letters and digits that a request's card carries: the first 80 bits of its id's SHA-256.

    They say nothing about the person; only who knows the request's id can tell whose card it is.
    """
    return base64.b32encode(hashlib.sha256(request_id.encode("utf-8", "surrogatepass")).digest()[:_BYTES]).decode()


def code_image(code: str, module_px: int) -> Image.Image:
    """Draw a QR code of version 1, level M, with its quiet zone, ``MODULES`` times ``module_px`` pixels wide."""
    drawn = segno.make_qr(code, version=_VERSION, error="m", boost_error=False)
    rows = drawn.matrix_iter(border=_QUIET)
    small = Image.new("L", (MODULES, MODULES))
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    return small.resize((MODULES * module_px, MODULES * module_px), Image.Resampling.NEAREST)
