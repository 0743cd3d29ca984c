"""What rendering costs a printer: cards made ahead from an SVG design, beside cards without faces.

A real station whose driver takes so many seconds for each card; the time from one card to the next, less those seconds,
is what the station adds. Faces are made while the printer works, so it should add the same with faces and without. With
0 seconds the printer is quicker than any, and each card waits for its faces. Memory is what the process grew by, files
what lay in the spool folder at most. ``python tests/benchmarks/bench_ahead.py [cards]``.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import logging
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from cardprint import CardRequest, PluginUse, PrinterConfig, Station, StationConfig
from cardprint.model.views import Change

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image

from support.quick_driver import QuickPlugin

CARDS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
RENDERERS = {"none": PluginUse(plugin="none"), "svg": PluginUse(plugin="svg", settings={"design": "id-card"})}
FIELDS = {"name": "Nobody Sample", "birth_place": "Nowhere", "birth_date": "2000-01-01", "address": "1 No Street"}


def resident() -> float:
    """Give what the process holds in memory, MiB."""
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) / 1024


def photo_in(folder: Path) -> str:
    out = io.BytesIO()
    Image.effect_noise((600, 800), 60).convert("RGB").save(out, "JPEG", quality=88)
    name = hashlib.sha256(out.getvalue()).hexdigest()
    folder.mkdir(mode=0o700, parents=True)
    (folder / name).write_bytes(out.getvalue())
    return name


class Watch:
    """Keep when each card was printed, and the most files that lay in the spool folder."""

    def __init__(self, spool: Path, wanted: int) -> None:
        self.times: dict[str, list[float]] = {}
        self.files = 0
        self.done = threading.Event()
        self._spool, self._left = spool, wanted

    def hear(self, change: Change) -> None:
        if change.event == "card-printed":
            self.times.setdefault(change.printer, []).append(time.perf_counter())
            self.files = max(self.files, sum(1 for _ in self._spool.glob("*")) if self._spool.is_dir() else 0)
            self._left -= 1
            if not self._left:
                self.done.set()


def one_run(renderer: str, printers: int, seconds: float) -> tuple[float, int, float]:
    """Give milliseconds that a card takes beyond the printer's own, files in the spool at most, and MiB grown."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "station"
        photo = photo_in(folder / "photos")
        names = [f"P{number}" for number in range(1, printers + 1)]
        config = StationConfig(
            folder=folder,
            people=1,
            renderer=RENDERERS[renderer],
            printers=tuple(
                PrinterConfig(name=name, driver="quick", device=f"bench:{name}", settings={"seconds": seconds})
                for name in names
            ),
        )
        count = CARDS * printers
        with Station.open(config, plugins=[QuickPlugin()]) as station:
            station.requests.submit(
                CardRequest(request_id=f"r{n}", subject_id=f"s{n}", fields=FIELDS, photo=photo) for n in range(count)
            )
            station.stock.receive(count)
            for name in names:
                station.stock.load(name, CARDS)
            watch = Watch(folder / "spool", count)
            station.subscribe(watch.hear)
            station.start()
            before = resident()
            if not watch.done.wait(600):
                raise TimeoutError
            grown = resident() - before
            station.stop()
        # The first cards wait for the ground of each side to be drawn.
        gaps = [b - a for each in watch.times.values() for a, b in itertools.pairwise(each[3:])]
        return (statistics.median(gaps) - seconds) * 1000, watch.files, grown


def main() -> None:
    logging.disable()
    print(f"{CARDS} cards a printer, two sides at 300 dpi with K panel and overlay")
    print(f"{'printers':>8}{'s a card':>10}{'without faces':>16}{'with':>10}{'more':>10}{'files':>8}{'MiB':>7}")
    for printers, seconds in ((1, 0.5), (3, 0.5), (1, 0.0)):
        bare, _, _ = one_run("none", printers, seconds)
        ahead, files, grown = one_run("svg", printers, seconds)
        row = f"{printers:>8}{seconds:>10.1f}{bare:>13.1f} ms{ahead:>7.1f} ms{ahead - bare:>7.1f} ms"
        print(f"{row}{files:>8}{grown:>7.0f}")


if __name__ == "__main__":
    main()
