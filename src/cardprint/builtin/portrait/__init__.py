"""A card with portrait, fields and a code, drawn by Pillow."""

from cardprint.builtin.portrait.code import card_code
from cardprint.builtin.portrait.renderer import PortraitRenderer
from cardprint.builtin.portrait.settings import FieldLine, PortraitSettings

__all__ = ["FieldLine", "PortraitRenderer", "PortraitSettings", "card_code"]
