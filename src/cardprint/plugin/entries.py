"""What a plugin registers: a name and the path of a class, loaded only when a configuration names it."""

from __future__ import annotations

import attrs

__all__ = [
    "API_VERSION",
    "DriverEntry",
    "EncoderEntry",
    "Entry",
    "InterlockEntry",
    "PolicyEntry",
    "RendererEntry",
    "SourceEntry",
    "ValidatorEntry",
]

API_VERSION = "1.0"
"""Version of the vendor surface, ``major.minor``; a plugin module states the one it was built for as ``CARDPRINT_API``.

What was built for the same major and an older minor loads; the major alone, as a whole number, means its minor 0.
"""


@attrs.frozen(kw_only=True)
class Entry:
    """Announce one part of a plugin."""

    name: str
    """What the configuration calls it."""
    factory: str
    """``package.module:Class``; called as ``Class(settings, context)``."""
    summary: str
    """One sentence for ``cardprint plugins``."""
    settings: str = ""
    """``package.module:Class`` of its settings, a frozen attrs class; empty: it has none and gets None."""


@attrs.frozen(kw_only=True)
class SourceEntry(Entry):
    """Announce a data source."""

    bundles: bytes = b""
    """How bundles begin that it can open (``DataSource.open_bundle``); empty: it opens none."""


@attrs.frozen(kw_only=True)
class DriverEntry(Entry):
    """Announce a printer driver."""

    schemes: tuple[str, ...] = ()
    """Device URI schemes it opens, for example ``("sim",)``."""


@attrs.frozen(kw_only=True)
class PolicyEntry(Entry):
    """Announce an allocation policy."""


@attrs.frozen(kw_only=True)
class RendererEntry(Entry):
    """Announce a card renderer."""

    designs: str = ""
    """``package:folder`` whose folders are designs that come with it; empty: its cards are not made from designs.

    Its settings then have a ``design``: the name of one of them, or the path of a folder.
    """


@attrs.frozen(kw_only=True)
class EncoderEntry(Entry):
    """Announce a chip encoder."""


@attrs.frozen(kw_only=True)
class ValidatorEntry(Entry):
    """Announce a request validator."""


@attrs.frozen(kw_only=True)
class InterlockEntry(Entry):
    """Announce an interlock."""
