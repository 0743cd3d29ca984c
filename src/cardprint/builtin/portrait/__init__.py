"""The built-in card: portrait, fields and a code on a drawn ground, made with Pillow."""

from cardprint.builtin.portrait.renderer import PortraitRenderer, PortraitSettings

__all__ = ["PortraitRenderer", "PortraitSettings"]
