"""How Sphinx makes the documentation; `make docs` turns every warning into an error."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "cardprint"
author = "The cardprint authors"
copyright = author
release = metadata.version("cardprint")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["changelog.d/*"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "cardprint"

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
# Names of the standard library and of other packages are not looked up: the build needs no network.
nitpick_ignore_regex = [("py:.*", r"(?!cardprint\b).*")]


def _public_name(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element) -> Node | None:
    """Find a class under the package that offers it: annotations name the module that defines it."""
    package, _, name = str(node.get("reftarget", "")).rpartition(".")
    parent = package.rpartition(".")[0]
    if node.get("refdomain") != "py" or not parent.startswith("cardprint"):
        return None
    python = env.domains.python_domain
    found: Node | None = python.resolve_xref(
        env, node.get("refdoc", ""), app.builder, "obj", f"{parent}.{name}", node, content
    )
    return found


_KINDS = {"added": "Added", "changed": "Changed", "removed": "Removed", "fixed": "Fixed", "security": "Security"}


def _changelog(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the fragments of `changelog.d` where the changelog says so."""
    if docname != "changelog":
        return
    fragments = [path for path in sorted(Path(app.srcdir, "changelog.d").glob("*.md")) if path.name != "README.md"]
    sections: dict[str, list[str]] = {title: [] for title in _KINDS.values()}
    for path in fragments:
        app.env.note_dependency(str(path))
        sections[_KINDS[path.suffixes[-2].removeprefix(".")]].append(path.read_text(encoding="utf-8").strip())
    text = "\n\n".join("\n\n".join([f"### {title}", *texts]) for title, texts in sections.items() if texts)
    source[0] = source[0].replace("<!-- fragments -->", text)


def setup(app: Sphinx) -> None:
    """Join in where Sphinx looks names up and where it reads a page."""
    app.connect("missing-reference", _public_name)
    app.connect("source-read", _changelog)
