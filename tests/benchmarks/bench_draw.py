"""The next hundred requests, and a dashboard's counters, behind any number of waiting ones.

``python tests/benchmarks/bench_draw.py [WAITING ...]`` (100, 100,000 and 1,000,000 where none is given; ``make
bench-full`` adds 10,000,000). The rows are written as the store keeps them, by one statement; what is timed is the
public API beside the bare indexed query on the same file, in turn, median of many.
"""

from __future__ import annotations

import functools
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cardprint import CardRequest, PluginUse, PrinterConfig, Station, StationConfig
from cardprint.model import JobState

SIZES = [int(word) for word in sys.argv[1:]] or [100, 100_000, 1_000_000]
RUNS = 15
_FILL = (
    (
        "INSERT INTO request SELECT value + 1, source, 'w' || value, revision, digest, 'v' || value, request_type,"
        " reason, priority, waiting_since, kind, needs, verdict, design, fields, photo"
        " FROM request, generate(?) WHERE id = 1"
    ),
    (
        "INSERT INTO job (id, request, request_type, state, lane, rank, placement)"
        " SELECT value + 1, value + 1, request_type, 'pending', lane, rank + value % 1000, placement"
        " FROM job, generate(?) WHERE id = 1"
    ),
)


def fill(station: Station, waiting: int) -> None:
    station.requests.submit(CardRequest(request_id="r0", subject_id="s0"))
    numbers = (
        "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {}) SELECT value FROM n)"
    )
    with station._database.transaction() as tx:
        for statement in _FILL:
            tx.execute(statement.replace("generate(?)", numbers.format(waiting - 1)))


def median_of(call: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e3


def bare(connection: sqlite3.Connection) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = connection.execute(
        "SELECT id, request, rank FROM job WHERE lane = 1 AND state = 'pending' AND delayed = 0"
        " ORDER BY rank, id LIMIT 100",
    ).fetchall()
    return rows


def main() -> None:
    titles = f"{'waiting':>12}{'next 100':>10}{'bare':>8}{'ratio':>7}{'aim':>5}{'':9}"
    print(f"{titles}{'counters':>9}{'aim':>5}{'':9}{'MB added':>9}")
    for waiting in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "station"
            printer = PrinterConfig(name="P1", driver="folder", device="folder:out")
            config = StationConfig(folder=folder, people=1, renderer=PluginUse(plugin="none"), printers=(printer,))
            with Station.open(config) as station:
                fill(station, waiting)
                connection = sqlite3.connect(folder / "station.db")
                bare(connection)
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                ours = median_of(lambda: station.jobs.list(state=JobState.PENDING, limit=100))
                theirs = median_of(functools.partial(bare, connection))
                counters = median_of(station.status)
                added = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
                slow = connection.execute("SELECT count(*) FROM job WHERE state = 'pending'").fetchone()[0]
                equal = station.jobs.count(JobState.PENDING) == slow == min(waiting, slow)
                connection.close()
        draw = "met" if ours / theirs <= 10 else "NOT MET"
        quick = "met" if counters <= 5 and equal else "NOT MET"
        print(
            f"{waiting:>12,}{ours:>10.2f}{theirs:>8.3f}{ours / theirs:>7.1f}{10:>5}  {draw:7}"
            f"{counters:>9.2f}{5:>5}  {quick:7}{added:>9.1f}   (ms)",
        )


if __name__ == "__main__":
    main()
