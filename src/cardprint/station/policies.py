"""Another policy than the station's own, to ask what it would do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from cardprint.model.configuration import PluginUse
from cardprint.plugin import AllocationPolicy, PluginContext
from cardprint.registry import Kind, Registry, read_configuration

__all__ = ["Policies"]


class Policies:
    """Make allocation policies by name, from settings, or from a file with a table ``[policy]``."""

    def __init__(self, registry: Registry, context: Callable[[str], PluginContext]) -> None:
        self._registry = registry
        self._context = context

    def made(self, given: AllocationPolicy | PluginUse | Path | str) -> tuple[AllocationPolicy, PluginUse]:
        """Make a policy and say how it is used.

        A text is a policy's name, a path a file in the form of ``station.toml``, of which ``[policy]`` counts. Raises
        ConfigurationError and PluginError as opening a station does.
        """
        if isinstance(given, AllocationPolicy):
            return given, PluginUse(plugin=type(given).__name__)
        registry = self._registry
        if isinstance(given, Path):
            registry, given = registry.of_file(str(given)), read_configuration(given).policy
        use = PluginUse(plugin=given) if isinstance(given, str) else given
        return cast("AllocationPolicy", registry.make(Kind.POLICY, use, self._context("policy"))), use
