"""One side of a card while it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
from PIL import Image, ImageDraw

from cardprint.builtin.portrait.background import Palette
from cardprint.builtin.portrait.code import code_image
from cardprint.builtin.portrait.fonts import FontStack
from cardprint.builtin.portrait.layout import Box, Layout
from cardprint.builtin.portrait.settings import FieldLine
from cardprint.builtin.portrait.text import Style, WrittenText, checked, fitted
from cardprint.errors import RenderError

__all__ = ["Face", "Writing"]

_BLACK = (0, 0, 0)
_WHITE = (255, 255, 255)
_LABEL, _VALUE, _LARGE, _SMALLEST = 18, 29, 36, 19
_GAP = 9
_SEPARATOR = ", "


@attrs.frozen(kw_only=True)
class Writing:
    """Hold what texts are written with."""

    regular: FontStack
    """For values and labels."""
    bold: FontStack
    """For what is large."""
    shaping: bool
    """Whether scripts that need it are shaped."""
    palette: Palette
    """The colours."""


@attrs.frozen(kw_only=True)
class _Value:
    line: FieldLine
    field: str
    text: str = attrs.field(repr=False)


class Face:
    """Draw on one side; raises RenderError for what cannot be written."""

    def __init__(self, ground: Image.Image, layout: Layout, writing: Writing) -> None:
        self.image = ground.copy()
        self._draw = ImageDraw.Draw(self.image)
        self._layout = layout
        self._writing = writing

    def write(
        self,
        text: str,
        box: Box,
        *,
        field: str,
        size: int,
        bold: bool = False,
        ink: tuple[int, int, int] = _BLACK,
        lines: int = 1,
        centred: bool = False,
    ) -> int:
        """Write a text of ours from the top of a box, and give the pixels it took."""
        stack = self._writing.bold if bold else self._writing.regular
        written = fitted(self._checked(text, field, stack), field, self._style(stack, size, lines), box.width)
        self._put(written, box, ink, centred=centred)
        return written.height

    def rows(self, lines: Sequence[FieldLine], values: Mapping[str, str], box: Box, beside: Box) -> None:
        """Write lines under each other, those of half width in pairs, leaving ``beside`` free."""
        top = box.top
        gap = self._layout.px(_GAP)
        for row in _paired([value for line in lines if (value := self._value(line, values))]):
            top = self._row(row, attrs.evolve(box, top=top), beside) + gap

    def picture(self, picture: Image.Image, box: Box) -> None:
        """Place a portrait with a fine frame."""
        self.image.paste(picture, (box.left, box.top), _rounded(box.size, self._layout.px(12)))
        frame = attrs.evolve(box, left=box.left - 1, top=box.top - 1, right=box.right + 1, bottom=box.bottom + 1)
        self._draw.rounded_rectangle(
            frame.corners,
            radius=self._layout.px(13),
            outline=self._writing.palette.strong,
            width=self._layout.px(3),
        )

    def code(self, code: str, box: Box, module_px: int) -> None:
        """Place a code."""
        self._draw.rounded_rectangle(box.corners, radius=self._layout.px(10), fill=_WHITE)
        drawn = code_image(code, module_px)
        # The quiet zone's corners are left to the rounded ground.
        quiet = 2 * module_px
        inner = drawn.crop((quiet, quiet, drawn.width - quiet, drawn.height - quiet))
        self.image.paste(inner, (box.left + quiet, box.top + quiet))

    def _row(self, row: Sequence[_Value], box: Box, beside: Box) -> int:
        """Write one row and give where it ends."""
        placed = list(self._placed(row, box))
        if box.right > beside.left and _bottom(placed) > beside.top - self._layout.px(6):
            placed = list(self._placed(row, attrs.evolve(box, right=beside.left - self._layout.px(20))))
        bottom = _bottom(placed)
        if bottom > box.bottom:
            raise RenderError(
                f"{row[0].field} does not fit on the card; no blank was touched.",
                rule="x-text-does-not-fit",
                field=row[0].field,
                cure="Correct the record at its source, or change the design.",
            )
        for cell, label, text in placed:
            self._put(label, cell, self._writing.palette.strong)
            self._put(text, attrs.evolve(cell, top=cell.top + label.height), _BLACK)
        return bottom

    def _placed(self, row: Sequence[_Value], box: Box) -> Iterator[tuple[Box, WrittenText, WrittenText]]:
        """Fit a row's values into equal parts of a box's width."""
        gap = self._layout.px(20)
        halves = 2 if row[0].line.half else 1
        width = (box.width - gap * (halves - 1)) // halves
        for number, value in enumerate(row):
            stack = self._writing.bold if value.line.large else self._writing.regular
            text = fitted(value.text, value.field, self._style(stack, _LARGE if value.line.large else _VALUE, 2), width)
            label = self._label(value.line.label, width)
            left = box.left + number * (width + gap)
            yield Box(left, box.top, left + width, box.top + label.height + text.height), label, text

    def _label(self, label: str, width: int) -> WrittenText:
        stack = self._writing.regular
        style = Style(stack=stack, size=self._layout.px(_LABEL), smallest=self._layout.px(_LABEL * 0.6), lines=1)
        return fitted(self._checked(label, "label", stack), "label", style, width)

    def _value(self, line: FieldLine, values: Mapping[str, str]) -> _Value | None:
        """Give what a line shows, None where it has nothing to show."""
        stack = self._writing.bold if line.large else self._writing.regular
        parts = {name: self._checked(values.get(name, ""), name, stack) for name in line.fields}
        there = {name: part for name, part in parts.items() if part}
        if there:
            return _Value(line=line, field=_SEPARATOR.join(there), text=_SEPARATOR.join(there.values()))
        if line.required:
            field = line.fields[0]
            raise RenderError(
                f"the request has no {field}; no blank was touched.",
                rule="x-field-missing",
                field=field,
                cure="Correct the record at its source.",
            )
        return None

    def _checked(self, text: str, field: str, stack: FontStack) -> str:
        return checked(text, field, stack, shaping=self._writing.shaping)

    def _style(self, stack: FontStack, size: int, lines: int) -> Style:
        px = self._layout.px
        return Style(stack=stack, size=px(size), smallest=min(px(size), px(_SMALLEST)), lines=lines)

    def _put(self, written: WrittenText, box: Box, ink: tuple[int, int, int], *, centred: bool = False) -> None:
        for number, text in enumerate(written.lines):
            left = box.left + (box.width / 2 if centred else 0)
            baseline = box.top + number * written.pitch + written.ascent
            self._draw.text((left, baseline), text, font=written.font, fill=ink, anchor="ms" if centred else "ls")


def _bottom(placed: Sequence[tuple[Box, WrittenText, WrittenText]]) -> int:
    return max(cell.bottom for cell, _, _ in placed)


def _paired(values: Sequence[_Value]) -> Iterator[tuple[_Value, ...]]:
    """Give rows: a line alone, or two of half width that follow each other."""
    waiting: tuple[_Value, ...] = ()
    for value in values:
        row = (*waiting, value)
        waiting = ()
        if not value.line.half:
            yield from ((value,) for value in row)
        elif len(row) == 1:
            waiting = row
        else:
            yield row
    if waiting:
        yield waiting


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """Give a mask with rounded corners."""
    finer = 4
    mask = Image.new("L", (size[0] * finer, size[1] * finer))
    corner = (mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *corner), radius=radius * finer, fill=255)
    return mask.resize(size, Image.Resampling.BOX)
