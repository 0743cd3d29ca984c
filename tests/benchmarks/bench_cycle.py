"""A card's whole durable cycle beside the same writes in raw sqlite3, beside durable queues, and behind a backlog.

``python tests/benchmarks/bench_cycle.py [CARDS]``. The printer answers at once, so that what is timed is the station:
draw, reservation, intent, outcome, ledger, journal and outbox, with ``synchronous = EXTRA``. ``raw`` is a script that
executes, in the same transactions on a copy of the same store, every statement by which the engine changed it. The
queues keep none of that; they write, claim and acknowledge as many jobs of 591 bytes, one worker, with the settings
that their own documentation gives for surviving a crash. All in turn, median of three.

``--backlogs 3626,362600`` times the station alone behind other numbers of waiting requests. ``--day 36260`` works so
many requests off in a process of its own and prints the memory that it added meanwhile.
"""

from __future__ import annotations

import argparse
import gc
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cardprint import CardRequest, PluginUse, PrinterConfig, Station, StationConfig
from cardprint.hosts import SystemClock
from cardprint.registry import Registry
from cardprint.store import ConnectionFactory, connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.instant import InstantPort

RUNS = 3
BACKLOG = 36_260
_PAGE = 10_000
_WRITES = ("INSERT", "UPDATE", "DELETE")
_JOB = b"x" * 591
_Statement = tuple[str, tuple[Any, ...]]


def config(folder: Path) -> StationConfig:
    printer = PrinterConfig(name="P1", driver="instant", device="instant:1")
    return StationConfig(folder=folder, people=1, renderer=PluginUse(plugin="none"), printers=(printer,))


def station_at(folder: Path, port: InstantPort, connect: ConnectionFactory = connect) -> Station:
    configuration = config(folder)
    registry = Registry.load(configuration.plugins, ())
    return Station(configuration, registry, clock=SystemClock(), ports=lambda _: port, connect=connect)


def prepare(folder: Path, backlog: int, blanks: int) -> None:
    with station_at(folder, InstantPort()) as station:
        for start in range(0, backlog, _PAGE):
            station.requests.submit(
                CardRequest(request_id=f"r{n}", subject_id=f"s{n}") for n in range(start, min(start + _PAGE, backlog))
            )
        station.stock.receive(blanks)
        station.stock.load("P1", blanks)


def turned(station: Station, port: InstantPort, cards: int) -> Iterator[None]:
    """Make cards in this thread; pauses once the first one is asked for, and once ``cards`` more are."""
    worker = station.step().workers[0]
    for enough in (1, 1 + cards):
        while port.submitted < enough:
            worker.advance(worker.port.poll() if worker.port is not None else None)
        yield


def engine(folder: Path, cards: int) -> float:
    """Give the seconds from one card's submit to that of the card so many later."""
    port = InstantPort()
    with station_at(folder, port) as station:
        turns = turned(station, port, cards)
        next(turns)
        gc.collect()
        begun = time.perf_counter()
        next(turns)
        return time.perf_counter() - begun


class Recording:
    """Be a connection that remembers by which statements it changed the store, transaction by transaction."""

    def __init__(self, connection: sqlite3.Connection, transactions: list[list[_Statement]]) -> None:
        self._connection = connection
        self._transactions = transactions
        self._now: list[_Statement] = []

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE":
            self._now = []
        elif sql.lstrip().startswith(_WRITES):
            self._now.append((sql, tuple(values)))
        elif sql == "COMMIT":
            self._transactions.append(self._now)
        return self._connection.execute(sql, values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a connection has
        return getattr(self._connection, name)


def recorded(folder: Path, cards: int) -> tuple[list[list[_Statement]], list[list[_Statement]]]:
    """Let the engine work on a copy; give what it wrote before the first submit, and after it for ``cards`` cards."""
    transactions: list[list[_Statement]] = []
    port = InstantPort()

    def recording(path: Path) -> sqlite3.Connection:
        return Recording(connect(path), transactions)  # type: ignore[return-value]

    with station_at(folder, port, recording) as station:
        turns = turned(station, port, cards)
        next(turns)
        first = len(transactions)
        next(turns)
        return transactions[:first], transactions[first:]


def raw(folder: Path, written: tuple[list[list[_Statement]], list[list[_Statement]]]) -> float:
    """Write the same rows in the same transactions."""
    connection = connect(folder / "station.db")
    times = []
    for transactions in written:
        gc.collect()
        begun = time.perf_counter()
        for statements in transactions:
            connection.execute("BEGIN IMMEDIATE")
            for sql, values in statements:
                connection.execute(sql, values)
            connection.execute("COMMIT")
        times.append(time.perf_counter() - begun)
    connection.close()
    return times[1]


def huey(folder: Path, cards: int) -> float:
    from huey import SqliteHuey

    queue = SqliteHuey(filename=str(folder / "huey.db"), fsync=True)

    @queue.task()  # type: ignore[untyped-decorator]
    def make(job: bytes) -> None:
        pass

    for _ in range(cards):
        make(_JOB)
    begun = time.perf_counter()
    while (task := queue.dequeue()) is not None:
        queue.execute(task)
    return time.perf_counter() - begun


def persist_queue(folder: Path, cards: int) -> float:
    from persistqueue import SQLiteAckQueue

    queue = SQLiteAckQueue(str(folder / "persist"), auto_commit=True)
    for _ in range(cards):
        queue.put(_JOB)
    begun = time.perf_counter()
    for _ in range(cards):
        queue.ack(queue.get())
    return time.perf_counter() - begun


def litequeue(folder: Path, cards: int) -> float:
    from litequeue import LiteQueue

    queue = LiteQueue(str(folder / "lite.db"))
    for _ in range(cards):
        queue.put(_JOB.decode())
    begun = time.perf_counter()
    while (message := queue.pop()) is not None:
        queue.done(message.message_id)
    return time.perf_counter() - begun


_PEERS: dict[str, tuple[Callable[[Path, int], float], float | None]] = {
    "huey": (huey, 0.35),
    "persist-queue": (persist_queue, None),
    "litequeue": (litequeue, None),
}
"""Name to (what does it, the aim of performance.md for station / peer)."""


def copied(folder: Path, made: Path) -> Path:
    shutil.copytree(folder, made)
    return made


def beside_peers(root: Path, cards: int) -> None:
    prepare(root / "store", BACKLOG, cards + 10)
    written = recorded(copied(root / "store", root / "recorded"), cards)
    rates: dict[str, list[float]] = {}
    for number in range(RUNS):
        runs: dict[str, Callable[[Path], float]] = {
            "station": lambda folder: engine(folder, cards),
            "raw sqlite3": lambda folder: raw(folder, written),
        }
        for name, run in runs.items():
            folder = copied(root / "store", root / f"{name}-{number}")
            rates.setdefault(name, []).append(cards / run(folder))
        for name, (peer, _) in _PEERS.items():
            folder = root / f"{name}-{number}"
            folder.mkdir()
            try:
                rates.setdefault(name, []).append(cards / peer(folder, cards))
            except ImportError:
                print(f"{name} is not installed: pip install --group bench", file=sys.stderr)
                rates.pop(name)
    print(f"{cards} cards behind {BACKLOG:,} requests, median of {RUNS} in turn")
    print(f"{'':15}{'cards/s':>10}{'station / it':>14}{'aim':>8}")
    station = statistics.median(rates["station"])
    aims = {"raw sqlite3": 0.75} | {name: aim for name, (_, aim) in _PEERS.items() if aim is not None}
    for name, figures in rates.items():
        ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["station"], figures, strict=True))
        aim = aims.get(name)
        verdict = "" if aim is None else f"{aim:>8.2f}  {'met' if ratio >= aim else 'NOT MET'}"
        print(f"{name:15}{statistics.median(figures):>10,.0f}{ratio:>14.2f}{verdict}")
    print(f"the station: {station:,.0f} cards/s; peak memory of this process {peak():.0f} MB")


