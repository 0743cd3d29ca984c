"""Import of a large CSV through a station, beside raw csv and executemany and beside sqlite-utils' Python API.

``python tests/benchmarks/bench_import.py [ROWS] [ROUNDS] [PAGE]``; sqlite-utils is in the dependency group ``bench``.

Contenders take turns, each in a process of its own, so that the peak of its memory is its own; the median counts.
Processor time is told as well, which a busy machine alters less. All write with ``synchronous=EXTRA`` in WAL, commit
every PAGE rows (1,000), and end with indexes on the request's id, on the subject, and on priority and date. ``raw``
writes a row as it stands. ``raw, same tables`` writes each row as a request and a job into a station's own tables, with
their indexes and kept counters, and checks nothing. The station checks every value, knows what it has, holds doubled
subjects, and keeps lanes and journal.
"""

from __future__ import annotations

import csv
import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path

from cardprint import PluginUse, Station, StationConfig
from cardprint.store import Database, Transaction

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 362_600
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2].isdigit() else 3
PAGE = int(sys.argv[3]) if len(sys.argv) > 3 and sys.argv[3].isdigit() else 1000
COLUMNS = ["request_id", "subject_id", "request_type", "priority", "waiting_since"]
COLUMNS += [f"field_{number}" for number in range(14)]
REQUEST = "source, digest, request_id, subject_id, request_type, reason, priority, waiting_since, kind, needs, verdict"
REQUEST += ", design, fields, photo"

Measured = tuple[float, dict[str, float]]


