"""A portrait photo, read with care: it was made by somebody else."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image, ImageOps

from cardprint.errors import RenderError

__all__ = ["portrait"]

_FIELD = "photo"
_FORMATS = ("JPEG", "PNG")
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"})
_BYTES = 32 << 20


def portrait(folder: Path, digest: str, size: tuple[int, int], *, pixels: int) -> Image.Image:
    """Give a photo, cut around its centre to ``size``, RGB.

    Raise RenderError: ``x-photo-missing`` where there is none, ``x-photo-unreadable`` for a file that is no JPEG or
    PNG, is cut short, has more than ``pixels`` pixels, or is not what it is named by.
    """
    if not digest:
        raise RenderError(
            "the request has no photo; no blank was touched.",
            rule="x-photo-missing",
            field=_FIELD,
            cure="Import the request again with its photo.",
        )
    content = _content(folder / digest)
    if hashlib.sha256(content).hexdigest() != digest:
        raise _unreadable("is not what was imported")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            _check_size(opened, pixels)
            # A JPEG of many pixels is read at a half, a quarter or an eighth; twice the size keeps it sharp.
            opened.draft("RGB", (2 * max(size), 2 * max(size)))
            upright = ImageOps.exif_transpose(opened)
            return ImageOps.fit(_opaque(upright), size, Image.Resampling.LANCZOS, centering=(0.5, 0.5))
    except RenderError:
        raise
    except Exception as error:
        # Decoders raise errors of many kinds on a hostile file, warnings of bombs among them.
        raise _unreadable("is no JPEG or PNG that can be read to its end") from error


def _check_size(opened: Image.Image, pixels: int) -> None:
    if opened.width * opened.height > pixels:
        raise _unreadable(f"has more than {pixels} pixels")
    if opened.mode not in _MODES:
        raise _unreadable("has pixels of an unusual kind")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            content = stream.read(_BYTES + 1)
    except FileNotFoundError:
        raise RenderError(
            "the photo's file is not in the station's folder of photos; no blank was touched.",
            rule="x-photo-missing",
            field=_FIELD,
            cure="Import the request again with its photo.",
        ) from None
    except OSError as error:
        raise _unreadable(f"cannot be read: {error.strerror}") from error
    if len(content) > _BYTES:
        raise _unreadable(f"has more than {_BYTES} bytes")
    return content


def _opaque(image: Image.Image) -> Image.Image:
    """Lay a photo with transparency on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    ground.alpha_composite(layer)
    return ground.convert("RGB")


def _unreadable(problem: str) -> RenderError:
    return RenderError(
        f"the photo {problem}; no blank was touched.",
        rule="x-photo-unreadable",
        field=_FIELD,
        cure="Replace the photo with a JPEG or PNG and import the request again.",
    )
