"""The faces of an order: read and verified before the printer is told anything."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

from PIL import Image, UnidentifiedImageError

from cardprint.errors import DriverError
from cardprint.model import CardFate, CardOrder, FaceFile

__all__ = ["read_faces"]


def read_faces(order: CardOrder, size: tuple[int, int], sides: int) -> list[Image.Image]:
    """Give the faces, front first, RGB; raise DriverError, NOT_FED, for an order that cannot be printed here."""
    if order.encoding:
        raise _refusal("The card is to be encoded, and IPP has no words for that", "x-no-encoder", permanent=True)
    if not 1 <= len(order.sides) <= sides:
        raise _refusal(
            f"The order has {len(order.sides)} sides, and the printer prints {sides}", "x-sides", permanent=True
        )
    return list(_faces(order, size))


def _faces(order: CardOrder, size: tuple[int, int]) -> Iterator[Image.Image]:
    for number, side in enumerate(order.sides):
        face = _image(side, "RGB", size)
        if number < len(order.black):
            # One picture for each side is all that IPP has: what was for the black panel is black in it.
            black = _image(order.black[number], "L", size)
            face.paste((0, 0, 0), mask=black.point(lambda level: 0 if level else 255))
        yield face


def _image(file: FaceFile, mode: str, size: tuple[int, int]) -> Image.Image:
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise _refusal(f"A face cannot be read ({type(error).__name__})", "x-face-unreadable") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise _refusal("A face is not the file that was ordered", "x-face-altered")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            found = image.size
            picture = image.convert(mode) if found == size else None
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refusal("A face is no PNG picture", "x-face-unreadable", permanent=True) from error
    if picture is None:
        raise _refusal(
            f"A face has {found[0]} x {found[1]} px, and the card {size[0]} x {size[1]}", "x-face-size", permanent=True
        )
    return picture


def _refusal(problem: str, reason: str, *, permanent: bool = False) -> DriverError:
    return DriverError(
        f"{problem}; no blank was touched.", fate=CardFate.NOT_FED, reasons=(reason,), permanent=permanent
    )
