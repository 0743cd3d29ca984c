"""``kill -9`` of a real ``cardprint run`` under two printers that go on: what is lost, doubled, or out of the books.

``python tests/benchmarks/bench_kills.py 2000`` kills 2,000 times at random moments and starts again each time.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cardprint import Station
from cardprint_simulator.wire import Line

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
PRINTERS = {"P1": "T2", "P2": "T3"}
SECONDS_PER_CARD = "0.15"
AGAIN = 25
"""Kills after which the time to the first card is measured anew, and the hoppers are filled."""
BLANKS = 200
"""Blanks in a full hopper; not more, for a device keeps its whole world in one file."""
STATION = """
[station]
people = 1

[renderer]
plugin = "none"
"""
PRINTER = """
[printers.{name}]
driver = "simulator"
device = "sim://{host}:{port}"
"""


class Device:
    """Be one printer's process."""

    def __init__(self, folder: Path, tier: str, blanks: int) -> None:
        folder.mkdir()
        options = ["--world", str(folder / "world.json"), "--tier", tier, "--blanks", str(blanks)]
        options += ["--seconds-per-card", SECONDS_PER_CARD]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cardprint_simulator.device", *options], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        host, _, port = self._process.stdout.readline().removeprefix("listening on ").strip().rpartition(":")
        self.address = (host, int(port))

    def world(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.ask({"ask": "world"})
        return answer

    def fill(self) -> int:
        """Fill the hopper, and give the blanks that it took."""
        lacking = BLANKS - int(self.world()["places"].get("hopper:device", 0))
        self.ask({"ask": "load", "count": lacking})
        return lacking

    def ask(self, question: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        with Line(self.address, connect_timeout=5.0, timeout=30.0) as line:
            line.say(question)
            return line.hear()["answer"]

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        devices = {name: Device(root / name, tier, BLANKS) for name, tier in PRINTERS.items()}
        try:
            work(root / "station", devices)
        finally:
            for device in devices.values():
                device.end()


def work(folder: Path, devices: dict[str, Device]) -> None:
    folder.mkdir(mode=0o700)
    configuration = STATION + "".join(
        PRINTER.format(name=name, host=device.address[0], port=device.address[1]) for name, device in devices.items()
    )
    (folder / "station.toml").write_text(configuration, "utf-8")
    people = folder / "people.csv"
    people.write_text(
        "request_id,subject_id\n" + "".join(f"r{n},s{n}\n" for n in range(10 * KILLS + 8 * BLANKS)), "utf-8"
    )
    cli(folder, "import", str(people))
    load(folder, dict.fromkeys(devices, BLANKS))
    chance = random.Random(SEED)
    begun = time.monotonic()
    start = first_card(folder)
    for number in range(1, KILLS + 1):
        station = subprocess.Popen(
            command(folder, "run", "--keep-running"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.3, 2.0) * start)
        station.kill()
        station.wait()
        if number % AGAIN == 0:
            start = first_card(folder)
            load(folder, {name: device.fill() for name, device in devices.items()})
        if number % 100 == 0:
            print(f"{number} kills, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    # The last recovery, and a few cards more.
    cli(folder, "run", "--cards", "10", may_fail=True)
    judge(folder, devices, time.monotonic() - begun)


def load(folder: Path, blanks: dict[str, int]) -> None:
    """Book blanks into the hoppers."""
    if any(blanks.values()):
        cli(folder, "stock", "receive", str(sum(blanks.values())), "--by", "a")
    for name, count in blanks.items():
        if count:
            cli(folder, "stock", "load", name, str(count), "--by", "a")


def first_card(folder: Path) -> float:
    """Measure how long a station takes to its first card, so that kills meet cards however busy the machine is."""
    begun = time.monotonic()
    cli(folder, "run", "--cards", "1", may_fail=True)
    return time.monotonic() - begun


def judge(folder: Path, devices: dict[str, Device], seconds: float) -> None:
    worlds = {name: device.world() for name, device in devices.items()}
    with Station.open(folder / "station.toml") as station:
        job_of: dict[str, int] = {}
        doubts: set[str] = set()
        rules: Counter[str] = Counter()
        after = 0
        while lines := station.journal.lines(after=after, limit=10_000):
            after = lines[-1].seq
            for line in lines:
                if line.event == "attempt-intent" and line.job_id is not None:
                    job_of[line.attempt_id] = line.job_id
                elif line.event == "attempt-in-doubt":
                    doubts.add(line.attempt_id)
                elif line.event.startswith("card-") and line.attempt_id in doubts and "rule" in line.data:
                    rules[str(line.data["rule"])] += 1
        accounts = dict(station.stock.report().accounts)
        report = station.check()
    cards = Counter({attempt: count for world in worlds.values() for attempt, count in world["good_cards"].items()})
    by_job = Counter(job_of.get(attempt, 0) for attempt in cards.elements())
    hoppers = {
        name: accounts.get(f"hopper:{name}", 0) - world["places"].get("hopper:device", 0)
        for name, world in worlds.items()
    }
    value = {
        "kills": KILLS,
        "seconds": round(seconds, 1),
        "printed": sum(cards.values()),
        "doubled": sum(count - 1 for count in by_job.values() if count > 1),
        "good_cards_of_no_request": by_job.get(0, 0),
        "book_minus_world": {"printed": accounts.get("printed", 0) - sum(cards.values()), **hoppers},
        "doubts": len(doubts),
        "resolved": dict(rules),
        "problems": list(report.problems),
    }
    print(json.dumps(value))


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "cardprint.cli", *words, "--station", str(folder / "station.toml")]


def cli(folder: Path, *words: str, may_fail: bool = False) -> None:
    subprocess.run(command(folder, *words), check=not may_fail, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
