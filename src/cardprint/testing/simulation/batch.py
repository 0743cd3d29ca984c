"""Many runs, in many processes, and what they add up to."""

from __future__ import annotations

import logging
import multiprocessing
import pkgutil
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from cardprint.testing.simulation.centre import CentreInMemory
from cardprint.testing.simulation.mutants import planted
from cardprint.testing.simulation.office import CentreMaker, run
from cardprint.testing.simulation.oracle import Report
from cardprint.testing.simulation.plan import Plan
from cardprint.testing.simulation.shrink import shrink

__all__ = ["Result", "reports", "run_chunk"]

_CHUNK = 200
_FIRST = 5


class Result:
    """Add reports up."""

    def __init__(self) -> None:
        self.runs = self.crashes = self.calls = self.violations = self.mistakes = self.found = 0
        self.stalls = self.forgotten = self.halted = 0
        self.doubts: Counter[str] = Counter()
        self.by_rule: Counter[str] = Counter()
        self.first: list[tuple[Report, Plan]] = []

    def add(self, report: Report, plan: Plan) -> None:
        """Add a report."""
        self.runs += 1
        self.crashes += report.crashes
        self.calls += report.calls
        self.mistakes += report.mistakes
        self.found += report.mistakes_found
        self.stalls += report.stalls
        self.forgotten += report.forgotten
        self.halted += report.halted
        self.doubts.update(report.doubts)
        self.by_rule.update(report.by_rule)
        if report.violations:
            self.violations += 1
            if len(self.first) < _FIRST:
                self.first.append((report, plan))

    def value(self, seconds: float, mutant: str | None, centre: str = "") -> dict[str, object]:
        """Give what is printed; the first violation comes with its shrunk plan."""
        value: dict[str, object] = {
            "runs": self.runs,
            "crashes": self.crashes,
            "crash_points": self.calls,
            "violations": self.violations,
            "doubts": dict(sorted(self.doubts.items())),
            "resolved_by_rule": dict(sorted(self.by_rule.items())),
            "stalls": self.stalls,
            "forgotten": self.forgotten,
            "halted": self.halted,
            "mistakes": self.mistakes,
            "mistakes_found": self.found,
            "seconds": round(seconds, 1),
            "runs_a_second": round(self.runs / max(seconds, 0.001), 1),
        }
        if mutant:
            value["mutant"] = mutant
        if self.first:
            report, plan = min(self.first, key=lambda pair: pair[1].seed)
            value["first_seed"] = report.seed
            value["first_violations"] = list(report.violations)
            with planted(mutant):
                value["smallest"] = repr(shrink(plan, lambda smaller: bool(run(smaller, _made(centre)).violations)))
        return value


def reports(
    plans: Iterable[Plan], mutant: str | None, processes: int, centre: str = ""
) -> Iterator[tuple[Report, Plan]]:
    """Yield the report of every plan, in order; ``centre`` names another one than that in memory, ``module:class``."""
    source, size = iter(plans), _CHUNK if mutant is None else 10
    work = ((mutant, centre, chunk) for chunk in iter(lambda: list(islice(source, size)), []))
    if processes == 1:
        for done in map(run_chunk, work):
            yield from done
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done in pool.imap(run_chunk, work):
            yield from done


def run_chunk(work: tuple[str | None, str, list[Plan]]) -> list[tuple[Report, Plan]]:
    """Run some plans in this process."""
    mutant, centre, plans = work
    # Errors are the point of it all: the engine's log of them says nothing here.
    logging.disable(logging.CRITICAL)
    with planted(mutant):
        return [(run(plan, _made(centre)), plan) for plan in plans]


def _made(centre: str) -> CentreMaker:
    made: CentreMaker = pkgutil.resolve_name(centre) if centre else CentreInMemory
    return made
