"""The whole card as one SVG, data escaped: what tests and benchmarks hold our faces against."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image, ImageChops, ImageStat

from cardprint.model import CardRequest, RenderTarget
from cardprint_svg.background import render_markup
from cardprint_svg.places import Put
from cardprint_svg.renderer import SvgRenderer

__all__ = ["difference", "difference_picture", "rendered_whole", "whole_svg"]

_SVG = "{http://www.w3.org/2000/svg}"
_BRIGHTER = 8


def whole_svg(
    renderer: SvgRenderer, number: int, request: CardRequest, target: RenderTarget, *, photos: Path | None = None
) -> bytes:
    """Give a side as one SVG of the target's size in pixels, its fields included; no letter of a field is markup.

    Font sizes, line breaks and baselines are those that the renderer chose; shaping, pictures and ink are resvg's.
    With ``photos`` a photo is the file of that folder as it is, scaled by whoever draws; else as our faces have it.
    """
    drawing = renderer.design.sides[number]
    root = drawing.document(target.width_px, target.height_px)
    left, top, width, height = (float(part) for part in root.get("viewBox", "").split())
    scale = f"scale({width / target.width_px} {height / target.height_px})"
    over = ET.SubElement(root, f"{_SVG}g", {"transform": f"translate({left} {top}) {scale}"})
    for put in renderer.puts(number, request, target):
        _add(over, put, photos)
    return ET.tostring(root)


def _add(over: ET.Element, put: Put, photos: Path | None) -> None:
    left, top, right, bottom = put.box
    place = {"x": str(left), "y": str(top), "width": str(right - left), "height": str(bottom - top)}
    if put.field.type == "blank":
        ET.SubElement(over, f"{_SVG}rect", {**place, "fill": "#ffffff"})
    elif put.writing is not None:
        face = put.writing.face
        style = {"font-family": face.family, "font-size": str(put.writing.points), "fill": put.field.colour}
        style["font-weight"] = "700" if put.field.bold else "400"
        for line in put.writing.lines:
            start = {"x": str(left + line.x), "y": str(top + line.y)}
            ET.SubElement(over, f"{_SVG}text", {**start, **style}).text = line.text
    elif put.picture is not None:
        picture = put.picture
        if put.field.type == "signature" and put.mask is not None:
            picture = Image.new("RGB", picture.size, put.field.colour)
            picture.putalpha(put.mask)
        out = io.BytesIO()
        picture.save(out, "PNG")
        kind, data, how = "png", out.getvalue(), "none"
        if photos is not None and put.field.type == "photo":
            kind, data, how = "jpeg", (photos / put.value).read_bytes(), "xMidYMid slice"
        href = {"href": f"data:image/{kind};base64,{base64.b64encode(data).decode()}", "preserveAspectRatio": how}
        ET.SubElement(over, f"{_SVG}image", {**place, **href})


def rendered_whole(renderer: SvgRenderer, number: int, request: CardRequest, target: RenderTarget) -> Image.Image:
    """Have resvg draw a whole side, RGB."""
    size = (target.width_px, target.height_px)
    fonts = renderer.fonts
    picture = render_markup(whole_svg(renderer, number, request, target), size, fonts.regular[0].family, fonts.files)
    ground = Image.new("RGB", size, "white")
    ground.paste(picture, mask=picture)
    return ground


def difference(one: Image.Image, other: Image.Image) -> float:
    """Give the mean difference of two pictures' channels, 0 to 255."""
    means: Sequence[float] = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def difference_picture(one: Image.Image, other: Image.Image) -> Image.Image:
    """Show two pictures and what differs, eight times as bright, below one another."""
    apart = ImageChops.difference(one, other).point(lambda level: min(255, level * _BRIGHTER))
    sheet = Image.new("RGB", (one.width, 3 * one.height))
    for place, picture in enumerate((one, other, apart)):
        sheet.paste(picture, (0, place * one.height))
    return sheet
