"""Every hook of one plugin as a typed call: what pluggy gives is looked at here, and nothing untyped leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar

import attrs

from cardprint.model import JobView
from cardprint.plugin import (
    DriverEntry,
    EncoderEntry,
    Entry,
    InterlockEntry,
    PolicyEntry,
    RendererEntry,
    SourceEntry,
    ValidatorEntry,
)
from cardprint.registry.kinds import Kind

__all__ = ["Calls", "Functions", "WrongAnswerError"]

Functions: TypeAlias = Mapping[str, tuple[Callable[..., object], ...]]
"""A plugin's implementations by the hook's name."""
_E = TypeVar("_E", bound=Entry)


class WrongAnswerError(Exception):
    """Tell of an answer that is not what the hook asks for."""


@attrs.frozen
class Calls:
    """Call one plugin's hooks, by the name of each without ``cardprint_``; an error of the plugin comes out as it is.

    WrongAnswerError: what it returned is not what the hook asks for.
    """

    functions: Functions = attrs.field(factory=dict)
    """Its implementations."""

    def data_sources(self) -> tuple[SourceEntry, ...]:
        """Ask which data sources it has."""
        return self._announced(Kind.SOURCE, SourceEntry)

    def printer_drivers(self) -> tuple[DriverEntry, ...]:
        """Ask which printer drivers it has."""
        return self._announced(Kind.DRIVER, DriverEntry)

    def allocation_policies(self) -> tuple[PolicyEntry, ...]:
        """Ask which allocation policies it has."""
        return self._announced(Kind.POLICY, PolicyEntry)

    def card_renderers(self) -> tuple[RendererEntry, ...]:
        """Ask which card renderers it has."""
        return self._announced(Kind.RENDERER, RendererEntry)

    def chip_encoders(self) -> tuple[EncoderEntry, ...]:
        """Ask which chip encoders it has."""
        return self._announced(Kind.ENCODER, EncoderEntry)

    def request_validators(self) -> tuple[ValidatorEntry, ...]:
        """Ask which request validators it has."""
        return self._announced(Kind.VALIDATOR, ValidatorEntry)

    def interlocks(self) -> tuple[InterlockEntry, ...]:
        """Ask which interlocks it has."""
        return self._announced(Kind.INTERLOCK, InterlockEntry)

    def entries(self, kind: Kind) -> tuple[Entry, ...]:
        """Ask what it has of a kind."""
        asked: Mapping[Kind, Callable[[], tuple[Entry, ...]]] = {
            Kind.SOURCE: self.data_sources,
            Kind.DRIVER: self.printer_drivers,
            Kind.POLICY: self.allocation_policies,
            Kind.RENDERER: self.card_renderers,
            Kind.ENCODER: self.chip_encoders,
            Kind.VALIDATOR: self.request_validators,
            Kind.INTERLOCK: self.interlocks,
        }
        return asked[kind]()

    @property
    def listens(self) -> bool:
        """Say whether it wants to be told of jobs."""
        return bool(self.functions.get("cardprint_job_changed"))

    def job_changed(self, job: JobView, change: str) -> None:
        """Tell it that a job has changed."""
        for function in self.functions.get("cardprint_job_changed", ()):
            function(job=job, change=change)

    def _announced(self, kind: Kind, entry: type[_E]) -> tuple[_E, ...]:
        found: list[_E] = []
        for function in self.functions.get(kind.hook, ()):
            answer = function()
            if not isinstance(answer, Iterable):
                raise WrongAnswerError(f"{kind.hook} returned {type(answer).__name__}, not entries")
            for each in answer:
                if not isinstance(each, entry):
                    raise WrongAnswerError(
                        f"{kind.hook} returned a {type(each).__name__} where a {entry.__name__} is due",
                    )
                found.append(each)
        return tuple(found)
