"""Where keys come from; they go to the chip and nowhere else."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from cardprint.errors import CardprintError, ConfigurationError, EncodeError
from cardprint.plugin import PluginContext, read_secret

__all__ = ["FolderKeys", "KeyProvider", "key_provider"]


class KeyProvider(Protocol):
    """Give keys by name; made as ``Class(context)``, without I/O."""

    def key(self, name: str, chip_number: str) -> bytes:
        """Give a key, derived for this chip where keys are; raise EncodeError (reason ``x-no-key``) where it cannot be.

        An empty ``chip_number`` only asks whether the key is there: no chip is at the reader yet.
        """


class FolderKeys:
    """Take keys out of files that nobody else can read; for tests, and where the same key opens every chip."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, name: str, chip_number: str) -> bytes:
        """Give the key that a file holds."""
        try:
            return bytes.fromhex(read_secret(self._folder / name, what="key"))
        except ConfigurationError as error:
            raise EncodeError(error.message, reason="x-no-key", written=False, cure=error.cure) from None
        except ValueError:
            said = f"the key file {self._folder / name} holds no hex."
            raise EncodeError(said, reason="x-no-key", written=False) from None


def key_provider(path: str, folder: Path, context: PluginContext) -> KeyProvider:
    """Make the provider that the settings name; ConfigurationError where it cannot be."""
    if not path:
        return FolderKeys(folder)
    module, _, name = path.partition(":")
    try:
        made: KeyProvider = getattr(importlib.import_module(module), name)(context)
    except CardprintError:
        raise
    except Exception as error:  # noqa: BLE001 - a vendor's class may raise anything
        # Its text may hold what opens the store of the keys.
        raise ConfigurationError(
            f"[encoders.{context.name}] `key_provider`: {path} cannot be made ({type(error).__name__}).",
            cure="Install its package, or leave the key out to use files.",
        ) from None
    return made
