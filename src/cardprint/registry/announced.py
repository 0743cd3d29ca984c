"""What distributions announce for cardprint, read from their metadata alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import attrs

from cardprint.registry.plugins import one_line

__all__ = ["GROUP", "Announced", "announced", "normal"]

GROUP: Final = "cardprint"
"""The entry point group."""


@attrs.frozen(kw_only=True)
class Announced:
    """Hold an entry point, or what is wrong with the metadata that should hold one."""

    name: str
    """The entry point's name."""
    value: str
    """The module it names."""
    distribution: str
    """The package it comes from."""
    version: str
    """Its version."""
    folder: Path | None
    """Where it is installed."""
    source: metadata.Distribution
    """Its metadata."""
    problem: str = ""
    """What is wrong with them; empty: nothing."""


def announced() -> Iterator[Announced]:
    """Yield what distributions announce, by distribution and name; of one installed twice the first."""
    found: dict[tuple[str, str], Announced] = {}
    owners: dict[str, int] = {}
    for number, distribution in enumerate(metadata.distributions()):
        for each in _of_distribution(distribution):
            owner = normal(each.distribution)
            if owners.setdefault(owner, number) == number:
                found.setdefault((owner, each.name), each)
    yield from (found[key] for key in sorted(found))


def normal(name: str) -> str:
    """Give a distribution's name as packaging compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _of_distribution(distribution: metadata.Distribution) -> Iterator[Announced]:
    try:
        points = [point for point in distribution.entry_points if point.group == GROUP]
        problem = ""
    except Exception as error:  # noqa: BLE001  # one broken package among hundreds must not stop a station
        if f"[{GROUP}]" not in _entry_points_text(distribution):
            return
        points = []
        problem = f"its entry points cannot be read ({one_line(error)})"
    if not points and not problem:
        return
    folder: Path | None = None
    name = version = ""
    try:
        name, version = distribution.metadata["Name"], distribution.version
        folder = Path(str(distribution.locate_file("")))
    except Exception as error:  # noqa: BLE001  # as above
        problem = problem or f"its metadata cannot be read ({one_line(error)})"
    if not name:
        name, problem = "unknown", problem or "its metadata name no distribution"
    version = version or ""
    for point_name, value in [(point.name, point.value) for point in points] or [(name, "")]:
        yield Announced(
            name=point_name,
            value=value,
            distribution=name,
            version=version,
            folder=folder,
            source=distribution,
            problem=problem,
        )


def _entry_points_text(distribution: metadata.Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except Exception:  # noqa: BLE001  # unreadable: nothing says that it is ours
        return ""
