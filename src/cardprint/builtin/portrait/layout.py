"""Where things stand on a card, in units of a 1,011th of its width (0.0847 mm)."""

from __future__ import annotations

import attrs

from cardprint.builtin.portrait.code import MODULES
from cardprint.errors import RenderError
from cardprint.model import RenderTarget

__all__ = ["Box", "Layout"]

_WIDTH = 1011
_LEAST_MODULE_PX = 3
_PROPORTIONS = (1.5, 1.7)

MARGIN = 38
BAND = 100
BACK_BAND = 46
TOP_GAP = 26
PHOTO = (276, 368)
COLUMN_GAP = 34
CODE_MODULE = 6
BACK_CODE_MODULE = 7


@attrs.frozen
class Box:
    """Hold a rectangle in pixels."""

    left: int
    """Its left edge."""
    top: int
    """Its upper edge."""
    right: int
    """The column after its last."""
    bottom: int
    """The row after its last."""

    @property
    def width(self) -> int:
        """Give its width."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Give its height."""
        return self.bottom - self.top

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height."""
        return self.width, self.height

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Give the corners as Pillow's drawing takes them, both included."""
        return self.left, self.top, self.right - 1, self.bottom - 1


@attrs.frozen
class Layout:
    """Place things on a card of a target's size."""

    size: tuple[int, int]
    """Width and height of the card in pixels."""

    @classmethod
    def of(cls, target: RenderTarget) -> Layout:
        """Make the layout; raise RenderError ``x-target-unsupported`` for what is no card lying on its long side."""
        layout = cls((target.width_px, target.height_px))
        low, high = _PROPORTIONS
        fits = target.height_px > 0 and low <= target.width_px / target.height_px <= high
        if not fits or layout.px(CODE_MODULE) < _LEAST_MODULE_PX:
            raise RenderError(
                f"this design cannot be drawn at {target.width_px} x {target.height_px} px; no blank was touched.",
                rule="x-target-unsupported",
                cure="Use a printer with faces of ID-1 proportions at 150 dpi or more, or another renderer.",
            )
        return layout

    def px(self, units: float) -> int:
        """Give units as pixels, at least one."""
        return max(1, round(units * self.size[0] / _WIDTH))

    def band(self, *, back: bool) -> Box:
        """Give the coloured band at the top."""
        return Box(0, 0, self.size[0], self.px(BACK_BAND if back else BAND))

    def photo(self) -> Box:
        """Give the portrait's place: 3 to 4."""
        left, top = self.px(MARGIN), self.px(BAND + TOP_GAP)
        return Box(left, top, left + self.px(PHOTO[0]), top + self.px(PHOTO[1]))

    def code(self, *, back: bool) -> Box:
        """Give the code's place at the right, a whole number of pixels for each module."""
        side = self.module(back=back) * MODULES
        right = self.size[0] - self.px(MARGIN)
        bottom = self.px(BACK_BAND + TOP_GAP) + side if back else self.size[1] - self.px(MARGIN - 8)
        return Box(right - side, bottom - side, right, bottom)

    def module(self, *, back: bool) -> int:
        """Give the pixels of one module of the code."""
        return self.px(BACK_CODE_MODULE if back else CODE_MODULE)

    def column(self, *, back: bool) -> Box:
        """Give the place of the lines; where the code stands beside them they are narrower."""
        if back:
            return Box(
                self.px(MARGIN + 4),
                self.px(BACK_BAND + TOP_GAP),
                self.code(back=True).left - self.px(COLUMN_GAP),
                self.notice().top - self.px(12),
            )
        photo = self.photo()
        left = photo.right + self.px(COLUMN_GAP)
        return Box(left, photo.top - self.px(4), self.size[0] - self.px(MARGIN), self.size[1] - self.px(18))

    def under_photo(self) -> Box:
        """Give the place below the portrait."""
        photo = self.photo()
        return Box(photo.left, photo.bottom + self.px(14), photo.right, self.size[1] - self.px(18))

    def notice(self) -> Box:
        """Give the place of the notice at the foot of the back."""
        margin = self.px(MARGIN + 4)
        return Box(margin, self.size[1] - self.px(92), self.size[0] - margin, self.size[1] - self.px(20))
