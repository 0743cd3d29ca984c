"""Which source a bundle goes to."""

from __future__ import annotations

from pathlib import Path

from cardprint.engine.parts import Parts
from cardprint.errors import InputError
from cardprint.language import Sentence
from cardprint.registry import Registry

__all__ = ["MOST_REPORTS", "bundle_source"]

MOST_REPORTS = 200_000
"""Reports in a bundle at most; what is owed beyond that goes with the next one."""
_HEAD = 64


def bundle_source(parts: Parts, registry: Registry, path: Path, source: str) -> str:
    """Name the configured source that opens a file; empty where the file is no bundle of any plugin.

    InputError where no source is configured that opens it, or several are and ``source`` is none of them.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        # Whoever is to read it says so, and knows what to do.
        return ""
    plugins = registry.bundle_sources(head)
    if not plugins:
        return ""
    names = [name for name, use in parts.config.sources.items() if use.plugin in plugins]
    if source in names:
        return source
    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(
            Sentence("{path} is a bundle, and no source is configured that opens it; nothing was let in.", path=path),
            cure=Sentence(
                "Add [sources.NAME] with plugin = {plugins} to station.toml.",
                plugins=" or ".join(f'"{each}"' for each in sorted(plugins)),
            ),
        )
    raise InputError(
        Sentence("{path} is a bundle, and several sources could open it; nothing was let in.", path=path),
        cure=Sentence("Name one: --source {names}", names=" | ".join(names)),
    )
