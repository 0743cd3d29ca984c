"""What an SVG of a design may hold; everything else is refused before a renderer of SVG sees it."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import attrs

from cardprint.errors import ConfigurationError
from cardprint_svg.parsing import fault, parse

__all__ = ["Drawing", "Placeholder", "read_drawing"]

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_NODES, _USES, _TOLD = 20_000, 1_000, 20
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
_REFERENCE = re.compile(r"url\s*\(", re.IGNORECASE)
_INNER = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COLOUR = re.compile(r"#[\w-]+")
_LARGEST = 1e5
_PANEL = "data-panel"
_PANELS = frozenset("KO")
_NUMERIC = re.compile(r"\s*" + _NUMBER.pattern + r"\s*")


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
    """All of it but its placeholders."""
    places: tuple[Placeholder, ...]
    """Where fields go, in the order of the file."""
    unit: float
    """Width of the side in its own units."""
    ratio: float
    """Width by height."""
    panels: frozenset[str] = frozenset()
    """Panels other than the colours that the drawing has a layer for: ``K``, ``O``."""

    def markup(self, width: int, height: int, panel: str = "") -> bytes:
        """Give the background as SVG of a size in pixels: the colours, or the layers of a panel alone."""
        return ET.tostring(self.document(width, height, panel))

    def document(self, width: int, height: int, panel: str = "") -> ET.Element:
        """Give the same as a tree of its own."""
        root = copy.deepcopy(self.tree)
        _keep(root, panel)
        root.set("width", str(width))
        root.set("height", str(height))
        root.set("preserveAspectRatio", "none")
        return root


def _keep(element: ET.Element, panel: str) -> None:
    """Leave in an element what belongs to a panel: the overlay's layers are no colour, those of K are both."""
    for child in list(element):
        own = child.get(_PANEL, "")
        if panel == "":
            gone = own == "O"
        else:
            gone = own != panel and child.tag != f"{_SVG}defs" and all(e.get(_PANEL) != panel for e in child.iter())
        if gone:
            element.remove(child)
        elif panel == "" or (own != panel and child.tag != f"{_SVG}defs"):
            _keep(child, panel)


def read_drawing(name: str, data: bytes, fields: frozenset[str]) -> Drawing:
    """Check a side and take its placeholders out.

    Raises ConfigurationError for whatever is not on the list; its message has a line for each problem, with file and
    line.
    """
    parsed = parse(name, data)
    root, lines = parsed.root, parsed.lines
    if root.tag != f"{_SVG}svg":
        raise _refusal([fault(name, "is no SVG", 1)])
    _drop_foreign(root)
    problems = [fault(name, what, lines[element]) for element in root.iter() for what in _wrong(element)]
    problems += [fault(name, what, lines[element]) for element, what in _wrong_uses(root)]
    if problems:
        raise _refusal(problems)
    left, top, width, height = _view(name, root)
    parents = {child: parent for parent in root.iter() for child in parent}
    places = []
    for element in list(root.iter()):
        field = element.get("data-field") or element.get("id", "")
        if field not in fields:
            if "data-field" in element.attrib:
                problems.append(fault(name, f"places {field!r}, which design.toml does not name", lines[element]))
            continue
        box = _rectangle(element, parents)
        if isinstance(box, str):
            problems.append(fault(name, f"has the placeholder {field!r}, which {box}", lines[element]))
            continue
        place = Placeholder(
            field=field,
            x=(box[0] - left) / width,
            y=(box[1] - top) / height,
            width=box[2] / width,
            height=box[3] / height,
        )
        if min(place.x, place.y) < 0 or place.x + place.width > 1 or place.y + place.height > 1:
            problems.append(fault(name, f"has the placeholder {field!r} outside of the card", lines[element]))
        places.append(place)
        parents[element].remove(element)
    if problems:
        raise _refusal(problems)
    panels = frozenset(element.get(_PANEL, "") for element in root.iter()) & _PANELS
    return Drawing(tree=root, places=tuple(places), unit=width, ratio=width / height, panels=panels)


