"""What an SVG of a design may hold; everything else is refused before a renderer of SVG sees it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import cast
from xml.etree import ElementTree as ET

import attrs

from cardprint.errors import ConfigurationError

__all__ = ["Drawing", "Placeholder", "read_drawing"]

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_BYTES, _DEPTH, _NODES, _USES = 2_000_000, 40, 20_000, 1_000
_ELEMENTS = frozenset(
    (
        "svg",
        "g",
        "defs",
        "title",
        "desc",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "path",
        "text",
        "tspan",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "use",
    )
)
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
_REFERENCE = re.compile(r"url\s*\(", re.IGNORECASE)
_INNER = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COLOUR = re.compile(r"#[\w-]+")
_LARGEST = 1e5


@attrs.frozen(kw_only=True)
class Placeholder:
    """State where a field goes: shares of the side's width and height."""

    field: str
    x: float
    y: float
    width: float
    height: float


@attrs.frozen(kw_only=True)
class Drawing:
    """Hold a checked side."""

    tree: ET.Element
    """The background: placeholders are taken out."""
    places: tuple[Placeholder, ...]
    """Where fields go, in the order of the file."""
    unit: float
    """Width of the side in its own units."""

    def markup(self, width: int, height: int) -> bytes:
        """Give the background as SVG of a size in pixels."""
        root = ET.Element(self.tree.tag, self.tree.attrib)
        root.extend(self.tree)
        root.set("width", str(width))
        root.set("height", str(height))
        root.set("preserveAspectRatio", "none")
        return ET.tostring(root)


def _refuse(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} {what}; nothing was drawn and no blank was touched.",
        cure="Take it out in the editor, or export as plain SVG; the reference page lists what a design may hold.",
    )


def read_drawing(name: str, data: bytes, fields: frozenset[str]) -> Drawing:
    """Check a side and take its placeholders out; ConfigurationError for whatever is not on the list."""
    root = _parsed(name, data)
    _drop_foreign(root)
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in root.iter():
        _check(name, element)
    _check_uses(name, root)
    left, top, width, height = _view(name, root)
    places = []
    for element in list(root.iter()):
        field = element.get("data-field") or element.get("id", "")
        if field not in fields:
            if "data-field" in element.attrib:
                raise _refuse(name, f"has a placeholder for {field!r}, which design.toml does not name")
            continue
        x, y, wide, high = _rectangle(name, element, parents)
        place = Placeholder(
            field=field, x=(x - left) / width, y=(y - top) / height, width=wide / width, height=high / height
        )
        if min(place.x, place.y) < 0 or place.x + place.width > 1 or place.y + place.height > 1:
            raise _refuse(name, f"has the placeholder {field!r} outside of the card")
        places.append(place)
        parents[element].remove(element)
    return Drawing(tree=root, places=tuple(places), unit=width)


def _parsed(name: str, data: bytes) -> ET.Element:
    if len(data) > _BYTES:
        raise _refuse(name, "is larger than 2 MB")
    try:
        text = _DECLARATION.sub("", data.decode())
    except UnicodeDecodeError:
        raise _refuse(name, "is not UTF-8") from None
    plain = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    if "<!" in plain or "<?" in plain:
        raise _refuse(name, "has a DOCTYPE, an entity, CDATA or a processing instruction")
    depth = nodes = 0
    root: ET.Element | None = None
    parser: ET.XMLPullParser[ET.Element] = ET.XMLPullParser(("start", "end"))
    try:
        # In pieces, so that a tree that is too deep or too large is never built.
        for start in range(0, len(plain), 4096):
            parser.feed(plain[start : start + 4096])
            for event, element in cast("Iterator[tuple[str, ET.Element]]", parser.read_events()):
                root = element if root is None else root
                depth += 1 if event == "start" else -1
                nodes += event == "start"
                if depth > _DEPTH or nodes > _NODES:
                    raise _refuse(name, f"is nested deeper than {_DEPTH} or has more than {_NODES} elements")
        parser.close()
    except ET.ParseError as error:
        raise _refuse(name, f"is no XML (line {error.position[0]})") from None
    if root is None or root.tag != f"{_SVG}svg":
        raise _refuse(name, "is no SVG")
    return root


def _drop_foreign(root: ET.Element) -> None:
    """Drop what editors keep for themselves: elements and attributes of other namespaces."""
    for element in list(root.iter()):
        for child in list(element):
            if not child.tag.startswith(_SVG) or child.tag == f"{_SVG}metadata":
                element.remove(child)
        for key in list(element.attrib):
            if key.startswith("{") and key != _XLINK:
                del element.attrib[key]


def _check(name: str, element: ET.Element) -> None:
    kind = element.tag.removeprefix(_SVG)
    if kind not in _ELEMENTS:
        raise _refuse(name, f"has an element <{kind}>")
    for key, value in element.attrib.items():
        if key.lower().startswith("on"):
            raise _refuse(name, f"has a script ({key})")
        if key in {"href", _XLINK} and not value.startswith("#"):
            raise _refuse(name, "refers to something outside of itself")
        if len(_REFERENCE.findall(value)) != len(_INNER.findall(value)) or "@import" in value or "\\" in value:
            raise _refuse(name, f"refers to something outside of itself ({key})")
        if key in {"filter", "mask"} or re.search(r"\b(filter|mask)\s*:(?!\s*none)", value):
            raise _refuse(name, f"has a {key} with a filter or a mask")
        if key not in {"id", "data-field", "class", "href", _XLINK} and any(
            abs(float(number)) > _LARGEST for number in _NUMBER.findall(_COLOUR.sub(" ", value))
        ):
            raise _refuse(name, f"has a number beyond {_LARGEST:.0f} ({key})")


def _check_uses(name: str, root: ET.Element) -> None:
    """Refuse copies of copies: a few of them multiply to millions of elements."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    copies = list(root.iter(f"{_SVG}use"))
    total = 0
    for copy in copies:
        target = named.get((copy.get("href") or copy.get(_XLINK) or "")[1:])
        if target is None or next(target.iter(f"{_SVG}use"), None) is not None or copy in set(target.iter()):
            raise _refuse(name, "has a <use> of another <use>, or of nothing")
        total += sum(1 for _ in target.iter())
    if len(copies) > _USES or total > _NODES:
        raise _refuse(name, "has too many copies (<use>)")


def _view(name: str, root: ET.Element) -> tuple[float, float, float, float]:
    numbers = tuple(float(number) for number in _NUMBER.findall(root.get("viewBox", "")))
    if len(numbers) != 4 or min(numbers[2:]) <= 0 or not all(math.isfinite(number) for number in numbers):  # noqa: PLR2004
        raise _refuse(name, "has no viewBox")
    return numbers


def _ancestors(element: ET.Element, parents: dict[ET.Element, ET.Element]) -> Iterator[ET.Element]:
    while element in parents:
        yield element
        element = parents[element]


def _rectangle(name: str, element: ET.Element, parents: dict[ET.Element, ET.Element]) -> tuple[float, ...]:
    if element.tag != f"{_SVG}rect" or any("transform" in e.attrib for e in _ancestors(element, parents)):
        raise _refuse(name, "has a placeholder that is no rectangle, or is moved by a transform")
    try:
        box = tuple(float(element.get(key, "0")) for key in ("x", "y", "width", "height"))
    except ValueError:
        box = ()
    if not box or not all(math.isfinite(number) for number in box) or min(box[2:]) <= 0:
        raise _refuse(name, "has a placeholder without plain numbers for its place")
    return box
