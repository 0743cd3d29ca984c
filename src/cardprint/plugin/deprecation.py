"""Names of the vendor surface that will be taken away: they go on working, and say what to write instead."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module

import attrs

__all__ = ["Replaced", "replaced_names"]


@attrs.frozen(kw_only=True)
class Replaced:
    """Say what an old name stands for."""

    replacement: str
    """``package.module:Name`` of what to use instead; the old name gives just that."""
    removal: str
    """The version of the vendor surface (``2.0``) in which the old name is gone."""


def replaced_names(module: str, names: Mapping[str, Replaced]) -> Callable[[str], object]:
    """Give a module its ``__getattr__`` (PEP 562), which knows old names and warns whoever uses one.

    The warning is a DeprecationWarning at the line that uses the name; ``cardprint plugins check`` shows it.
    """

    def get(name: str) -> object:
        old = names.get(name)
        if old is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place, _, attribute = old.replacement.partition(":")
        warnings.warn(
            f"{module}.{name} is gone in version {old.removal} of the vendor surface; use {place}.{attribute}",
            DeprecationWarning,
            stacklevel=2,
        )
        found: object = getattr(import_module(place), attribute)
        return found

    return get
