"""A sheet of a design's made-up cards, to be looked at in one glance."""

from __future__ import annotations

import io
import textwrap

from PIL import Image, ImageDraw, ImageFont

from cardprint.engine.faces import rendered
from cardprint.errors import RenderError
from cardprint.model.cards import RenderTarget
from cardprint.plugin import CardRenderer

__all__ = ["sheet_of"]

_CARD = (674, 425)
"""A card on the sheet, in pixels: two thirds of what a printer of 300 dpi gets."""
_GAP, _LABEL, _COLUMNS = 30, 34, 2
_TABLE, _INK, _REFUSED = (120, 124, 128), "white", (250, 232, 228)


def sheet_of(renderer: CardRenderer) -> bytes:
    """Draw the trials of a renderer as PNG, two columns of a card's sides; one that is refused says why."""
    cells: list[tuple[str, Image.Image]] = []
    for request in renderer.trials():
        try:
            sides = rendered(renderer, request, RenderTarget(sides=2)).sides
        except RenderError as error:
            cells.append((request.request_id, _refusal(error.message)))
        else:
            cells += [(request.request_id, _shown(side)) for side in sides]
    rows = -(-len(cells) // _COLUMNS)
    width = _COLUMNS * (_CARD[0] + _GAP) + _GAP
    sheet = Image.new("RGB", (width, rows * (_CARD[1] + _LABEL + _GAP) + _GAP), _TABLE)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(22)
    for number, (label, picture) in enumerate(cells):
        left = _GAP + number % _COLUMNS * (_CARD[0] + _GAP)
        top = _GAP + number // _COLUMNS * (_CARD[1] + _LABEL + _GAP)
        draw.text((left, top), label, font=font, fill=_INK)
        sheet.paste(picture, (left, top + _LABEL))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _shown(side: bytes) -> Image.Image:
    with Image.open(io.BytesIO(side)) as picture:
        return picture.convert("RGB").resize(_CARD, Image.Resampling.LANCZOS)


def _refusal(message: str) -> Image.Image:
    card = Image.new("RGB", _CARD, _REFUSED)
    text = "\n".join(textwrap.wrap(message, 52))
    ImageDraw.Draw(card).text((_GAP, _GAP), text, font=ImageFont.load_default(22), fill="black")
    return card
