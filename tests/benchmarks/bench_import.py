"""Import of a large CSV through a station, beside raw csv and executemany into the same indexes.

Prints rows a second of both, their ratio, and the memory that the import added (peak resident set, which only grows:
the station comes first).
"""

from __future__ import annotations

import csv
import resource
import sqlite3
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from cardprint import PluginUse, Station, StationConfig

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 362_600
COLUMNS = ["request_id", "subject_id", "request_type", "priority", "waiting_since"]
COLUMNS += [f"field_{number}" for number in range(14)]


def write(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in range(rows):
            fixed = [f"R{rows}-{n:07d}", f"{rows}{n:014d}", "FIRST_ISSUANCE", n % 3, f"2025-{1 + n % 12:02d}-05"]
            writer.writerow(fixed + [f"value {n * number % 9973}" for number in range(14)])


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def raw(folder: Path, file: Path) -> float:
    """Write the rows as they are, with the settings and the indexes of the store."""
    connection = sqlite3.connect(folder / "raw.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA journal_mode = WAL")
    names = ", ".join(COLUMNS)
    connection.execute(f"CREATE TABLE request (id INTEGER PRIMARY KEY, {names}, UNIQUE (request_id))")
    connection.execute("CREATE INDEX subject ON request (subject_id)")
    connection.execute("CREATE INDEX waiting ON request (priority, waiting_since, id)")
    marks = ", ".join("?" * len(COLUMNS))
    begun = time.monotonic()
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        next(reader)
        while page := list(islice(reader, 1000)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT INTO request ({names}) VALUES ({marks})", page)  # noqa: S608
            connection.execute("COMMIT")
    connection.close()
    return time.monotonic() - begun


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder / "small.csv", 2000)
        write(folder / "large.csv", ROWS)
        with Station.open(StationConfig(folder=folder / "station", renderer=PluginUse(plugin="none"))) as station:
            station.sources.import_file(folder / "small.csv", source="small")
            before = peak()
            begun = time.monotonic()
            report = station.sources.import_file(folder / "large.csv")
            ours, added = time.monotonic() - begun, peak() - before
        theirs = raw(folder, folder / "large.csv")
    print(f"rows {report.new}")
    print(f"station        {report.new / ours:>10,.0f} rows/s, {added:.1f} MB added")
    print(f"raw executemany{report.new / theirs:>10,.0f} rows/s; station / raw {theirs / ours:.2f}")


if __name__ == "__main__":
    main()