def write(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in range(rows):
            fixed = [f"R{rows}-{n:07d}", f"{rows}{n:014d}", "FIRST_ISSUANCE", n % 3, f"2025-{1 + n % 12:02d}-05"]
            writer.writerow(fixed + [f"value {n * number % 9973}" for number in range(14)])


def pages(file: Path, page_size: int) -> Iterator[list[list[str]]]:
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        next(reader)
        while page := list(islice(reader, page_size)):
            yield page


class Timed(Database):
    """Note how long others have to wait for a page."""

    held: tuple[float, ...] = ()

    @contextmanager
    def transaction(self, now: float = 0.0) -> Iterator[Transaction]:
        begun = time.perf_counter()
        with super().transaction(now) as tx:
            yield tx
        self.held += (time.perf_counter() - begun,)


def station(folder: Path, file: Path, page_size: int) -> Measured:
    # The station makes its store by itself; only here is one wanted that looks at the clock.
    vars(import_module("cardprint.station.station"))["Database"] = Timed
    with Station.open(StationConfig(folder=folder / "station", renderer=PluginUse(plugin="none"))) as opened:
        begun = time.monotonic()
        report = opened.sources.import_file(file, settings={"page_size": page_size})
        taken = time.monotonic() - begun
        held = sorted(opened._database.held)  # type: ignore[attr-defined]
    if not report.ok or report.held:
        raise SystemExit(f"the import is not what was written: {report}")
    return taken, {"median": held[len(held) // 2] * 1e3, "p95": held[len(held) * 95 // 100] * 1e3}


def raw(folder: Path, file: Path, page_size: int) -> Measured:
    connection = _open(folder / "raw.db")
    names = ", ".join(COLUMNS)
    connection.execute(f"CREATE TABLE request (id INTEGER PRIMARY KEY, {names}, UNIQUE (request_id))")
    connection.execute("CREATE INDEX subject ON request (subject_id)")
    connection.execute("CREATE INDEX waiting ON request (priority, waiting_since, id)")
    marks = ", ".join("?" * len(COLUMNS))
    begun = time.monotonic()
    for page in pages(file, page_size):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(f"INSERT INTO request ({names}) VALUES ({marks})", page)  # noqa: S608
        connection.execute("COMMIT")
    taken = time.monotonic() - begun
    connection.close()
    return taken, {}


def raw_same_tables(folder: Path, file: Path, page_size: int) -> Measured:
    database = Database(folder / "station")
    with database.transaction() as tx:
        tx.execute("INSERT INTO source (name) VALUES ('raw')")
        tx.execute("INSERT INTO lane (name, kind, needs) VALUES ('all', 'standard', '')")
        tx.execute("INSERT INTO placement (reason, details) VALUES ('x-by-arrival', '{}')")
    connection = database._writer
    marks = ", ".join("?" * 14)
    numbers = iter(range(1, sys.maxsize))
    begun = time.monotonic()
    for page in pages(file, page_size):
        with database.transaction():
            connection.executemany(
                f"INSERT INTO request ({REQUEST}) VALUES ({marks})",  # noqa: S608
                (
                    (1, b"", *row[:3], "", row[3], row[4], "standard", "", "print-ready", "", _fields(row), "")
                    for row in page
                ),
            )
            connection.executemany(
                "INSERT INTO job (request, request_type, state, lane, rank, placement)"
                " VALUES (?, 'FIRST_ISSUANCE', 'pending', 1, ?, 1)",
                ((number, (9 - int(row[3])) * 10_000_000) for row, number in zip(page, numbers, strict=False)),
            )
    taken = time.monotonic() - begun
    database.close()
    return taken, {}


def _fields(row: list[str]) -> bytes:
    return json.dumps(dict(zip(COLUMNS[5:], row[5:], strict=True))).encode()


def sqlite_utils(folder: Path, file: Path, page_size: int) -> Measured:
    import sqlite_utils as peer

    database = peer.Database(_open(folder / "peer.db"))
    begun = time.monotonic()
    with file.open(newline="", encoding="utf-8") as stream:
        table = database.table("request")
        table.insert_all(csv.DictReader(stream), pk="request_id", batch_size=page_size)
    table.create_index(["subject_id"])
    table.create_index(["priority", "waiting_since"])
    taken = time.monotonic() - begun
    if table.count != ROWS:
        raise SystemExit("sqlite-utils has not written every row")
    return taken, {}


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


CONTENDERS: dict[str, Callable[[Path, Path, int], Measured]] = {
    "station": station,
    "raw": raw,
    "raw, same tables": raw_same_tables,
    "sqlite-utils": sqlite_utils,
}


def child(name: str, small: Path, large: Path, page_size: int) -> None:
    """Run one contender on a small file and then on the large one; say seconds and the memory that was added."""
    contender = CONTENDERS[name]
    with tempfile.TemporaryDirectory() as temporary:
        for folder in ("small", "large"):
            (Path(temporary) / folder).mkdir()
        if name != "sqlite-utils":
            contender(Path(temporary) / "small", small, page_size)
        before = _peak()
        begun = time.process_time()
        taken, more = contender(Path(temporary) / "large", large, page_size)
        busy = time.process_time() - begun
    print(json.dumps({"seconds": taken, "busy": busy, "added": _peak() - before, **more}))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as temporary:
        small, large = Path(temporary) / "small.csv", Path(temporary) / "large.csv"
        write(small, 2 * PAGE)
        write(large, ROWS)
        for _ in range(ROUNDS):
            for name, figures in measured.items():
                command = [sys.executable, __file__, str(ROWS), str(ROUNDS), str(PAGE), name, str(small), str(large)]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                figures.append(json.loads(said))
    seconds, busy = (
        {name: statistics.median(figure[key] for figure in figures) for name, figures in measured.items()}
        for key in ("seconds", "busy")
    )
    print(f"{ROWS:,} rows, pages of {PAGE:,}, median of {ROUNDS} in turn")
    print(f"{'':18}{'rows/s':>10}{'station / it':>14}{'by processor time':>19}{'MB added':>10}")
    for name, taken in seconds.items():
        added = statistics.median(figure["added"] for figure in measured[name])
        print(
            f"{name:18}{ROWS / taken:>10,.0f}{taken / seconds['station']:>14.2f}"
            f"{busy[name] / busy['station']:>19.2f}{added:>10.1f}"
        )
    waits = {key: statistics.median(figure[key] for figure in measured["station"]) for key in ("median", "p95")}
    print(f"station's transactions: median {waits['median']:.1f} ms, 95 % within {waits['p95']:.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) > 4:
        child(sys.argv[4], Path(sys.argv[5]), Path(sys.argv[6]), PAGE)
    else:
        main()
