"""What a host is told first: which driver, for which device, with which settings."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import attrs

from cardprint.errors import PluginError
from cardprint.hosts.wire import WireError, encode
from cardprint.plugin import PluginContext

__all__ = ["Start", "StartEncoder", "start_message"]


@attrs.frozen(kw_only=True)
class StartEncoder:
    """Name the chip encoder that a host makes beside its driver."""

    factory: str
    """``package.module:Class`` of the encoder."""
    settings_path: str = ""
    """``package.module:Class`` of its settings; empty: it gets None."""
    settings: Any = None
    """Its settings: an instance of that class, or in a message as plain values; None: it gets None."""
    name: str
    """Its name in the configuration."""


@attrs.frozen(kw_only=True)
class Start:
    """Start a host; its first message."""

    factory: str
    """``package.module:Class`` of the driver."""
    settings_path: str = ""
    """``package.module:Class`` of its settings; empty: it gets None."""
    settings: Any = None
    """Its settings as plain values; None: it gets None."""
    name: str
    """The printer's name."""
    folder: Path
    """The station's folder."""
    photos: Path
    """The folder of photos."""
    device: str
    """The device URI."""
    lock: Path
    """The device's lock file."""
    modules: tuple[str, ...] = ()
    """Where the station finds modules, so that the host finds the same (``sys.path``)."""
    encoder: StartEncoder | None = None
    """Writes the chips of its cards; None: it has none."""
    explains: bool = False
    """True: errors that leave the driver are written to standard error in full; only while all data are made up."""


def start_message(
    *,
    factory: str,
    settings_path: str,
    settings: object,
    device: str,
    context: PluginContext,
    encoder: StartEncoder | None = None,
) -> Start:
    """Tell a host what to run; ``settings`` are an instance of the class at ``settings_path``, or None.

    Raises PluginError for settings that would not arrive as they are.
    """
    plain = _plain(settings, context.name, settings_path)
    if encoder is not None:
        crossing = _plain(encoder.settings, context.name, encoder.settings_path)
        path = encoder.settings_path if encoder.settings is not None else ""
        encoder = attrs.evolve(encoder, settings=crossing, settings_path=path)
    folder = context.folder.absolute()
    start = Start(
        factory=factory,
        settings_path=settings_path if settings is not None else "",
        settings=plain,
        name=context.name,
        folder=folder,
        photos=context.photos.absolute(),
        device=device,
        # A device URI may hold a password and has any length: the digest is its file's name.
        lock=folder / "devices" / f"{hashlib.sha256(device.encode()).hexdigest()[:32]}.lock",
        modules=tuple(sys.path),
        encoder=encoder,
    )
    try:
        encode(start)
    except WireError as error:
        raise _not_plain(context.name, settings_path) from error
    return start


def _plain(settings: object, name: str, path: str) -> Any:  # noqa: ANN401 - plain values of any shape
    if settings is None:
        return None
    # Loaded here, since a driver without settings needs no converter.
    from cardprint.hosts.settings import crosses, to_plain  # noqa: PLC0415

    plain = to_plain(settings)
    if not crosses(settings, plain):
        raise _not_plain(name, path)
    return plain


def _not_plain(name: str, settings_path: str) -> PluginError:
    return PluginError(
        f"The settings of printer {name} ({settings_path}) cannot be handed to a process of its own.",
        cure=f'Write driver_process = "inline" in [printers.{name}], and tell the driver\'s author.',
    )