def behind(root: Path, backlogs: list[int], cards: int) -> None:
    """Time the station behind other backlogs, in turn."""
    for backlog in backlogs:
        prepare(root / f"{backlog}", backlog, cards + 10)
    rates: dict[int, list[float]] = {backlog: [] for backlog in backlogs}
    for number in range(RUNS):
        for backlog in backlogs:
            folder = copied(root / f"{backlog}", root / f"{backlog}-{number}")
            rates[backlog].append(cards / engine(folder, cards))
    first = backlogs[0]
    print(f"\n{'waiting':>12}{'cards/s':>10}{'/ first':>9}{'aim':>6}")
    for backlog, figures in rates.items():
        ratio = statistics.median(mine / least for mine, least in zip(figures, rates[first], strict=True))
        aim = 0.75 if backlog > 1_000_000 else 0.85
        verdict = "met" if ratio >= aim else "NOT MET"
        print(f"{backlog:>12,}{statistics.median(figures):>10,.0f}{ratio:>9.2f}{aim:>6.2f}  {verdict}")


def syncs(cards: int) -> None:
    """Count the syncs of a run's cards, by running this script twice beneath strace."""
    if shutil.which("strace") is None:
        print("strace is not installed: the syncs are not counted", file=sys.stderr)
        return
    counts = []
    with tempfile.TemporaryDirectory() as temporary:
        for count in (cards, 3 * cards):
            log = Path(temporary) / f"{count}"
            command = ["strace", "-f", "-qq", "-e", "trace=fdatasync,fsync", "-o", str(log)]
            subprocess.run([*command, sys.executable, __file__, str(count), "--only-engine"], check=True)
            counts.append(len(log.read_text("utf-8").splitlines()))
    each = (counts[1] - counts[0]) / (2 * cards)
    print(f"{each:.2f} syncs a card, aim 2.10, {'met' if each <= 2.1 else 'NOT MET'}")


def resident() -> float:
    """Give this process's memory now, in MB."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6


def day(cards: int) -> None:
    """Work requests off, and print what the process's memory grew by from the first card to the last."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "store"
        command = [sys.executable, __file__, str(cards), "--only-day", str(folder)]
        prepare(folder, cards + 10, cards + 10)
        begun, ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    added = float(ended) - float(begun)
    verdict = "met" if added <= 8 else "NOT MET"
    print(f"\n{cards:,} cards made one after another: {added:.1f} MB added to {begun} MB, aim 8, {verdict}")


def only_day(folder: Path, cards: int) -> None:
    port = InstantPort()
    with station_at(folder, port) as station:
        turns = turned(station, port, cards)
        next(turns)
        begun = resident()
        next(turns)
        print(f"{begun:.1f} {resident():.1f}")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", nargs="?", type=int, default=2000)
    parser.add_argument(
        "--backlogs", default="3626,362600", help="numbers of waiting requests, with commas; empty: none"
    )
    parser.add_argument("--only-engine", action="store_true", help="one run of the station, nothing printed")
    parser.add_argument("--day", type=int, default=0, help="cards of a day whose memory is measured")
    parser.add_argument("--only-day", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only_day is not None:
        only_day(given.only_day, given.cards)
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        if given.only_engine:
            prepare(root / "store", 3 * given.cards, given.cards + 10)
            engine(root / "store", given.cards)
            return
        beside_peers(root, given.cards)
        syncs(200)
        if given.backlogs:
            behind(root, [int(word) for word in given.backlogs.split(",")], given.cards)
        if given.day:
            day(given.day)


if __name__ == "__main__":
    main()
