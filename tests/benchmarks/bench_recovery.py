"""From the start of a station that was killed over a card to its next card, with much behind it and before it.

``python tests/benchmarks/bench_recovery.py`` makes stores of a few, 36,260 and 1,000,000 jobs, half of them finished.
Again and again a real ``cardprint run`` is killed over a card of a printer that goes on, and the time is taken from the
next start to its first printed card, in turn with the others. The card itself takes a tenth of a second of it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cardprint import CardRequest, Station

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.real_station import command, prepare

SIZES = [int(word) for word in sys.argv[1:]] or [0, 36_260, 1_000_000]
RUNS = 5
CARDS = 100
AIM = 1.0
"""Seconds beyond an empty store (performance.md)."""
_PAGE = 10_000
_FINISHED = (
    (
        "INSERT INTO request SELECT ?1, source, 'f' || ?1, revision, digest, 'g' || ?1, request_type, reason, priority,"
        " waiting_since, kind, needs, verdict, design, fields, photo FROM request WHERE id = 1"
    ),
    (
        "INSERT INTO job SELECT ?2, ?1, issue, request_type, 'completed', '', lane, rank, placement, 0, 0, 0, 0, NULL"
        " FROM job WHERE id = 1"
    ),
    "INSERT INTO movement VALUES (?3, 'pending', 2, 1, 'hopper:P1', 'in-machine:P1', NULL, NULL, '', '', '')",
    "INSERT INTO movement VALUES (?3 + 1, 'post', 2, 1, 'hopper:P1', 'in-machine:P1', ?3, NULL, '', '', '')",
    "INSERT INTO attempt ({names}) SELECT {values} FROM attempt WHERE id = 1",
    "INSERT INTO movement VALUES (?3 + 2, 'single', 2, 1, 'in-machine:P1', 'printed', NULL, ?4, '', '', '')",
    (
        "INSERT INTO outbox (key, source, job, outcome, attempt, state)"
        " SELECT station || '-' || printf('%08d', ?4) || ':printed', 1, ?2, 'printed',"
        " station || '-' || printf('%08d', ?4), 'accepted' FROM attempt WHERE id = 1"
    ),
)
"""A finished card like the first one, as the engine writes it."""
_OTHERWISE = {"id": "?4", "job": "?2", "fence": "?4", "batch": "2", "movement": "?3"} | dict.fromkeys(
    ("chip_number", "card_number", "code"), "''"
)
"""What is another in its attempt."""


class Office:
    """Hold a store and its printer."""

    def __init__(self, root: Path, jobs: int) -> None:
        self.jobs = jobs
        self.folder = root / f"station-{jobs}"
        options = ["--world", str(root / f"world-{jobs}.json"), "--tier", "T3", "--blanks", "1000"]
        self._device = subprocess.Popen(
            [sys.executable, "-m", "cardprint_simulator.device", *options, "--seconds-per-card", "0.1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._device.stdout is not None
        host, _, port = self._device.stdout.readline().removeprefix("listening on ").strip().rpartition(":")
        prepare(self.folder, (host, int(port)), cards=CARDS, blanks=1000)
        self.seconds: list[float] = []
        self.memory = 0.0
        """Peak of the last start, in MB."""
        self.run()
        self._fill(jobs // 2)
        self.seconds.clear()

    def run(self) -> None:
        """Start, take the time to the first printed card, and kill it over the next one."""
        begun = time.perf_counter()
        with subprocess.Popen(command(self.folder, "run"), stdout=subprocess.PIPE, text=True) as station:
            assert station.stdout is not None
            assert any("printed" in line for line in station.stdout)
            self.seconds.append(time.perf_counter() - begun)
            status = Path(f"/proc/{station.pid}/status").read_text("utf-8").splitlines()
            self.memory = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
            station.kill()

    def end(self) -> None:
        self._device.kill()
        self._device.communicate()

    def check(self) -> tuple[str, ...]:
        with Station.open(self.folder / "station.toml") as station:
            return station.check().problems

    def _fill(self, finished: int) -> None:
        if not finished:
            return
        with Station.open(self.folder / "station.toml") as station:
            station.stock.receive(finished, by="a")
            station.stock.load("P1", finished, by="a")
            for start in range(0, finished, _PAGE):
                station.requests.submit(
                    CardRequest(request_id=f"w{n}", subject_id=f"v{n}")
                    for n in range(start, min(start + _PAGE, finished))
                )
            database = station._database
            with database.reading() as reading:
                names = [row[1] for row in reading.all("PRAGMA table_info(attempt)")]
            values_of = [_OTHERWISE.get(name, name) for name in names]
            statements = [
                each.format(names=", ".join(names), values=", ".join(values_of)) if "{names}" in each else each
                for each in _FINISHED
            ]
            for start in range(0, finished, _PAGE):
                with database.transaction() as tx:
                    rows = [
                        int(tx.value(f"SELECT max(id) FROM {table}"))  # noqa: S608 - our own words
                        for table in ("request", "job", "movement", "attempt")
                    ]
                    for n in range(1, min(_PAGE, finished - start) + 1):
                        values = (rows[0] + n, rows[1] + n, rows[2] + 3 * n, rows[3] + n)
                        for statement in statements:
                            tx.execute(statement, values[: max(int(c) for c in "1234" if f"?{c}" in statement)])
                    tx.note("page-stored", counts={"finished": n})
                    tx.execute("UPDATE fence SET last = ?", (rows[3] + n + 1,))
                    tx.execute("UPDATE printer SET used = used, printed = printed + ?", (n,))


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        offices = [Office(Path(temporary), jobs) for jobs in SIZES]
        for _ in range(RUNS):
            for office in offices:
                office.run()
        empty = statistics.median(offices[0].seconds)
        print(f"{'jobs':>10}{'seconds':>10}{'peak MB':>9}{'beyond':>10}  aim {AIM:.1f}   median of {RUNS}")
        for office in offices:
            median = statistics.median(office.seconds)
            met = "met" if median - empty <= AIM else "NOT MET"
            print(f"{office.jobs:>10,}{median:>10.2f}{office.memory:>9.0f}{median - empty:>10.2f}  {met}")
            office.end()
        print(json.dumps({str(office.jobs): office.check() for office in offices}))


if __name__ == "__main__":
    main()
