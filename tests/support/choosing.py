"""Backlogs and policies to choose by: made-up people, and quota policies of any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import attrs
from hypothesis import strategies as st

from cardprint import CardRequest, PluginUse, RequestType, Station
from support.stations import Bench

__all__ = ["REASONS", "backlogs", "opened", "people", "place_anew", "quota", "quotas"]

REASONS = ("", "lost", "damaged", "disaster-victim")
LANES = ("first", "lost", "damaged", "others")


def people(count: int, kind: RequestType = RequestType.FIRST_ISSUANCE, reason: str = "") -> list[CardRequest]:
    """Give requests of one type and reason."""
    name = reason or kind.value
    return [
        CardRequest(request_id=f"{name}-{n}", subject_id=f"{name}-subject-{n}", request_type=kind, reason=reason)
        for n in range(count)
    ]


def quota(
    *stages: Mapping[str, object], rules: Sequence[Mapping[str, object]] | None = None, otherwise: str = "others"
) -> PluginUse:
    """Use the quota policy with some stages."""
    first: list[Mapping[str, object]] = [{"lane": "first", "types": ["FIRST_ISSUANCE"]}]
    return PluginUse(
        plugin="quota",
        settings={"rules": first if rules is None else rules, "otherwise": otherwise, "stages": list(stages)},
    )


def opened(bench: Bench, policy: PluginUse) -> Station:
    """Open a station on a bench with a policy, which it keeps."""
    bench.config = attrs.evolve(bench.config, policy=policy)
    return bench.open()


def place_anew(station: Station, *, steps: int | None = None) -> None:
    """Place anew whoever waits by an earlier placement, all or some steps of it, and give the printers back."""
    running = station.step()
    while running.replacing.advance() and steps != 1:
        steps = None if steps is None else steps - 1
    station._running = None
    station._database.disown()


@st.composite
def quotas(draw: st.DrawFn) -> PluginUse:
    """Any rules, and one stage with any steps, shares and floor."""
    rules: list[dict[str, object]] = [
        {"lane": draw(st.sampled_from(LANES)), "reasons": [draw(st.sampled_from(REASONS[1:]))]}
        for _ in range(draw(st.integers(0, 3)))
    ]
    lanes = draw(st.permutations(sorted({str(rule["lane"]) for rule in rules} | {"others"})))
    never = list(lanes[: draw(st.integers(0, len(lanes) - 1))])
    served: list[list[str]] = []
    for lane in lanes[len(never) :]:
        joined: bool = draw(st.booleans())
        if served and joined:
            served[-1].append(lane)
        else:
            served.append([lane])
    stage: dict[str, object] = {"order": served, "never": never}
    stage["weights"] = {lane: draw(st.integers(1, 4)) for step in served for lane in step}
    floored: bool = draw(st.booleans())
    if floored:
        stage["floors"] = [{"blanks": draw(st.integers(1, 8)), "lanes": served[-1]}]
    return quota(stage, rules=rules)


@st.composite
def backlogs(draw: st.DrawFn, most: int = 16) -> list[CardRequest]:
    """Any people who wait, each of another subject."""
    return [
        CardRequest(
            request_id=f"r{number}",
            subject_id=f"subject-{number}",
            request_type=draw(st.sampled_from(RequestType)),
            reason=draw(st.sampled_from(REASONS)),
            priority=draw(st.integers(0, 2)),
            waiting_since=draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 4))),
            needs=draw(st.sampled_from([frozenset[str](), frozenset({"two-sided"})])),
        )
        for number in range(draw(st.integers(0, most)))
    ]
