"""Rows a second out of a spreadsheet, JSON Lines and CSV, each beside a peer that checks nothing.

A peer gives values as they stand; ours are records: within bounds, no formula, nothing rounded, columns by our names.
"records" is one pass over the file, what a peer does; "requests" is all that a data source does: a first pass to see
that the file is whole, a second one, and a card request made of each record. Interleaved, medians of three, in seconds
of the processor: nothing here waits for anything.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

import openpyxl
import orjson

from cardprint.builtin.file import FileLimits, FileSettings, FileSource
from cardprint.builtin.file.containers import OpenFile
from cardprint.plugin import PluginContext

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 36_260
ROUNDS = 3
COLUMNS = ["request_id", "subject_id", "request_type", "priority", "waiting_since"]
COLUMNS += [f"field_{number}" for number in range(14)]


class WallClock:
    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def rows() -> Iterator[list[object]]:
    for n in range(ROWS):
        fixed: list[object] = [f"R-{n:07d}", f"99{n:014d}", "FIRST_ISSUANCE", n % 3, dt.date(2025, 1 + n % 12, 5)]
        yield fixed + [f"value {n * number % 9973}" for number in range(14)]


def write(folder: Path) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("requests")
    sheet.append(COLUMNS)
    with (
        (folder / "table.csv").open("w", newline="", encoding="utf-8") as table,
        (folder / "lines.jsonl").open("w", encoding="utf-8") as lines,
    ):
        writer = csv.writer(table)
        writer.writerow(COLUMNS)
        for row in rows():
            sheet.append(row)
            writer.writerow(row)
            lines.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), default=str) + "\n")
    workbook.save(folder / "sheet.xlsx")


def source(path: Path, limits: FileLimits) -> FileSource:
    context = PluginContext(name="file", clock=WallClock(), folder=path.parent, photos=path.parent)
    return FileSource(FileSettings(path=path, page_size=1000, limits=limits), context)


def requests(path: Path) -> int:
    return sum(len(page.items) for page in source(path, FileLimits()).pull(None))


def records(path: Path, limits: FileLimits) -> int:
    made = source(path, limits)
    with OpenFile(path) as opened, ExitStack() as stack:
        container = stack.enter_context(closing(made._container(opened)))
        return sum(1 for _ in made._records(container))


def by_openpyxl(path: Path) -> int:
    workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    return sum(1 for _ in workbook.worksheets[0].iter_rows(min_row=2, values_only=True))


def by_orjson(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for line in stream if orjson.loads(line))


def by_csv(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.reader(stream)
        return sum(1 for row in islice(reader, 1, None) if dict(zip(COLUMNS, row, strict=True)))


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder)
        sheet, lines, table = folder / "sheet.xlsx", folder / "lines.jsonl", folder / "table.csv"
        limits, by_row = FileLimits(), FileLimits(sheet_cells=0)
        runs: dict[str, tuple[str, Callable[[], int]]] = {
            "openpyxl, read-only": ("", lambda: by_openpyxl(sheet)),
            "XLSX, records": ("openpyxl, read-only", lambda: records(sheet, limits)),
            "XLSX, records, above the bound": ("openpyxl, read-only", lambda: records(sheet, by_row)),
            "XLSX, requests": ("openpyxl, read-only", lambda: requests(sheet)),
            "orjson": ("", lambda: by_orjson(lines)),
            "JSON Lines, records": ("orjson", lambda: records(lines, limits)),
            "JSON Lines, requests": ("orjson", lambda: requests(lines)),
            "csv": ("", lambda: by_csv(table)),
            "CSV, records": ("csv", lambda: records(table, limits)),
            "CSV, requests": ("csv", lambda: requests(table)),
        }
        taken: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(ROUNDS):
            for name, (_, run) in runs.items():
                begun = time.process_time()
                if run() != ROWS:
                    raise SystemExit(f"{name} did not read {ROWS:,} rows")
                taken[name].append(time.process_time() - begun)
    rates = {name: ROWS / statistics.median(seconds) for name, seconds in taken.items()}
    print(f"{ROWS:,} rows of {len(COLUMNS)} columns, rows/s")
    for name, (peer, _) in runs.items():
        print(f"{name:<32}{rates[name]:>12,.0f}" + (f"   {rates[name] / rates[peer]:5.2f} of {peer}" if peer else ""))


if __name__ == "__main__":
    main()
