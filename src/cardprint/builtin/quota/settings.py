"""What an office declares: which request waits in which lane, and how lanes are drawn from which day on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Final, TypeVar

import attrs

from cardprint.builtin.policies import LANES
from cardprint.model import CardRequest, RequestType

__all__ = ["Floor", "InForce", "QuotaSettings", "Rule", "Stage", "stages_in_force"]

T = TypeVar("T")

_LANE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MOST: Final = 1_000_000


def _is_lane(_settings: object, field: attrs.Attribute[str], name: str) -> None:
    if not _LANE.fullmatch(name):
        raise ValueError(f"'{field.name}' must be 1 to 64 of a-z, 0-9, '.', '_' and '-', as in first-holders")


def _weights_in_range(
    _settings: object, _field: attrs.Attribute[Mapping[str, int] | None], weights: Mapping[str, int] | None
) -> None:
    for lane, weight in (weights or {}).items():
        if not 1 <= weight <= _MOST:
            raise ValueError(f"'weights' gives lane {lane} {weight}: give 1 to {_MOST}, or name the lane in never")


@attrs.frozen(kw_only=True)
class Rule:
    """Send requests to a lane."""

    lane: str = attrs.field(validator=_is_lane)
    """The lane's name."""
    types: tuple[RequestType, ...] = ()
    """Types of request that it is for; empty: all."""
    reasons: tuple[str, ...] = ()
    """Reasons that it is for, as the source spells them; empty: all."""

    def fits(self, request: CardRequest) -> bool:
        """Say whether it is for a request."""
        return (not self.types or request.request_type in self.types) and (
            not self.reasons or request.reason in self.reasons
        )


@attrs.frozen(kw_only=True)
class Floor:
    """Keep the last blanks for some lanes."""

    blanks: int = attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(_MOST)])
    """While the station has so many or fewer of a kind, only these lanes are drawn."""
    lanes: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))
    """The lanes that they are kept for."""
    kind: str = ""
    """The kind of blank; empty: each kind, counted by itself."""

    def holds(self, kind: str, blanks: int) -> bool:
        """Say whether it keeps other lanes from being drawn."""
        return self.kind in {"", kind} and blanks <= self.blanks


@attrs.frozen(kw_only=True)
class Stage:
    """Say how lanes are drawn from a day on; what it leaves out stays as it was in the stage before."""

    effective: date | None = None
    """The business date from which it is in force; only the first stage may leave it out."""
    order: tuple[str | tuple[str, ...], ...] | None = None
    """Steps: a lane, or a list of lanes that share. A step is drawn from only while those before it cannot be."""
    weights: Mapping[str, int] | None = attrs.field(default=None, validator=_weights_in_range)
    """Shares of lanes that stand in one step; 1 where nothing is said."""
    floors: tuple[Floor, ...] | None = None
    """Blanks kept for some lanes."""
    never: tuple[str, ...] | None = None
    """Lanes that are not drawn at all."""


@attrs.frozen(kw_only=True)
class InForce:
    """Hold a stage with everything that it leaves out filled in."""

    effective: date | None
    """The day from which it is in force; None: always."""
    steps: tuple[tuple[str, ...], ...]
    """Lanes step by step."""
    weights: Mapping[str, int]
    """Shares."""
    floors: tuple[Floor, ...]
    """Blanks kept."""
    never: tuple[str, ...]
    """Lanes not drawn."""

    @property
    def name(self) -> str:
        """Name it by its day, as ``2026-07-01``."""
        return self.effective.isoformat() if self.effective else "always"


def _given(value: T | None, before: T) -> T:
    return before if value is None else value


def stages_in_force(stages: Iterable[Stage]) -> Iterator[InForce]:
    """Fill every stage in from the ones before it."""
    before = InForce(effective=None, steps=(), weights={}, floors=(), never=())
    for stage in stages:
        steps = tuple((step,) if isinstance(step, str) else step for step in stage.order or ())
        before = InForce(
            effective=stage.effective,
            steps=before.steps if stage.order is None else steps,
            weights=_given(stage.weights, before.weights),
            floors=_given(stage.floors, before.floors),
            never=_given(stage.never, before.never),
        )
        yield before


_BY_TYPE: Final = tuple(Rule(lane=lane, types=(kind,)) for kind, lane in LANES.items() if lane != "other")
_AS_LISTED: Final = (Stage(order=tuple(LANES.values())),)


@attrs.frozen(kw_only=True)
class QuotaSettings:
    """Set rules and stages."""

    rules: tuple[Rule, ...] = _BY_TYPE
    """Where requests wait: the first rule that fits decides."""
    otherwise: str = attrs.field(default="other", validator=_is_lane)
    """The lane of requests that no rule fits."""
    stages: tuple[Stage, ...] = attrs.field(default=_AS_LISTED, validator=attrs.validators.min_len(1))
    """How lanes are drawn, by date."""

    @property
    def lanes(self) -> tuple[str, ...]:
        """Name every lane once, in the order of the rules."""
        return tuple(dict.fromkeys((*(rule.lane for rule in self.rules), self.otherwise)))

    def __attrs_post_init__(self) -> None:
        """Refuse stages that do not fit together, forget a lane or name one that no rule leads to."""
        before: date | None = None
        for number, stage in enumerate(stages_in_force(self.stages), start=1):
            for fault in _faults(stage, self.lanes):
                raise ValueError(f"'stages' number {number}: {fault}")
            if number > 1 and (stage.effective is None or (before is not None and stage.effective <= before)):
                raise ValueError(f"'stages' number {number}: effective must be a later day than in the one before")
            before = stage.effective


def _faults(stage: InForce, lanes: tuple[str, ...]) -> Iterator[str]:
    placed = [*(lane for step in stage.steps for lane in step), *stage.never]
    kept = [lane for floor in stage.floors for lane in floor.lanes]
    for lane in (*placed, *stage.weights, *kept):
        if lane not in lanes:
            yield f"no rule leads to lane {lane}; there are {', '.join(lanes)}"
    for lane in lanes:
        if placed.count(lane) != 1:
            times = "not named" if lane not in placed else "named twice"
            yield f"lane {lane} is {times}: name each lane once, in order or in never"
    for lane in stage.never:
        if lane in kept:
            yield f"floors keep blanks for lane {lane}, which is in never"
    for one, other in combinations(stage.floors, 2):
        few, many = sorted((one, other), key=lambda floor: floor.blanks)
        same_kind = few.kind == many.kind or "" in {few.kind, many.kind}
        if same_kind and (not set(few.lanes) <= set(many.lanes) or (few.blanks == many.blanks)):
            yield (
                f"floors of {few.blanks} and {many.blanks} contradict each other: "
                "the lower one must keep its blanks for some of the lanes of the higher one"
            )
