"""What a plugin's trial, in a process of its own, has shown."""

from __future__ import annotations

import attrs

from cardprint.model.views import PluginView

__all__ = ["PluginProblem", "PluginTrial"]


@attrs.frozen(kw_only=True)
class PluginProblem:
    """Say what is wrong with a plugin, and what to do."""

    problem: str
    """One sentence."""
    cure: str
    """What to do, one sentence."""


@attrs.frozen(kw_only=True)
class PluginTrial:
    """Tell how a plugin did on its own."""

    plugin: PluginView
    """The plugin; its state is ``loaded`` where it could be, whatever else is wrong."""
    problems: tuple[PluginProblem, ...] = ()
    """What is wrong; none: it may be used."""
    warnings: tuple[str, ...] = ()
    """Names of the vendor surface that it uses and that will be taken away, as their warnings say it."""
    covered: bool = False
    """True: RECORD has the hash of every file of it, and they are as installed."""

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems
