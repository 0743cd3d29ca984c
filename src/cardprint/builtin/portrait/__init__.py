"""The built-in card: portrait, fields and a code on a drawn ground, made with Pillow."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardprint.builtin.portrait.renderer import PortraitRenderer as PortraitRenderer
    from cardprint.builtin.portrait.settings import PortraitSettings as PortraitSettings

__all__ = ["PortraitRenderer", "PortraitSettings"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute has any type
    """Load what is asked for and nothing else: whoever checks settings needs no Pillow (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "settings" if name.endswith("Settings") else "renderer"
    return getattr(import_module(f"{__name__}.{home}"), name)
