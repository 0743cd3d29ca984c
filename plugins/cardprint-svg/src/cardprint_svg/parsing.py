"""Text to a tree of elements that know their lines: no document type, no entity, and a bound on depth and number."""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.parsers import expat

import attrs

from cardprint.errors import ConfigurationError

__all__ = ["Parsed", "fault", "parse"]

_BYTES, _DEPTH, _NODES = 2_000_000, 40, 20_000
_NAMESPACE_END = "}"


class _RefusedError(Exception):
    """Tell why the parser stopped."""


@attrs.frozen(kw_only=True)
class Parsed:
    """Hold a tree and where its elements stand."""

    root: ET.Element
    """The document's element; names are ``{namespace}name``."""
    lines: dict[ET.Element, int]
    """The line on which an element begins."""


def fault(name: str, what: str, line: int = 0) -> str:
    """Say what is wrong in a file, and on which line."""
    return f"{name}:{line} {what}" if line else f"{name} {what}"


def parse(name: str, data: bytes) -> Parsed:
    """Read XML; ConfigurationError, naming the line, for what is none and for what no design needs."""
    if len(data) > _BYTES:
        raise _error(name, "is larger than 2 MB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _error(name, "is not UTF-8") from None
    parser = expat.ParserCreate("utf-8", _NAMESPACE_END)
    parser.buffer_text = True
    builder = ET.TreeBuilder()
    lines: dict[ET.Element, int] = {}
    open_elements = 0

    def named(tag: str) -> str:
        return "{" + tag if _NAMESPACE_END in tag else tag

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal open_elements
        open_elements += 1
        element = builder.start(named(tag), {named(key): value for key, value in attributes.items()})
        lines[element] = parser.CurrentLineNumber
        if open_elements > _DEPTH or len(lines) > _NODES:
            raise _RefusedError(f"is nested deeper than {_DEPTH} or has more than {_NODES} elements")

    def end(tag: str) -> None:
        nonlocal open_elements
        open_elements -= 1
        builder.end(named(tag))

    def refuse(*_: object) -> None:
        raise _RefusedError("has a DOCTYPE, an entity, CDATA or a processing instruction")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartCdataSectionHandler = parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 - expat takes no keyword
        root = builder.close()
    except _RefusedError as error:
        raise _error(name, str(error), parser.CurrentLineNumber) from None
    except expat.ExpatError as error:
        raise _error(name, "is no XML", error.lineno) from None
    return Parsed(root=root, lines=lines)


def _error(name: str, what: str, line: int = 0) -> ConfigurationError:
    return ConfigurationError(
        f"{fault(name, what, line)}; nothing was drawn and no blank was touched.",
        cure="Export it as plain SVG in UTF-8; the reference page lists what a design may hold.",
    )
