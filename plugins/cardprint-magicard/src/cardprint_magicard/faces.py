"""The files of an order as pictures, checked before the printer hears of them."""

from __future__ import annotations

import hashlib
import io

from PIL import Image, UnidentifiedImageError

from cardprint.errors import DriverError
from cardprint.model import CardFate, CardOrder, FaceFile
from cardprint_magicard.model import Model

__all__ = ["read_faces"]


def read_faces(order: CardOrder, model: Model, *, sides: int) -> list[tuple[Image.Image, Image.Image | None]]:
    """Give each side's face, RGB, and its resin where the order has that; raise DriverError (NOT_FED)."""
    if not 1 <= len(order.sides) <= sides:
        raise _refusal(f"an order has {len(order.sides)} sides; it prints 1 to {sides}", "x-sides", permanent=True)
    if order.black and len(order.black) != len(order.sides):
        raise _refusal("an order has not as many resin panels as sides", "x-sides", permanent=True)
    faces = [_picture(side, model).convert("RGB") for side in order.sides]
    resins: list[Image.Image | None] = [
        _picture(black, model).convert("1", dither=Image.Dither.NONE) for black in order.black
    ]
    return list(zip(faces, resins or [None for _ in faces], strict=True))


def _picture(file: FaceFile, model: Model) -> Image.Image:
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise _refusal(f"a face cannot be read: {error.strerror}", "x-face-unreadable") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise _refusal("a face is not what was ordered", "x-face-altered")
    try:
        picture = Image.open(io.BytesIO(content), formats=("PNG",))
        if picture.size != (model.width_px, model.height_px):
            wanted = f"{model.width_px} x {model.height_px} px"
            raise _refusal(f"a face is not of {wanted}", "x-face-size", permanent=True)
        picture.load()
    # Pillow's own for a file that begins as a PNG and does not go on as one.
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise _refusal("a face is no PNG", "x-face-unreadable", permanent=True) from error
    return picture


def _refusal(problem: str, reason: str, *, permanent: bool = False) -> DriverError:
    return DriverError(
        f"The Magicard printer was sent nothing: {problem}.",
        fate=CardFate.NOT_FED,
        reasons=(reason,),
        permanent=permanent,
    )
