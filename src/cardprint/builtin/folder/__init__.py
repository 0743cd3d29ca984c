"""A printer that needs no hardware: cards as PNG and PDF files in a folder."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardprint.builtin.folder.driver import FolderDriver as FolderDriver
    from cardprint.builtin.folder.driver import FolderSession as FolderSession
    from cardprint.builtin.folder.settings import FolderSettings as FolderSettings

__all__ = ["FolderDriver", "FolderSession", "FolderSettings"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute has any type
    """Load what is asked for and nothing else: whoever checks settings needs no driver (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "settings" if name.endswith("Settings") else "driver"
    return getattr(import_module(f"{__name__}.{home}"), name)
