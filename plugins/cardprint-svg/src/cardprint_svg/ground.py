"""What is the same on all cards of a design, rendered once for a size and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict

from PIL import Image

from cardprint_svg.background import render_markup
from cardprint_svg.design import Design
from cardprint_svg.fonts import Fonts

__all__ = ["Grounds"]

_KEPT = 12
"""Pictures that are kept: two sides with two panels each for two resolutions."""
_HALF = [255 if level >= 128 else 0 for level in range(256)]  # noqa: PLR2004
_Key = tuple[int, str, tuple[int, int]]


class Grounds:
    """Keep the backgrounds of a design's sides; safe for several threads."""

    def __init__(self, design: Design, fonts: Fonts) -> None:
        self._design = design
        self._fonts = fonts
        self._kept: OrderedDict[_Key, Image.Image] = OrderedDict()
        self._lock = threading.Lock()

    def colours(self, number: int, size: tuple[int, int]) -> Image.Image:
        """Give a side's background on white, RGB; to be copied before it is drawn on."""
        return self._get(number, "", size)

    def panel(self, number: int, panel: str, size: tuple[int, int]) -> Image.Image:
        """Give what a side's layers of a panel cover, "L" of 0 and 255; to be copied before it is drawn on."""
        if panel not in self._design.sides[number].panels:
            return Image.new("L", size, 0)
        return self._get(number, panel, size)

    def _get(self, number: int, panel: str, size: tuple[int, int]) -> Image.Image:
        key = (number, panel, size)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._made(number, panel, size)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _made(self, number: int, panel: str, size: tuple[int, int]) -> Image.Image:
        markup = self._design.sides[number].markup(*size, panel)
        picture = render_markup(markup, size, self._fonts.regular[0].family, self._fonts.files)
        if panel:
            return picture.getchannel("A").point(_HALF)
        ground = Image.new("RGB", size, "white")
        ground.paste(picture, mask=picture)
        return ground
