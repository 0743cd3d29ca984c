"""What a station's configuration can set for this encoder."""

from __future__ import annotations

import attrs

__all__ = ["PcscSettings"]


@attrs.frozen(kw_only=True)
class PcscSettings:
    """Set up the encoder; paths begin at the station's folder."""

    layout: str = attrs.field(validator=attrs.validators.min_len(1))
    """The TOML file that declares the chip's layout and the plan of commands."""
    keys_folder: str = "keys"
    """The folder of keys: a file of mode 0600 for each, named as the layout names it, with one line of hex."""
    key_provider: str = attrs.field(default="", validator=attrs.validators.matches_re(r"([\w.]+:\w+)?"))
    """``package.module:Class`` that gives the keys instead, made as ``Class(context)``; empty: the folder does."""
    reader: str = ""
    """The name of a PC/SC reader, or how it begins; empty: the printer's driver reaches the chip."""
    patience: float = attrs.field(default=5.0, validator=attrs.validators.ge(0.0))
    """Seconds for the reader to notice a card that was moved to it."""
