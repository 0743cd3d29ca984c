"""What a fuzzer feeds to the SVG renderer, and what must hold whatever it feeds."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import attrs
from PIL import Image

from cardprint.errors import ConfigurationError, RenderError
from cardprint.model import RenderTarget
from cardprint_svg.background import render_markup
from cardprint_svg.design import read_design
from cardprint_svg.markup import read_drawing
from cardprint_svg.photo import open_photo
from cardprint_svg.renderer import SvgRenderer
from support.svg_designs import renderer

__all__ = ["TARGETS", "WORDS", "seeds"]

_DESIGNS = Path(__file__).parents[2] / "plugins/cardprint-svg/src/cardprint_svg/designs"
_FIELDS = frozenset({"name", "photo", "code"})
_KEYWORD = re.compile(r"x-[a-z0-9-]+")
_URL = re.compile(r"url\s*\(\s*['\"]?(.)", re.IGNORECASE)
_made: dict[Path, SvgRenderer] = {}


def _drawing(folder: Path, data: bytes) -> None:
    """Refuse a drawing with a cure, or give one that refers to nothing outside."""
    try:
        drawing = read_drawing("front.svg", data, _FIELDS)
    except ConfigurationError as error:
        if not error.cure:
            raise AssertionError from error
        return
    for element in ET.fromstring(drawing.markup(100, 63)).iter():  # noqa: S314 - it is what was let through
        for key, value in element.attrib.items():
            if (key.rpartition("}")[2] == "href" and value[:1] != "#") or any(
                begun != "#" for begun in _URL.findall(value)
            ):
                raise AssertionError(value)


def _drawn(folder: Path, data: bytes) -> None:
    """Draw what is not refused, in a child: a picture or an error, and the process is alive."""
    try:
        drawing = read_drawing("front.svg", data, _FIELDS)
        for panel in ("", "K", "O"):
            if render_markup(drawing.markup(100, 63, panel), (100, 63), "Noto Sans", ()).size != (100, 63):
                raise AssertionError
    except (ConfigurationError, RenderError) as error:
        if not error.cure:
            raise AssertionError from error


def _design(folder: Path, data: bytes) -> None:
    design = folder / "own"
    design.mkdir(exist_ok=True)
    (design / "design.toml").write_bytes(data)
    (design / "front.svg").write_bytes((_DESIGNS / "plain" / "front.svg").read_bytes())
    try:
        read_design("own", folder)
    except ConfigurationError as error:
        if not error.cure:
            raise AssertionError from error


def _text(folder: Path, data: bytes) -> None:
    """Write any text, or refuse it under a keyword and without saying it."""
    made = _made.setdefault(folder, renderer(folder, "plain"))
    text = data.decode("utf-8", "surrogatepass") if _whole(data) else data.decode("utf-8", "replace")
    try:
        made.render(attrs.evolve(made.sample(), fields={"name": text}), RenderTarget())
    except RenderError as error:
        if not _KEYWORD.fullmatch(error.rule) or (len(text) > 40 and text in str(error)):
            raise AssertionError from error


def _whole(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _photo(folder: Path, data: bytes) -> None:
    path = folder / "photo"
    path.write_bytes(data)
    try:
        if open_photo(path, (26, 34), field="photo").size != (26, 34):
            raise AssertionError
    except RenderError as error:
        if not _KEYWORD.fullmatch(error.rule):
            raise AssertionError from error


TARGETS: Mapping[str, Callable[[Path, bytes], None]] = {
    "drawing": _drawing,
    "drawn": _drawn,
    "design": _design,
    "text": _text,
    "photo": _photo,
}
"""What is fuzzed, by name."""

_MARKUP = (
    *("<g>", "</g>", "<rect ", "/>", "<use ", 'href="', 'xlink:href="', 'id="', 'id="name"', 'data-field="name"'),
    *("url(#a)", "url(", 'style="', 'transform="', 'viewBox="', "<text>", "<svg ", "<image ", "<!DOCTYPE", "<!--"),
    *(
        "<![CDATA[",
        "&amp;",
        "&a;",
        'data-panel="K"',
        'data-panel="O"',
        "1e9",
        "1e-9",
        "%",
        "xmlns:x=",
        "<linearGradient ",
    ),
    *("<clipPath ", 'clip-path="url(#a)"', "d=", "M0 0", "a1 1 0 0 1 9 9", "stroke-dasharray=", "font-size="),
)
WORDS: Mapping[str, tuple[str, ...]] = {
    "drawing": _MARKUP,
    "drawn": _MARKUP,
    "design": (
        "[fields.",
        "]",
        '= "',
        "type",
        "qr",
        "photo",
        "sides",
        "size",
        "lines",
        "true",
        "1e999",
        "nan",
        "inf",
        "{",
        "}",
    ),
    "text": (
        "\u202e",
        "\u200d",
        "\u0301",
        "\u0627",
        "\u05d0",
        "\ufeff",
        "\ufe0f",
        "\u0e33",
        "\u0915\u094d",
        "&lt;",
        " ",
    ),
    "photo": ("JFIF", "Exif", "ICC_PROFILE", "IHDR", "iCCP", "IDAT", "RIFF", "WEBP", "jP  ", "ihdr"),
}
"""Words that a fuzzer puts in, by target."""


def seeds(name: str) -> Iterator[bytes]:
    """Give sound input to begin with."""
    if name in {"drawing", "drawn"}:
        for path in sorted(_DESIGNS.glob("*/*.svg")):
            data = path.read_bytes()
            # Without the guilloche, of which one line is as good as all.
            yield re.sub(rb"(?s)<path d=\"M-1.0.*?/>", b"", data)
    elif name == "design":
        for path in sorted(_DESIGNS.glob("*/design.toml")):
            yield path.read_bytes()
    elif name == "text":
        for text in ("Nobody Sample", "لا أحد", "Ngọc Åsa", "कोई नहीं", "a\u200db", "</text>"):
            yield text.encode()
    else:
        picture = Image.new("RGB", (52, 68), "#9fb6c8")
        for kind in ("JPEG", "PNG", "WEBP", "JPEG2000"):
            out = io.BytesIO()
            picture.save(out, kind)
            yield out.getvalue()