def _refusal(problems: list[str]) -> ConfigurationError:
    more = [f"and {len(problems) - _TOLD} more"] if len(problems) > _TOLD else []
    told = "\n".join([*problems[:_TOLD], *more])
    return ConfigurationError(
        f"{told}; nothing was drawn and no blank was touched.",
        cure="Change it in the editor, or export as plain SVG; the reference page lists what a design may hold.",
    )


def _drop_foreign(root: ET.Element) -> None:
    """Drop what editors keep for themselves: elements and attributes of other namespaces."""
    for element in list(root.iter()):
        for child in list(element):
            if not child.tag.startswith(_SVG) or child.tag == f"{_SVG}metadata":
                element.remove(child)
        for key in list(element.attrib):
            if key.startswith("{") and key != _XLINK:
                del element.attrib[key]


def _wrong(element: ET.Element) -> Iterator[str]:
    """Say what of an element and its attributes is not on the list."""
    kind = element.tag.removeprefix(_SVG)
    if kind not in _ELEMENTS:
        yield f"has an element <{kind}>"
    for key, value in element.attrib.items():
        if key.lower().startswith("on"):
            yield f"has a script ({key})"
        if key in {"href", _XLINK} and not value.startswith("#"):
            yield "refers to something outside of itself"
        if len(_REFERENCE.findall(value)) != len(_INNER.findall(value)) or "@import" in value or "\\" in value:
            yield f"refers to something outside of itself ({key})"
        if key in {"filter", "mask"} or re.search(r"\b(filter|mask)\s*:(?!\s*none)", value):
            yield f"has a {key} with a filter or a mask"
        if key == _PANEL and value not in _PANELS:
            yield f"has a layer for a panel {value!r}; there are K and O"
        if key not in {"id", "data-field", "class", "href", _XLINK} and any(
            abs(float(number)) > _LARGEST for number in _NUMBER.findall(_COLOUR.sub(" ", value))
        ):
            yield f"has a number beyond {_LARGEST:.0f} ({key})"


def _wrong_uses(root: ET.Element) -> Iterator[tuple[ET.Element, str]]:
    """Refuse copies of copies: a few of them multiply to millions of elements."""
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    copies = list(root.iter(f"{_SVG}use"))
    total = 0
    for each in copies:
        target = named.get((each.get("href") or each.get(_XLINK) or "")[1:])
        if target is None or next(target.iter(f"{_SVG}use"), None) is not None:
            yield each, "has a <use> of another <use>, or of nothing"
        else:
            total += sum(1 for _ in target.iter())
    if len(copies) > _USES or total > _NODES:
        yield root, "has too many copies (<use>)"


def _view(name: str, root: ET.Element) -> tuple[float, float, float, float]:
    numbers = tuple(float(number) for number in _NUMBER.findall(root.get("viewBox", "")))
    if len(numbers) != 4 or min(numbers[2:]) <= 0 or not all(math.isfinite(number) for number in numbers):  # noqa: PLR2004
        raise _refusal([fault(name, "has no viewBox", 1)])
    return numbers


def _ancestors(element: ET.Element, parents: dict[ET.Element, ET.Element]) -> Iterator[ET.Element]:
    while element in parents:
        yield element
        element = parents[element]


def _rectangle(element: ET.Element, parents: dict[ET.Element, ET.Element]) -> tuple[float, ...] | str:
    """Give x, y, width and height of a placeholder in the drawing's units, or say why it has none."""
    if element.tag != f"{_SVG}rect" or any(
        "transform" in e.attrib or e.tag == f"{_SVG}svg" for e in _ancestors(element, parents)
    ):
        return "is no rectangle, or is moved by a transform or an inner <svg>"
    texts = [element.get(key, "0") for key in ("x", "y", "width", "height")]
    if not all(_NUMERIC.fullmatch(text) for text in texts):
        return "has no plain numbers for its place"
    box = tuple(float(text) for text in texts)
    return box if min(box[2:]) > 0 else "has no size"
