"""What a process of its own costs a driver for each card, and what a driver that fails costs the other printers.

The first table: a card of the protocol (look, submit, five steps of which two wait, done) through a host and through a
thread of the station, in turn, median of five runs. The second: a real station with three printers whose driver takes a
tenth of a second for each card; cards a minute of the other two before the third's driver fails, and after it, while it
hangs or is started again.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cardprint import CardRequest, PluginUse, PrinterConfig, Station, StationConfig
from cardprint.hosts import InlinePort, PrinterPort, ProcessPort, SystemClock, start_message
from cardprint.model import AttemptId, CardOrder
from cardprint.model.messages import Event, Look, Open, Proceed, Reported, Submit
from cardprint.model.views import Change
from cardprint.plugin import PluginContext

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.quick_driver import QuickPlugin, QuickSession, QuickSettings

CARDS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
RUNS = 5
BEFORE = 40
"""Cards of the others before the third fails; as many are counted after it."""


def answer(port: PrinterPort) -> Event:
    event = port.wait(60)
    if event is None:
        raise TimeoutError
    return event


def card(port: PrinterPort, number: int) -> None:
    attempt = AttemptId(f"bench-{number:08d}")
    port.send(Look(attempt_id=attempt))
    answer(port)
    port.send(Submit(order=CardOrder(attempt_id=attempt)))
    while isinstance(event := answer(port), Reported):
        if event.step.kind.synced:
            port.send(Proceed())


def one_run(make: Callable[[], PrinterPort]) -> tuple[float, float]:
    """Give milliseconds from the start to an open session, and for each card."""
    begun = time.perf_counter()
    port = make()
    port.send(Open())
    answer(port)
    opened = time.perf_counter()
    for number in range(CARDS):
        card(port, number)
    made = time.perf_counter()
    port.end()
    return (opened - begun) * 1e3, (made - opened) / CARDS * 1e3


def overhead(folder: Path) -> None:
    context = PluginContext(name="P1", clock=SystemClock(), folder=folder, photos=folder)

    def process() -> PrinterPort:
        start = start_message(
            factory="support.quick_driver:QuickDriver",
            settings_path="",
            settings=None,
            device="bench:1",
            context=context,
        )
        return ProcessPort(start)

    def inline() -> PrinterPort:
        return InlinePort(lambda: QuickSession(QuickSettings()))

    runs: dict[str, list[tuple[float, float]]] = {"process": [], "inline": []}
    for _ in range(RUNS):
        for name, make in (("process", process), ("inline", inline)):
            runs[name].append(one_run(make))
    medians = {}
    print(f"{CARDS} cards, median of {RUNS} runs in turn")
    print(f"{'':10}{'start, ms':>12}{'card, ms':>12}")
    for name, figures in runs.items():
        start, each = (statistics.median(column) for column in zip(*figures, strict=True))
        medians[name] = each
        print(f"{name:10}{start:>12.1f}{each:>12.3f}")
    more = medians["process"] - medians["inline"]
    print(f"process / inline {medians['process'] / medians['inline']:.1f}; {more:.3f} ms more for a card")


class Counter:
    """Count the other printers' cards, and know when the third has failed."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.doubt = 0
        self.more = threading.Condition()

    def hear(self, change: Change) -> None:
        with self.more:
            if change.event == "card-printed" and change.printer != "P3":
                self.times.append(time.perf_counter())
            self.doubt += change.event == "attempt-in-doubt"
            self.more.notify_all()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self.more:
            if not self.more.wait_for(holds, 120):
                raise TimeoutError


def one_fault(folder: Path, fault: str) -> tuple[float, float, bool]:
    """Give cards a minute of the others before and after the fault, and whether the books balance."""
    blanks = 4 * BEFORE
    when = folder / "now"
    config = StationConfig(
        folder=folder / "station",
        people=1,
        renderer=PluginUse(plugin="none"),
        printers=tuple(
            PrinterConfig(
                name=name,
                driver="quick",
                device=f"bench:{name}",
                settings={"seconds": 0.1, "fault": fault, "when": str(when) if name == "P3" else ""},
            )
            for name in ("P1", "P2", "P3")
        ),
    )
    counter = Counter()
    with Station.open(config, plugins=[QuickPlugin()]) as station:
        station.requests.submit(CardRequest(request_id=f"r{n}", subject_id=f"s{n}") for n in range(3 * blanks))
        station.stock.receive(3 * blanks)
        for printer in ("P1", "P2", "P3"):
            station.stock.load(printer, blanks)
        station.subscribe(counter.hear)
        station.start()
        counter.wait_until(lambda: len(counter.times) >= BEFORE)
        failed = len(counter.times)
        when.touch()
        counter.wait_until(lambda: len(counter.times) >= failed + BEFORE)
        counter.wait_until(lambda: counter.doubt == 1)
        station.stop()
        station.close()
    with Station.open(config, plugins=[QuickPlugin()]) as station:
        balanced = station.check().ok
    times = counter.times
    before = (failed - 1) / (times[failed - 1] - times[0]) * 60
    after = BEFORE / (times[failed + BEFORE - 1] - times[failed - 1]) * 60
    return before, after, balanced


def main() -> None:
    logging.disable()
    with tempfile.TemporaryDirectory() as temporary:
        overhead(Path(temporary))
    print()
    print(f"{'the third':12}{'before':>10}{'during':>10}{'ratio':>8}  books (cards a minute of the other two)")
    for fault in ("hangs", "crashes", "segfaults"):
        with tempfile.TemporaryDirectory() as temporary:
            before, after, balanced = one_fault(Path(temporary), fault)
        print(f"{fault:12}{before:>10,.0f}{after:>10,.0f}{after / before:>8.2f}  {'balance' if balanced else 'DIFFER'}")


if __name__ == "__main__":
    main()
