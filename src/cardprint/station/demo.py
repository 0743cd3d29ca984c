"""A small office's day on real files: people who do not exist, three printers of which one is broken."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from cardprint.errors import InputError
from cardprint.model.configuration import PluginUse, PrinterConfig, StationConfig
from cardprint.model.views import Change
from cardprint.station.drafts import use_of
from cardprint.station.outcome import Outcome, outcome_of
from cardprint.station.station import Station

__all__ = ["demo"]

_BY, _WITNESS = "operator-1", "operator-2"
_SHORT = 4
_DESIGN = "id-card"
"""What the cards look like, where a renderer that has it is installed; else the built-in card."""


def demo(
    output: Path,
    *,
    people: int = 24,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Outcome:
    """Write a ZIP of made-up people, import it, receive fewer blanks than people, print, and leave the cards.

    The cards end as PNG and PDF in ``output``, a folder for each; the station itself lies in a temporary folder.
    Raises InputError where ``output`` is there and not empty.
    """
    from cardprint.simulation.people import write_dataset  # noqa: PLC0415 - draws portraits, which loads Pillow

    tell = progress or (lambda _: None)
    output = output.resolve()
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(
            f"{output} is there and not empty; nothing was written.",
            cure="Name another folder, or remove it first.",
        )
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cardprint-") as temporary:
        folder = Path(temporary) / "station"
        folder.mkdir(mode=0o700)
        dataset = folder / "people.zip"
        write_dataset(dataset, count=people, seed=seed)
        # The third printer's folder is a file, so that its driver cannot open it: broken, as one in the office was.
        (folder / "broken").touch()
        tell(f"wrote {people} made-up people to a ZIP with CSV and photos")
        config = StationConfig(
            folder=folder,
            name="demo",
            renderer=use_of(_DESIGN) or PluginUse(plugin="portrait"),
            printers=(
                PrinterConfig(name="P1", driver="folder", device=f"folder:{output / 'P1'}", threshold=1),
                PrinterConfig(name="P2", driver="folder", device=f"folder:{output / 'P2'}", threshold=1),
                PrinterConfig(name="P3", driver="folder", device=f"folder:{folder / 'broken'}", threshold=0),
            ),
        )
        with Station.open(config) as station:
            return _day(station, dataset, output, people, tell)


def _day(station: Station, dataset: Path, output: Path, people: int, tell: Callable[[str], None]) -> Outcome:
    report = station.sources.import_file(dataset)
    tell(f"imported it: {report.new} new, {report.rejected} rejected")
    blanks = max(people - _SHORT, 2)
    batch = station.stock.receive(blanks, by=_BY)
    tell(f"received {batch.count} blanks as {batch.name}")
    half = blanks // 2
    for printer, count in (("P1", blanks - half), ("P2", half)):
        station.stock.load(printer, count, by=_BY, witness=_WITNESS)
        tell(f"loaded {count} blanks into {printer}; P3 is broken")
    jobs: dict[str, int] = {}

    def learn(change: Change) -> None:
        if change.event == "attempt-intent" and change.job_id is not None:
            jobs[change.attempt_id] = change.job_id
        elif change.event.startswith("card-") and change.event != "card-moved":
            tell(f"{change.printer}: job {change.job_id} {change.event.removeprefix('card-')}")

    forget = station.subscribe(learn)
    station.run()
    forget()
    cards = _cards(output)
    of_job = Counter(jobs.get(card) for card in cards)
    return outcome_of(
        station,
        printed=len(cards),
        working_days=1,
        discrepancies=(),
        doubled=sum(count - 1 for job, count in of_job.items() if job is not None),
        lost=of_job[None],
    )


def _cards(output: Path) -> list[str]:
    """Give the attempt of every card in the folders, each named by it: they are the world of this office."""
    return [path.parent.name for path in sorted(output.glob("*/*/card.json"))]
